package dev.sallyport.cli;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `sallyport fsck`: is the log on disk what was recorded?
@Command(
    name = "fsck",
    mixinStandardHelpOptions = true,
    description = {
      "Read a server's log on disk, beside a running server if need be, and say which entries were changed, removed"
          + " or added. Exit 0 none, 2 some.",
      ""
    })
final class FsckCommand implements Runnable, CommandLine.IExitCodeGenerator {
  @Mixin private ServerOptions server = new ServerOptions();

  private int exitCode = 2;

  @Override
  public void run() {
    try {
      Process process =
          new ProcessBuilder(
                  ServerProgram.command("fsck", "--data", server.dataFolder().toString()))
              .inheritIO()
              .start();
      // Exit 1 is a ruling of deny and nothing else; a changed log is "could not tell" to whoever
      // relies on it.
      exitCode = process.waitFor() == 0 ? 0 : 2;
    } catch (IOException e) {
      throw new UserError("couldn't start the check: " + e.getMessage(), "try again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
