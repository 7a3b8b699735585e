package dev.sallyport.scan.dependencies;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `go.mod` with the hashes of its `go.sum` (Go Modules Reference). From Go 1.17 on the file names
/// every module that the build needs; an older one names only the direct ones.
final class GoModule {
  private static final Pattern REQUIRE =
      Pattern.compile("(?:require\\s+)?(\\S+)\\s+(v\\S+)(?:\\s*//.*)?");
  private static final Pattern REPLACE =
      Pattern.compile(
          "(?:replace\\s+)?(\\S+)(?:\\s+(v\\S+))?\\s*=>\\s*(\\S+)(?:\\s+(v\\S+))?(?:\\s*//.*)?");
  private static final Pattern LANGUAGE = Pattern.compile("go\\s+1\\.(\\d{1,4})(?:\\..*)?");

  private GoModule() {}

  private record Required(String version, int line) {}

  private record Replaced(String name, @Nullable String version) {}

  static void read(LockFile file, @Nullable String sums) {
    Map<String, Required> required = new LinkedHashMap<>();
    Map<String, Replaced> replaced = new HashMap<>();
    String block = "";
    int minor = 0;
    int number = 0;
    for (String raw : file.text().split("\n", -1)) {
      number++;
      String line = raw.strip();
      if (line.isEmpty() || line.startsWith("//")) {
        continue;
      }
      if (line.equals(")")) {
        block = "";
        continue;
      }
      Matcher opening =
          Pattern.compile("(require|replace|exclude|retract|tool|ignore|godebug)\\s*\\(.*")
              .matcher(line);
      if (opening.matches()) {
        block = opening.group(1);
        continue;
      }
      Matcher language = LANGUAGE.matcher(line);
      if (block.isEmpty() && language.matches()) {
        minor = Integer.parseInt(language.group(1));
      }
      String verb = block.isEmpty() ? line.split("\\s+", 2)[0] : block;
      if (verb.equals("require")) {
        Matcher matcher = REQUIRE.matcher(line);
        if (!matcher.matches()) {
          throw new LockFile.Unreadable("line " + number + ": no module and version");
        }
        required.put(unquoted(matcher.group(1)), new Required(matcher.group(2), number));
      } else if (verb.equals("replace")) {
        Matcher matcher = REPLACE.matcher(line);
        if (!matcher.matches()) {
          throw new LockFile.Unreadable("line " + number + ": no replacement");
        }
        String key =
            unquoted(matcher.group(1)) + (matcher.group(2) == null ? "" : "@" + matcher.group(2));
        replaced.put(key, new Replaced(unquoted(matcher.group(3)), matcher.group(4)));
      }
    }
    if (minor < 17 && !required.isEmpty()) {
      file.gap(
          "a `go.mod` from before Go 1.17 names only direct modules; the others aren't listed");
    }
    Map<String, String> hashes = sums == null ? Map.of() : hashes(sums);
    required.forEach((name, module) -> add(file, name, module, replaced, hashes));
  }

  private static void add(
      LockFile file,
      String name,
      Required module,
      Map<String, Replaced> replaced,
      Map<String, String> hashes) {
    Replaced instead = replaced.getOrDefault(name + "@" + module.version, replaced.get(name));
    if (instead != null && instead.version == null) {
      file.gap("`" + LockFile.shortened(name) + "` is replaced by a folder");
      return;
    }
    String actualName = instead == null ? name : instead.name;
    String version = instead == null || instead.version == null ? module.version : instead.version;
    String hash = hashes.get(actualName + " " + version);
    file.add(
        Ecosystem.GO,
        actualName,
        version,
        hash == null ? Map.of() : Map.of("h1", hash),
        module.line,
        false);
  }

  // `module version h1:hash`; the `/go.mod` lines are hashes of another file.
  private static Map<String, String> hashes(String sums) {
    var hashes = new HashMap<String, String>();
    for (String line : sums.split("\n")) {
      String[] words = line.strip().split("\\s+");
      if (words.length == 3 && words[2].startsWith("h1:") && !words[1].endsWith("/go.mod")) {
        hashes.put(words[0] + " " + words[1], words[2].substring(3));
      }
    }
    return hashes;
  }

  private static String unquoted(String text) {
    return text.replaceAll("^[\"`]|[\"`]$", "");
  }
}
