package dev.sallyport.detect;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/// Reads an entry of the ledger (docs/reference/ledger-entry.md), and its body where it was not
/// erased, as an event.
///
/// Members of the body become attributes, those of inner objects under dotted names, lists of texts
/// with a line for each. What detectors ask for by name is put under that name wherever the room
/// that wrote the entry keeps it.
public final class EntryReader {
  private static final int MAX_ATTRIBUTES = 96;
  private static final int MAX_CHARS = 4096;
  private static final int MAX_BODY_BYTES = 4 << 20;
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(32)
                          .maxDocumentLength(MAX_BODY_BYTES)
                          .build())
                  .build())
          .build();

  /// Name that detectors use -> where bodies have it, in the order of trust: what we saw first.
  private static final Map<String, List<String>> ALIASES =
      Map.of(
          "ref", List.of("caller.ref"),
          "fork", List.of("caller.fork"),
          "step", List.of("facts.run.step", "claimed.step"),
          "pipelineReviewed", List.of("facts.run.pipelineReviewed"),
          "runner", List.of("caller.runnerId"),
          "event", List.of("caller.event"));

  private EntryReader() {}

  /// Reads one.
  ///
  /// @throws IllegalArgumentException if it is not an entry
  public static Event read(long index, byte[] entry, byte @Nullable [] body) {
    try {
      return read(index, object(JSON.readValue(entry, Object.class)), body(body));
    } catch (JacksonException | DateTimeParseException e) {
      throw new IllegalArgumentException("not an entry", e);
    }
  }

  /// A body that is missing, too large or no JSON explains nothing, and stops nothing.
  private static Map<?, ?> body(byte @Nullable [] body) {
    if (body == null || body.length == 0 || body.length > MAX_BODY_BYTES) {
      return Map.of();
    }
    try {
      return JSON.readValue(body, Object.class) instanceof Map<?, ?> map ? map : Map.of();
    } catch (JacksonException unreadable) {
      return Map.of();
    }
  }

  /// Reads one whose JSON was read already.
  ///
  /// @throws IllegalArgumentException if it is not an entry
  public static Event read(long index, Map<?, ?> entry, Map<?, ?> body) {
    var attributes = new TreeMap<String, String>();
    flatten("", body, attributes);
    if (body.get("declaration") instanceof String declaration) {
      // JSON within JSON: what is declared is kept as it is written.
      flatten("declaration.", body(declaration.getBytes(StandardCharsets.UTF_8)), attributes);
    }
    ALIASES.forEach((name, places) ->
        places.stream()
            .filter(attributes::containsKey)
            .findFirst()
            .ifPresent(place -> attributes.put(name, attributes.get(place))));
    if (entry.get("policy") instanceof String policy) {
      attributes.put("policy", policy);
    }
    var subjects = new ArrayList<Thing>();
    if (entry.get("subject") instanceof List<?> list) {
      list.forEach(subject ->
          subjects.add(
              new Thing(text(object(subject).get("type")), text(object(subject).get("id")))));
    }
    Map<?, ?> actor = object(entry.get("actor"));
    return new Event(
        index,
        Instant.parse(text(entry.get("time"))),
        text(entry.get("type")),
        text(entry.get("action")),
        text(entry.get("outcome")),
        new Thing(text(actor.get("kind")), text(actor.get("id"))),
        subjects,
        new LinkedHashMap<>(attributes));
  }

  private static void flatten(String prefix, Map<?, ?> members, Map<String, String> attributes) {
    members.forEach((name, value) -> {
      String full = prefix + name;
      if (value instanceof Map<?, ?> inner) {
        flatten(full + ".", inner, attributes);
        return;
      }
      String text = plain(value);
      if (text != null && !full.equals("salt") && attributes.size() < MAX_ATTRIBUTES) {
        attributes.put(full, cut(text));
      }
    });
  }

  /// At most so many characters, and no half of one.
  private static String cut(String text) {
    if (text.length() <= MAX_CHARS) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(MAX_CHARS - 1)) ? MAX_CHARS - 1 : MAX_CHARS;
    return text.substring(0, end);
  }

  private static @Nullable String plain(@Nullable Object value) {
    return switch (value) {
      case String text -> text;
      case Boolean truth -> truth.toString();
      case Number number -> number.toString();
      case List<?> list when list.stream().allMatch(String.class::isInstance) ->
          String.join("\n", list.stream().map(String::valueOf).toList());
      case null, default -> null;
    };
  }

  private static Map<?, ?> object(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new IllegalArgumentException("not an entry: wanted an object");
  }

  private static String text(@Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("not an entry: wanted a text");
  }
}
