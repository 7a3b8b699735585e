package dev.sallyport.scan.dependencies;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// `package-lock.json` and `npm-shrinkwrap.json` of lockfile versions 1, 2 and 3 (npm
/// documentation, "package-lock.json").
final class NpmLock {
  private static final String FOLDER = "node_modules/";

  private NpmLock() {}

  static void read(LockFile file) {
    JsonNode root = file.json();
    JsonNode packages = root.path("packages");
    if (packages.isObject()) {
      packages.properties().forEach(entry -> installed(file, entry.getKey(), entry.getValue()));
    } else if (root.path("dependencies").isObject()) {
      nested(file, root.path("dependencies"));
    } else if (!root.has("lockfileVersion")) {
      throw new LockFile.Unreadable("it has neither `packages` nor `dependencies`");
    }
  }

  // Versions 2 and 3: each folder under node_modules. A key outside is a part of the project
  // itself.
  private static void installed(LockFile file, String key, JsonNode entry) {
    int at = key.lastIndexOf(FOLDER);
    if (at < 0 || entry.path("link").asBoolean(false)) {
      return;
    }
    String name = entry.path("name").asString(key.substring(at + FOLDER.length()));
    boolean development =
        entry.path("dev").asBoolean(false) || entry.path("devOptional").asBoolean(false);
    add(file, name, entry.path("version").asString(""), entry, development);
  }

  // Version 1: dependencies within dependencies; Jackson has bounded the depth.
  private static void nested(LockFile file, JsonNode dependencies) {
    for (Map.Entry<String, JsonNode> entry : dependencies.properties()) {
      JsonNode dependency = entry.getValue();
      String name = entry.getKey();
      String version = dependency.path("version").asString("");
      if (version.startsWith("npm:") && version.lastIndexOf('@') > 4) {
        name = version.substring(4, version.lastIndexOf('@'));
        version = version.substring(version.lastIndexOf('@') + 1);
      }
      add(file, name, version, dependency, dependency.path("dev").asBoolean(false));
      nested(file, dependency.path("dependencies"));
    }
  }

  private static void add(
      LockFile file, String name, String version, JsonNode entry, boolean development) {
    if (version.contains(":") || version.contains("/") || version.isEmpty()) {
      file.gap(
          "`"
              + LockFile.shortened(name)
              + "` comes from `"
              + LockFile.shortened(version)
              + "`, not from a registry");
      return;
    }
    var hashes = LockFile.hashes(List.of(entry.path("integrity").asString("")));
    file.add(Ecosystem.NPM, name, version, hashes, 0, development);
  }
}
