package dev.sallyport.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/// Files of mode 0600, where the file system knows modes.
final class OwnerOnly {
  private static final Set<PosixFilePermission> MODE =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private OwnerOnly() {}

  /// Whether nobody but the owner may use the file.
  static boolean holds(Path file) throws IOException {
    return !isPosix(file) || MODE.containsAll(Files.getPosixFilePermissions(file));
  }

  /// A fresh file beside the one that it will become.
  static Path createIn(Path folder) throws IOException {
    return isPosix(folder)
        ? Files.createTempFile(folder, ".key", ".new", PosixFilePermissions.asFileAttribute(MODE))
        : Files.createTempFile(folder, ".key", ".new");
  }

  private static boolean isPosix(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
