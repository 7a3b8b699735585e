package dev.sallyport.cli;

import dev.sallyport.cli.job.JobSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `sallyport job-serve`: the process that [JobCommand] starts. It answers on its socket, and knows
/// of each caller what that caller presents.
@Command(name = "job-serve", hidden = true)
final class JobServeCommand implements Runnable {
  @Option(names = "--socket", required = true)
  private Path socket = Path.of("s");

  @Option(names = "--idle-minutes", required = true)
  private int idleMinutes = 60;

  @Option(names = "--for")
  private @Nullable Long until;

  @Override
  public void run() {
    KeptSessions sessions = new KeptSessions();
    JobSocket.Desk desk =
        call -> Main.run(Surroundings.of(call, sessions), call.arguments().toArray(String[]::new));
    try (JobSocket open = JobSocket.open(socket, desk, sameBuild())) {
      Runtime.getRuntime().addShutdownHook(new Thread(open::close));
      @Nullable Long process = until;
      if (process != null) {
        Thread.ofVirtual().start(() -> closeWith(process, open));
      }
      Thread.ofPlatform().daemon().name("rehearsal").start(this::rehearse);
      open.await(Duration.ofMinutes(idleMinutes));
    } catch (IOException e) {
      throw new UserError("couldn't listen at " + socket + ": " + e.getMessage(), "");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      tidy();
    }
  }

  /// The first step is not to wait for what every step needs: while the job is being set up, walks
  /// the common paths against a stand-in. What comes meanwhile is served all the same.
  private void rehearse() {
    try {
      Path stage =
          Files.createTempDirectory(
              socket.toAbsolutePath().getParent(),
              "rehearsal",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      try {
        WarmUpCommand.rehearse(stage, Surroundings.ofNobody());
      } finally {
        WarmUpCommand.remove(stage);
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // The first step pays for it then, and nothing else.
      return;
    }
  }

  private static void closeWith(long process, JobSocket open) {
    ProcessHandle.of(process).ifPresent(running -> running.onExit().join());
    open.close();
  }

  /// Whether what was built when we started is still what a client starts from.
  private static BooleanSupplier sameBuild() {
    Path stamp = Path.of(System.getProperty("sallyport.run", ""), "stamp");
    FileTime before = time(stamp);
    return () -> before.equals(time(stamp));
  }

  private static FileTime time(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException none) {
      return FileTime.fromMillis(0);
    }
  }

  private void tidy() {
    Path folder = socket.toAbsolutePath().getParent();
    try {
      Files.deleteIfExists(socket);
      if (folder != null) {
        WarmUpCommand.remove(folder);
      }
    } catch (IOException leftBehind) {
      // An empty folder in the system's temporary one, which the system clears.
      return;
    }
  }
}
