package dev.sallyport.tlog;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sallyport.testdata.Bent;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The readers of notes, checkpoints and verifier keys against hostile bytes. The first byte
/// chooses the reader.
public final class NoteFuzz {
  private NoteFuzz() {}

  /// No exception but the declared one.
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(input, 1, input.length);
    try {
      switch (input[0]) {
        case 'c' -> Checkpoint.parse(new String(rest, UTF_8));
        case 'k' -> NoteKey.parse(new String(rest, UTF_8));
        default -> Note.parse(rest).encoded();
      }
    } catch (NoteException declared) {
      // As it should be.
    }
  }

  static List<byte[]> seeds() {
    String checkpoint = "log.example\n15\n" + "A".repeat(43) + "=\n";
    return Stream.of(
            "n" + checkpoint + "\n\u2014 log.example " + "A".repeat(92) + "\n",
            "n" + checkpoint + "\n\u2014 a+b AAAAAAAA\n\u2014 c AAAAAAAAAAAA\n",
            "c" + checkpoint,
            "c" + checkpoint + "extension\n",
            "klog.example+12345678+" + "A".repeat(44))
        .map(text -> text.getBytes(UTF_8))
        .toList();
  }

  /// Writes the seeds into the folder named, for `./build fuzz`.
  public static void main(String[] arguments) {
    Bent.write(seeds(), Path.of(arguments[0]));
  }
}
