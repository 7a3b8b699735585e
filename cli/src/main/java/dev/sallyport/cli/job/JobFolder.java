package dev.sallyport.cli.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/// The folder of a job's socket: mode 0700 and ours, which is what keeps other users away on either
/// side. A client hands its CI token over only there.
final class JobFolder {
  static final String OWNER_ONLY = "rwx------";

  private JobFolder() {}

  /// @throws IOException if the folder is a link, somebody else's, or open to others
  static void requireOurs(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        || !isOurs(folder)
        || !PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS))
            .equals(OWNER_ONLY)) {
      throw new IOException("its folder is not ours alone");
    }
  }

  private static boolean isOurs(Path folder) throws IOException {
    Path self = Path.of("/proc/self");
    if (Files.exists(self)) {
      return Objects.equals(
          Files.getAttribute(self, "unix:uid"),
          Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS));
    }
    return Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS)
        .getName()
        .equals(System.getProperty("user.name"));
  }

  /// Tells one folder from another of the same name in another mount namespace.
  static String id(Path folder) throws IOException {
    try {
      return Files.getAttribute(folder, "unix:dev") + ":" + Files.getAttribute(folder, "unix:ino");
    } catch (UnsupportedOperationException | IllegalArgumentException unknown) {
      return "unknown";
    }
  }
}
