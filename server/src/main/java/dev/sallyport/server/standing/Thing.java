package dev.sallyport.server.standing;

import dev.sallyport.gate.EntityRef;
import java.util.Map;
import java.util.TreeMap;

/// How things are spelt for people: `run:git.example/1111/7`, `digest:sha256:...`, `host:web-1`.
public final class Thing {
  private static final int MAX_CHARS = 1024;
  private static final Map<String, String> TYPES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("run", "Run"),
              Map.entry("key", "Key"),
              Map.entry("runner", "Runner"),
              Map.entry("digest", "Artifact"),
              Map.entry("person", "Person"),
              Map.entry("repository", "Repository"),
              Map.entry("secret", "Secret"),
              Map.entry("service", "Service"),
              Map.entry("environment", "Environment"),
              Map.entry("host", "Machine"),
              Map.entry("dependency", "Dependency"),
              Map.entry("token", "Token")));

  private Thing() {}

  /// Reads `kind:id`.
  ///
  /// @throws IllegalArgumentException if there is no such kind, or the id cannot be one
  public static EntityRef parse(String text) {
    int colon = text.indexOf(':');
    String type = colon < 1 ? null : TYPES.get(text.substring(0, colon));
    if (type == null) {
      throw new IllegalArgumentException(
          "wanted KIND:ID, where KIND is one of " + String.join(", ", TYPES.keySet()));
    }
    String id = text.substring(colon + 1);
    if (id.isEmpty() || id.length() > MAX_CHARS || id.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("`" + type + "` has no id like that");
    }
    if (type.equals("Artifact") && !id.matches("sha256:[0-9a-f]{64}")) {
      throw new IllegalArgumentException("a digest is sha256: and 64 hex digits");
    }
    return new EntityRef(
        type, type.equals("Machine") && !id.startsWith("host/") ? "host/" + id : id);
  }

  /// Spells it.
  public static String word(EntityRef thing) {
    return TYPES.entrySet().stream()
            .filter(entry -> entry.getValue().equals(thing.type()))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse(thing.type())
        + ":"
        + (thing.type().equals("Machine") && thing.id().startsWith("host/")
            ? thing.id().substring("host/".length())
            : thing.id());
  }
}
