package dev.sallyport.cli.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What is to be started as a step's command, and what it is given.
///
/// @param command its words
/// @param user to run as by setpriv; null for our own
/// @param files where each secret lies, by the name under which the command sees it
/// @param descriptors second files of the same, for one descriptor each
/// @param environment names that get a value in the environment itself
/// @param redacted values that must not be printed
public record StepOrder(
    List<String> command,
    @Nullable String user,
    Map<String, Path> files,
    Map<String, Path> descriptors,
    Map<String, String> environment,
    List<byte[]> redacted) {
  private static final int MOST_ZEROS = 1 << 20;

  public StepOrder {
    command = List.copyOf(command);
    if (command.isEmpty()) {
      throw new IllegalArgumentException("a step has a command");
    }
    files = Map.copyOf(files);
    descriptors = Map.copyOf(descriptors);
    environment = Map.copyOf(environment);
    redacted = List.copyOf(redacted);
  }

  /// The descriptors' files in the order of their names, in which they are numbered.
  Map<String, Path> descriptorsInOrder() {
    return new TreeMap<>(descriptors);
  }

  /// Overwrites and removes the files of its secrets, for whoever is left to do it.
  void wipe() {
    for (Map<String, Path> all : List.of(files, descriptors)) {
      all.values().forEach(StepOrder::wipe);
      all.values().stream().map(Path::getParent).distinct().forEach(StepOrder::removeFolder);
    }
  }

  private static void removeFolder(@Nullable Path folder) {
    try {
      if (folder != null) {
        Files.deleteIfExists(folder);
      }
    } catch (IOException notEmpty) {
      // Something of the command's own lies in it; ours is gone.
      return;
    }
  }

  /// Overwrites and removes one file of a secret.
  public static void wipe(Path file) {
    try {
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(MOST_ZEROS, channel.size()));
          channel.write(zeros, 0);
        }
      }
      Files.deleteIfExists(file);
    } catch (IOException gone) {
      return;
    }
  }

  /// Without what it is given.
  @Override
  public String toString() {
    return "StepOrder[" + command.getFirst() + ", " + files.size() + " secrets]";
  }
}
