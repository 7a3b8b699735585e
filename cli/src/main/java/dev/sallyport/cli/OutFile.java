package dev.sallyport.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that an answer is written to, where the person said.
///
/// The folder is often the judged checkout, and a change may have put a link under the very name
/// that the CI job writes to: it is not followed, so that nothing outside is overwritten. `/dev`
/// lies in nobody's checkout and consists of links.
final class OutFile {
  private OutFile() {}

  /// Writes `bytes`, over what a plain file held before.
  ///
  /// @throws UserError if it can't be written, or a link stands there
  static void write(Path file, byte[] bytes) {
    try {
      if (file.startsWith("/dev")) {
        Files.write(file, bytes);
        return;
      }
      if (Files.isSymbolicLink(file)) {
        throw new UserError(
            "`" + Terminal.safe(file.toString()) + "` is a link, and is not followed",
            "name a plain file, outside the checkout where you can");
      }
      Files.write(
          file,
          bytes,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE,
          LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw new UserError(
          "couldn't write `" + Terminal.safe(file.toString()) + "`",
          "check the folder and its rights");
    }
  }
}
