package dev.sallyport.cli;

import dev.sallyport.cli.job.StepOrder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Secrets of one step as files of mode 0600, in a folder of their own that lies in memory.
///
/// Each is there twice: once under the path in `NAME_FILE`, and once for a file descriptor, whose
/// file is gone before the command starts. All are overwritten and removed at the end.
final class SecretFiles implements AutoCloseable {
  private static final String OWNER_ONLY = "rw-------";

  /// None: nothing is made, and nothing removed.
  static final SecretFiles NONE = new SecretFiles(null);

  private final @Nullable Path folder;
  private final Map<String, Path> byName = new TreeMap<>();
  private final Map<String, Path> forDescriptors = new TreeMap<>();

  private SecretFiles(@Nullable Path folder) {
    this.folder = folder;
  }

  /// Makes the folder.
  ///
  /// @param told by the user; null for one in memory, and there must be one
  static SecretFiles in(Surroundings there, @Nullable Path told) {
    Path parent = told == null ? memory(there) : there.at(told);
    try {
      return new SecretFiles(
          Files.createTempDirectory(
              parent,
              "sallyport-",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
    } catch (IOException e) {
      throw new UserError(
          "couldn't make a folder for secrets in `" + parent + "`",
          "name another with --secret-dir");
    }
  }

  private static Path memory(Surroundings there) {
    List<Path> candidates = new ArrayList<>();
    String runtime = there.told("XDG_RUNTIME_DIR");
    if (runtime != null) {
      candidates.add(Path.of(runtime));
    }
    candidates.add(Path.of("/dev/shm"));
    for (Path candidate : candidates) {
      if (isInMemory(candidate)) {
        return candidate;
      }
    }
    throw new UserError(
        "no folder in memory for secrets on this machine",
        "name a folder with --secret-dir, on a disk that you trust with them");
  }

  private static boolean isInMemory(Path folder) {
    try {
      return Files.isDirectory(folder)
          && Files.isWritable(folder)
          && Set.of("tmpfs", "ramfs").contains(Files.getFileStore(folder).type());
    } catch (IOException unreadable) {
      return false;
    }
  }

  /// Writes one.
  void add(String name, byte[] value) {
    byName.put(name, write(name, value));
    forDescriptors.put(name, write(name + ".fd", value));
  }

  private Path folder() {
    if (folder == null) {
      throw new IllegalStateException("no folder for secrets was made");
    }
    return folder;
  }

  private Path write(String name, byte[] value) {
    Path file = folder().resolve(name);
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)))) {
      ByteBuffer bytes = ByteBuffer.wrap(value);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      return file;
    } catch (IOException e) {
      throw new UserError("couldn't write a secret's file", "is there room in " + folder() + "?");
    }
  }

  /// Where each secret lies, by the name under which the step sees it.
  Map<String, Path> byName() {
    return Map.copyOf(byName);
  }

  /// The second files, in the order of their names.
  Map<String, Path> forDescriptors() {
    return new TreeMap<>(forDescriptors);
  }

  /// Gives the files to the user that the command runs as.
  void giveTo(String user) {
    try {
      UserPrincipal owner =
          folder().getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
      Files.setOwner(folder(), owner);
      for (Map<String, Path> files : List.of(byName, forDescriptors)) {
        for (Path file : files.values()) {
          Files.setOwner(file, owner);
        }
      }
    } catch (IOException | UnsupportedOperationException e) {
      throw new UserError("couldn't give secrets to user `" + user + "`", "is there such a user?");
    }
  }

  /// Overwrites and removes whatever is still there.
  @Override
  public void close() {
    for (Map<String, Path> files : List.of(byName, forDescriptors)) {
      files.values().forEach(StepOrder::wipe);
    }
    try {
      if (folder != null) {
        Files.deleteIfExists(folder);
      }
    } catch (IOException leftByTheCommand) {
      // Something of the command's own lies in it; ours is gone.
      return;
    }
  }
}
