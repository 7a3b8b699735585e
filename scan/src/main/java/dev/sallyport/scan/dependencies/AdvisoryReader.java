package dev.sallyport.scan.dependencies;

import dev.sallyport.scan.Severity;
import dev.sallyport.scan.dependencies.Advisory.Affected;
import dev.sallyport.scan.dependencies.Advisory.Event;
import dev.sallyport.scan.dependencies.Advisory.EventKind;
import dev.sallyport.scan.dependencies.Advisory.Range;
import dev.sallyport.scan.yaml.Yaml;
import dev.sallyport.scan.yaml.YamlReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import us.springett.cvss.Cvss;

/// Reads one advisory, in JSON or in the YAML that PyPI's database keeps.
final class AdvisoryReader {
  private static final int MOST_AFFECTED = 5_000;
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(50)
                          .maxDocumentLength(Advisories.LARGEST_ADVISORY_BYTES)
                          .maxStringLength(8 << 20)
                          .maxNameLength(2000)
                          .maxNumberLength(100)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private AdvisoryReader() {}

  /// It isn't an advisory in OSV form.
  static final class Unreadable extends RuntimeException {
    Unreadable(String message) {
      super(message);
    }
  }

  /// The advisory; null where it was withdrawn or is about no package we know.
  static @Nullable Advisory read(byte[] bytes, boolean yaml) {
    JsonNode root = yaml ? yaml(bytes) : json(bytes);
    String id = root.path("id").asString("");
    if (!root.isObject() || id.isBlank() || id.length() > 200) {
      throw new Unreadable("it has no `id`");
    }
    if (!root.path("withdrawn").asString("").isBlank()) {
      return null;
    }
    var affected = new ArrayList<Affected>();
    for (JsonNode entry : root.path("affected").values()) {
      Affected one = affected(entry);
      if (one != null) {
        affected.add(one);
      }
      if (affected.size() > MOST_AFFECTED) {
        throw new Unreadable("`" + id + "` is about more than " + MOST_AFFECTED + " packages");
      }
    }
    if (affected.isEmpty()) {
      return null;
    }
    return new Advisory(
        id,
        texts(root.path("aliases")),
        summary(root),
        id.startsWith("MAL-") ? Severity.CRITICAL : severity(root),
        root.path("modified").asString(""),
        affected);
  }

  private static JsonNode json(byte[] bytes) {
    try {
      JsonNode root = JSON.readTree(bytes);
      if (root == null) {
        throw new Unreadable("it is empty");
      }
      return root;
    } catch (JacksonException e) {
      String message = e.getOriginalMessage();
      throw new Unreadable(
          message == null ? "broken JSON" : message.lines().findFirst().orElse("broken JSON"));
    }
  }

  private static JsonNode yaml(byte[] bytes) {
    try {
      List<Yaml> documents = YamlReader.read(bytes);
      if (documents.size() != 1) {
        throw new Unreadable("it isn't one document");
      }
      return node(documents.getFirst());
    } catch (YamlReader.Unreadable e) {
      throw new Unreadable(String.valueOf(e.getMessage()));
    }
  }

  private static JsonNode node(Yaml yaml) {
    return switch (yaml) {
      case Yaml.Text text -> JsonNodeFactory.instance.stringNode(text.value());
      case Yaml.Sequence sequence -> {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        sequence.items().forEach(item -> array.add(node(item)));
        yield array;
      }
      case Yaml.Mapping mapping -> {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        mapping.entries().forEach((key, value) -> object.set(key, node(value)));
        yield object;
      }
    };
  }

  private static String summary(JsonNode root) {
    String text = root.path("summary").asString(root.path("details").asString(""));
    String first = text.lines().filter(line -> !line.isBlank()).findFirst().orElse("").strip();
    String clean = first.replaceAll("\\p{Cntrl}", " ");
    return clean.length() <= 160 ? clean : clean.substring(0, 157) + "...";
  }

  private static @Nullable Affected affected(JsonNode entry) {
    JsonNode named = entry.path("package");
    Ecosystem ecosystem = Ecosystem.ofOsv(named.path("ecosystem").asString(""));
    String name = named.path("name").asString("");
    if (ecosystem == null || name.isBlank()) {
      return null;
    }
    var ranges = new ArrayList<Range>();
    boolean onlyGit = false;
    for (JsonNode range : entry.path("ranges").values()) {
      if (range.path("type").asString("").equals("GIT")) {
        onlyGit = true; // commits, which no lock file of ours names
      } else {
        ranges.add(new Range(events(range.path("events"))));
      }
    }
    Set<String> versions = new HashSet<>(texts(entry.path("versions")));
    if (ranges.isEmpty() && versions.isEmpty() && onlyGit) {
      return null;
    }
    return new Affected(ecosystem, ecosystem.normalised(name), ranges, versions, severity(entry));
  }

  private static List<Event> events(JsonNode events) {
    var all = new ArrayList<Event>();
    for (JsonNode event : events.values()) {
      for (Map.Entry<String, JsonNode> one : event.properties()) {
        String version = one.getValue().asString("");
        EventKind kind =
            switch (one.getKey()) {
              case "introduced" -> EventKind.INTRODUCED;
              case "fixed" -> EventKind.FIXED;
              case "last_affected" -> EventKind.LAST_AFFECTED;
              case "limit" -> EventKind.LIMIT;
              default -> null;
            };
        if (kind != null && !version.isEmpty()) {
          all.add(new Event(kind, version));
        }
      }
    }
    return all;
  }

  // The worst that is said: a CVSS vector before a word for it.
  private static @Nullable Severity severity(JsonNode owner) {
    double worst = -1;
    for (JsonNode severity : owner.path("severity").values()) {
      worst = Math.max(worst, score(severity.path("score").asString("")));
    }
    JsonNode specific = owner.path("database_specific");
    worst = Math.max(worst, score(specific.path("cvss").asString("")));
    worst = Math.max(worst, score(specific.path("cvss").path("vectorString").asString("")));
    if (worst >= 0) {
      return worst >= 9
          ? Severity.CRITICAL
          : worst >= 7 ? Severity.HIGH : worst >= 4 ? Severity.MEDIUM : Severity.LOW;
    }
    return switch (specific.path("severity").asString("").toLowerCase(Locale.ROOT)) {
      case "critical" -> Severity.CRITICAL;
      case "high", "important" -> Severity.HIGH;
      case "medium", "moderate" -> Severity.MEDIUM;
      case "low" -> Severity.LOW;
      default -> null;
    };
  }

  /// The base score of a CVSS vector, or -1.
  static double score(String vector) {
    if (vector.isBlank() || vector.length() > 400) {
      return -1;
    }
    try {
      Cvss cvss = Cvss.fromVector(vector);
      return cvss == null ? -1 : cvss.calculateScore().getBaseScore();
    } catch (RuntimeException malformed) {
      return -1;
    }
  }

  private static List<String> texts(JsonNode array) {
    var texts = new ArrayList<String>();
    for (JsonNode text : array.values()) {
      String value = text.asString("");
      if (!value.isEmpty() && value.length() <= 400) {
        texts.add(value);
      }
    }
    return texts;
  }
}
