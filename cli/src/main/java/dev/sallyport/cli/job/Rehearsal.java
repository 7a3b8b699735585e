package dev.sallyport.cli.job;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/// Plays a client's whole part once, against a socket of this very process, so that the AOT cache
/// made meanwhile knows its classes.
public final class Rehearsal {
  private Rehearsal() {}

  /// Plays it. What fails of it makes the cache smaller, and nothing else.
  public static void play() {
    try {
      Path folder =
          Files.createTempDirectory(
              "sallyport-job-",
              PosixFilePermissions.asFileAttribute(
                  PosixFilePermissions.fromString(JobFolder.OWNER_ONLY)));
      Path socket = folder.resolve("s");
      JobSocket open = JobSocket.open(socket, Rehearsal::serve, () -> true);
      try {
        JobClient.run(socket.toString(), false, "run", "--", "true");
        JobClient.end(socket.toString());
      } finally {
        open.close();
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      return;
    }
  }

  private static int serve(JobSocket.Call call) {
    byte[] words = "rehearsed\n".getBytes(StandardCharsets.US_ASCII);
    call.out().write(words, 0, words.length);
    call.err().write(words, 0, words.length);
    Hands.Watch watch = call.watch(() -> {});
    try {
      return call.start(
              new StepOrder(
                  List.of("echo", "rehearsed"),
                  null,
                  Map.of(),
                  Map.of(),
                  Map.of("REHEARSED", "yes"),
                  List.of(words)))
          .await();
    } finally {
      watch.close();
    }
  }
}
