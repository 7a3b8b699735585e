package dev.sallyport.cli.agent;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// What a release consists of: each file with its size, SHA-256 and whether it may be executed, as
/// they were when its bytes were verified against the digest.
///
/// It is kept beside the journal, in the agent's own folder, not in the release: who may write into
/// the release may not write here.
record Inventory(Map<String, Item> files) {
  Inventory {
    files = Map.copyOf(new TreeMap<>(files));
  }

  /// One file.
  record Item(long size, String sha256, boolean executable) {}

  /// Compares a folder with this, byte by byte; empty where nothing differs, else the first thing
  /// that does.
  Optional<String> differs(Path folder) {
    var seen = new TreeSet<String>();
    try {
      var found = new String[1];
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              String name = folder.relativize(file).toString();
              Item item = files.get(name);
              seen.add(name);
              if (item == null) {
                found[0] = "`" + name + "` does not belong to it";
              } else if (!attributes.isRegularFile()
                  || attributes.size() != item.size()
                  || isExecutable(file) != item.executable()
                  || !sha256(file).equals(item.sha256())) {
                found[0] = "`" + name + "` was changed";
              }
              return found[0] == null ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
            }
          });
      if (found[0] != null) {
        return Optional.of(found[0]);
      }
    } catch (IOException e) {
      return Optional.of("it cannot be read: " + e.getMessage());
    }
    return files.keySet().stream()
        .filter(name -> !seen.contains(name))
        .sorted()
        .findFirst()
        .map(name -> "`" + name + "` is missing");
  }

  private static boolean isExecutable(Path file) throws IOException {
    return PosixFilePermissions.toString(
            Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS))
        .contains("x");
  }

  private static String sha256(Path file) throws IOException {
    MessageDigest digest = sha256();
    byte[] buffer = new byte[64 * 1024];
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  byte[] toJson() {
    var items = new TreeMap<String, Object>();
    files.forEach((name, item) -> {
      var members = new LinkedHashMap<String, Object>();
      members.put("size", item.size());
      members.put("sha256", item.sha256());
      members.put("executable", item.executable());
      items.put(name, members);
    });
    return StrictJson.write(Map.of("files", items));
  }

  static Inventory ofJson(byte[] bytes) {
    JsonNode files = StrictJson.read(bytes, "inventory").path("files");
    var items = new TreeMap<String, Item>();
    files
        .properties()
        .forEach(entry ->
            items.put(
                entry.getKey(),
                new Item(
                    entry.getValue().path("size").asLong(-1),
                    entry.getValue().path("sha256").asString(""),
                    entry.getValue().path("executable").asBoolean(false))));
    return new Inventory(items);
  }
}
