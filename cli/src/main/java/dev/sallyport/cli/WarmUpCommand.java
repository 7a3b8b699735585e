package dev.sallyport.cli;

import picocli.CommandLine.Command;

/// Walks the common paths once, so that the AOT cache made while it runs knows their classes.
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Runnable {
  @Override
  public void run() {
    Main.run("--help");
    Main.run("commits", "verify", "--help");
  }
}
