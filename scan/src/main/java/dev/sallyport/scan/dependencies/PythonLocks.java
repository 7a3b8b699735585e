package dev.sallyport.scan.dependencies;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// The lock files of Python: requirements (pip documentation, "Requirements File Format"), Poetry,
/// uv and Pipenv.
final class PythonLocks {
  private static final Pattern PINNED =
      Pattern.compile(
          "([A-Za-z0-9][A-Za-z0-9._-]{0,200})\\s*(?:\\[[^\\]]{0,200}\\])?\\s*={2,3}\\s*([A-Za-z0-9][A-Za-z0-9.!+_-]{0,100})\\s*(?:;.*)?");
  private static final Pattern HASH = Pattern.compile("--hash[= ](\\S+)");

  private PythonLocks() {}

  static void requirements(LockFile file) {
    var open = new StringBuilder();
    var unpinned = new ArrayList<String>();
    int number = 0;
    int start = 0;
    for (String raw : file.text().split("\n", -1)) {
      number++;
      if (open.isEmpty()) {
        start = number;
      }
      String line = raw.replaceAll("(^|\\s)#.*$", "").stripTrailing();
      boolean goesOn = line.endsWith("\\");
      open.append(goesOn ? line.substring(0, line.length() - 1) : line);
      if (goesOn && open.length() < 100_000) {
        open.append(' ');
        continue;
      }
      String requirement = open.toString().strip();
      open.setLength(0);
      if (!requirement.isEmpty()) {
        requirement(file, requirement, start, unpinned);
      }
    }
    if (!unpinned.isEmpty()) {
      file.gap(
          unpinned.size()
              + " requirements aren't pinned by `==`: "
              + String.join(", ", unpinned.subList(0, Math.min(5, unpinned.size()))));
    }
  }

  private static void requirement(
      LockFile file, String requirement, int line, List<String> unpinned) {
    if (requirement.matches("(?:-r|-c|--requirement|--constraint)\\b.*")) {
      return; // read by itself where it's named like a requirements file
    }
    var hashes = new ArrayList<String>();
    Matcher hash = HASH.matcher(requirement);
    while (hash.find()) {
      hashes.add(hash.group(1));
    }
    String bare = requirement.replaceAll("\\s--\\S.*$", "").strip();
    Matcher pinned = PINNED.matcher(bare);
    if (pinned.matches()) {
      // Several hashes are those of several files: none of them is the component's own.
      var one = hashes.size() == 1 ? LockFile.hashes(hashes) : Map.<String, String>of();
      file.add(Ecosystem.PYPI, pinned.group(1), pinned.group(2), one, line, false);
    } else if (!bare.startsWith("-") || bare.startsWith("-e") || bare.startsWith("--editable")) {
      unpinned.add("`" + LockFile.shortened(bare) + "`");
    }
  }

  static void poetry(LockFile file) {
    JsonNode root = file.toml();
    for (JsonNode entry : root.path("package").values()) {
      String source = entry.path("source").path("type").asString("");
      String name = entry.path("name").asString("");
      if (source.equals("git")
          || source.equals("url")
          || source.equals("directory")
          || source.equals("file")) {
        file.gap(
            "`" + LockFile.shortened(name) + "` comes from a " + source + ", not from a registry");
        continue;
      }
      JsonNode files =
          entry.has("files") ? entry.path("files") : root.path("metadata").path("files").path(name);
      file.add(
          Ecosystem.PYPI,
          name,
          entry.path("version").asString(""),
          onlyHash(files),
          0,
          entry.path("category").asString("").equals("dev"));
    }
  }

  static void uv(LockFile file) {
    for (JsonNode entry : file.toml().path("package").values()) {
      JsonNode source = entry.path("source");
      String name = entry.path("name").asString("");
      if (source.has("virtual") || source.has("editable") || source.has("directory")) {
        continue; // the project itself and its members
      }
      if (source.has("git") || source.has("url") || source.has("path")) {
        file.gap("`" + LockFile.shortened(name) + "` doesn't come from a registry");
        continue;
      }
      var files = new ArrayList<JsonNode>(entry.path("wheels").values());
      if (entry.has("sdist")) {
        files.add(entry.path("sdist"));
      }
      var hashes =
          files.size() == 1
              ? LockFile.hashes(List.of(files.getFirst().path("hash").asString("")))
              : Map.<String, String>of();
      file.add(Ecosystem.PYPI, name, entry.path("version").asString(""), hashes, 0, false);
    }
  }

  static void pipenv(LockFile file) {
    JsonNode root = file.json();
    var groups = new LinkedHashMap<String, Boolean>();
    root.properties()
        .forEach(entry -> groups.put(entry.getKey(), !entry.getKey().equals("default")));
    groups.remove("_meta");
    groups.forEach((group, development) -> {
      for (Map.Entry<String, JsonNode> entry : root.path(group).properties()) {
        String version = entry.getValue().path("version").asString("");
        if (!version.startsWith("==")) {
          file.gap("`" + LockFile.shortened(entry.getKey()) + "` isn't pinned by `==`");
          continue;
        }
        JsonNode hashes = entry.getValue().path("hashes");
        var one =
            hashes.size() == 1
                ? LockFile.hashes(List.of(hashes.path(0).asString("")))
                : Map.<String, String>of();
        file.add(
            Ecosystem.PYPI,
            entry.getKey(),
            version.replaceFirst("^={2,3}\\s*", ""),
            one,
            0,
            development);
      }
    });
  }

  private static Map<String, String> onlyHash(JsonNode files) {
    return files.size() == 1
        ? LockFile.hashes(List.of(files.path(0).path("hash").asString("")))
        : Map.of();
  }
}
