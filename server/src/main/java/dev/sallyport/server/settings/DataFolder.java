package dev.sallyport.server.settings;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/// The folder that holds everything of one server; its owner's alone.
public record DataFolder(Path path) {
  /// Makes the folder where there is none; one that others may enter is refused.
  public static DataFolder open(Path path) {
    Path folder = path.toAbsolutePath().normalize();
    try {
      if (Files.notExists(folder)) {
        Path parent = folder.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        Files.createDirectory(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(folder));
      if (!permissions.endsWith("------")) {
        throw new SettingsException(
            "data folder `" + folder + "` may be entered by others: run chmod 700 on it first");
      }
      return new DataFolder(folder);
    } catch (IOException e) {
      throw new SettingsException("couldn't open data folder `" + folder + "`", e);
    }
  }

  /// A file in it.
  public Path file(String name) {
    return path.resolve(name);
  }

  /// Writes a file that only its owner may read: the whole of it or none.
  public void writePrivate(String name, String text) {
    try {
      Path fresh =
          Files.createTempFile(
              path,
              "." + name,
              ".new",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        channel.force(true);
      }
      Files.move(
          fresh, file(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new SettingsException("couldn't write `" + file(name) + "`", e);
    }
  }

  /// Removes a file if it is there.
  public void delete(String name) {
    try {
      Files.deleteIfExists(file(name));
    } catch (IOException e) {
      throw new SettingsException("couldn't delete `" + file(name) + "`", e);
    }
  }
}
