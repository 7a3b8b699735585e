package dev.sallyport.server.decisions;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// What a caller asks: may I do this to that, of which I say so much?
///
/// @param claimed the `Claims` of the vocabulary: texts, a whole number, a set of words; an
///   artifact is named by its digest and by nothing else
public record Asked(Action action, EntityRef resource, Map<String, Object> claimed) {
  private static final Set<String> TEXTS =
      Set.of(
          "artifact",
          "environment",
          "ref",
          "commit",
          "version",
          "registry",
          "step",
          "role",
          "reason",
          "reference");
  private static final int MAX_TEXT = 1024;
  private static final int MAX_WORDS = 32;

  public Asked {
    var checked = new TreeMap<String, Object>();
    claimed.forEach((name, value) -> checked.put(name, checked(name, value)));
    claimed = Collections.unmodifiableMap(checked);
    // Entries hold no control characters, and whoever reads a claim aloud should not stumble.
    if (!isPlain(resource.id())) {
      throw new IllegalArgumentException("the resource's id holds a control character");
    }
    if (resource.type().equals("Artifact") && !Digest.isDigest(resource.id())) {
      throw new IllegalArgumentException("an artifact is named by its digest, never by a tag");
    }
  }

  private static Object checked(String name, Object value) {
    return switch (name) {
      case "artifact" -> digest(text(name, value));
      case "checked" -> words(value);
      case "seconds" -> seconds(value);
      default -> text(name, value);
    };
  }

  private static String digest(String text) {
    if (!Digest.isDigest(text)) {
      throw new IllegalArgumentException("an artifact is named by its digest, never by a tag");
    }
    return text;
  }

  private static String text(String name, Object value) {
    if (!TEXTS.contains(name)) {
      throw new IllegalArgumentException("unknown claim `" + name + "`");
    }
    if (value instanceof String text
        && !text.isEmpty()
        && text.length() <= MAX_TEXT
        && isPlain(text)) {
      return text;
    }
    throw new IllegalArgumentException(
        "claim `" + name + "` must be a text of 1 to " + MAX_TEXT + " characters");
  }

  private static boolean isPlain(String text) {
    return text.codePoints()
        .noneMatch(c -> Character.isISOControl(c) || (c >= 0xD800 && c <= 0xDFFF));
  }

  private static Set<String> words(Object value) {
    if (value instanceof List<?> list && list.size() <= MAX_WORDS) {
      var words = new TreeSet<String>();
      for (Object word : list) {
        if (!(word instanceof String text)
            || text.isEmpty()
            || text.length() > MAX_TEXT
            || !isPlain(text)) {
          throw new IllegalArgumentException("claim `checked` must be a list of words");
        }
        words.add(text);
      }
      return Collections.unmodifiableSet(words);
    }
    throw new IllegalArgumentException(
        "claim `checked` must be a list of at most " + MAX_WORDS + " words");
  }

  private static Long seconds(Object value) {
    return switch (value) {
      case Integer number when number >= 0 -> (long) number;
      case Long number when number >= 0 && number < 1L << 40 -> number;
      default -> throw new IllegalArgumentException("claim `seconds` must be a whole number");
    };
  }

  /// The artifact the question is about, where it names one.
  public Optional<Digest> artifact() {
    if (resource.type().equals("Artifact")) {
      return Optional.of(new Digest(resource.id()));
    }
    return claimed.get("artifact") instanceof String text
        ? Optional.of(new Digest(text))
        : Optional.empty();
  }

  /// Ready for canonical JSON.
  Map<String, Object> asMap() {
    return Map.of(
        "action",
        action.word(),
        "resource",
        Map.of("type", resource.type(), "id", resource.id()),
        "claimed",
        claims());
  }

  /// What is claimed, ready for canonical JSON.
  Map<String, Object> claims() {
    var claims = new TreeMap<String, Object>();
    claimed.forEach((name, value) ->
        claims.put(
            name,
            value instanceof Set<?> words
                ? words.stream().map(String::valueOf).sorted().toList()
                : value));
    return claims;
  }

  /// Equal for the same question and no other.
  Digest digest() {
    return Digest.of(CanonicalJson.bytes(asMap()));
  }
}
