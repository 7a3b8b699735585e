package dev.sallyport.scan.dependencies;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/// `Cargo.lock`, all versions (The Cargo Book, "Cargo.toml vs Cargo.lock").
final class CargoLock {
  private CargoLock() {}

  static void read(LockFile file) {
    JsonNode root = file.toml();
    for (JsonNode entry : root.path("package").values()) {
      String name = entry.path("name").asString("");
      String version = entry.path("version").asString("");
      String source = entry.path("source").asString("");
      if (source.isEmpty()) {
        continue; // a member of the workspace
      }
      if (!source.startsWith("registry+") && !source.startsWith("sparse+")) {
        file.gap("`" + LockFile.shortened(name) + "` doesn't come from a registry");
        continue;
      }
      String oldKey = "checksum " + name + " " + version + " (" + source + ")";
      String checksum =
          entry.path("checksum").asString(root.path("metadata").path(oldKey).asString(""));
      Map<String, String> hashes =
          checksum.matches("[0-9a-f]{64}") ? Map.of("SHA-256", checksum) : Map.of();
      file.add(Ecosystem.CARGO, name, version, hashes, 0, false);
    }
  }
}
