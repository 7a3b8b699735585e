package dev.sallyport.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Spec;

/// `sallyport down`: stops the server on this machine.
@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    description = "Stop the server that `sallyport up` started.")
final class DownCommand implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Mixin private ServerOptions server = new ServerOptions();
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    Optional<ServerOptions.Running> running = server.running();
    if (running.isEmpty()) {
      spec.commandLine().getOut().println("no server runs on " + server.dataFolder());
      return;
    }
    ProcessHandle process = ProcessHandle.of(running.get().pid()).orElseThrow();
    process.destroy();
    try {
      process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      spec.commandLine().getOut().println("down");
    } catch (TimeoutException e) {
      throw new UserError(
          "the server (pid "
              + process.pid()
              + ") did not stop within "
              + PATIENCE.toSeconds()
              + " s",
          "look at its log before you kill it: what it acknowledged is on disk");
    } catch (ExecutionException e) {
      throw new UserError("couldn't wait for the server: " + e.getMessage(), "try again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
