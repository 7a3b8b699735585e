package dev.sallyport.cli;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `sallyport up`: starts the server on this machine.
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Start the control plane on loopback, with TLS from its own small authority and an SQLite file. It goes on in"
          + " the background; `sallyport down` stops it.",
      ""
    })
final class UpCommand implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @Mixin private ServerOptions server = new ServerOptions();

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "7420",
      description = "the port on loopback, 0 for a free one; default: 7420")
  private int port = 7420;

  @Option(names = "--foreground", description = "stay, and print what the server prints")
  private boolean foreground;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    Optional<ServerOptions.Running> already = server.running();
    if (already.isPresent()) {
      out.println("already up at " + already.get().url() + " (pid " + already.get().pid() + ")");
      return;
    }
    Path data = server.dataFolder();
    Path log = data.resolve("server.log");
    try {
      Process process = start(data, log);
      if (foreground) {
        out.flush();
        int code = process.waitFor();
        if (code != 0) {
          throw new UserError("the server ended with code " + code, "see what it printed");
        }
        return;
      }
      ServerOptions.Running running = await(process, log);
      out.println("up at " + running.url() + "  (pid " + running.pid() + ", data in " + data + ")");
      Path code = data.resolve("admin-code");
      if (Files.exists(code)) {
        out.println(
            "first sign-in: open the address and type the code "
                + Files.readString(code).strip().lines().findFirst().orElse(""));
        out.println("  (also in " + code + ", ten minutes, five tries)");
      }
      out.println("authority for clients: " + running.authority());
    } catch (IOException e) {
      throw new UserError(
          "couldn't start the server: " + e.getMessage(), "check the data folder " + data);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Process start(Path data, Path log) throws IOException {
    List<String> command =
        ServerProgram.command("--data", data.toString(), "--port", Integer.toString(port));
    ProcessBuilder builder = new ProcessBuilder(command);
    if (foreground) {
      return builder.inheritIO().start();
    }
    Files.createDirectories(data.toAbsolutePath().getParent());
    if (!Files.exists(data)) {
      Files.createDirectory(
          data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    builder.redirectInput(new File("/dev/null"));
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.redirectErrorStream(true);
    return builder.start();
  }

  private ServerOptions.Running await(Process process, Path log)
      throws InterruptedException, IOException {
    Progress progress = new Progress(spec.commandLine().getErr(), Terminal.colours());
    progress.say("starting the server");
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<ServerOptions.Running> running =
          server.running().filter(here -> here.pid() == process.pid());
      if (running.isPresent()) {
        progress.done();
        return running.get();
      }
      if (!process.isAlive()) {
        progress.done();
        List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
        String last = lines.isEmpty() ? "it said nothing" : lines.getLast();
        throw new UserError("the server did not start: " + Terminal.safe(last), "see " + log);
      }
      Thread.sleep(50);
    }
    process.destroy();
    throw new UserError(
        "the server was not ready after " + PATIENCE.toSeconds() + " s", "see " + log);
  }
}
