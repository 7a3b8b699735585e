package dev.sallyport.server.ledger;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Writes JSON in the one form of RFC 8785: no white space, members sorted by UTF-16 code units,
/// the shortest escapes.
///
/// Only what entries and bodies hold: objects, arrays, strings, booleans, null and whole numbers up
/// to 2^53 - 1, where RFC 8785's number rule is plain decimal. A fraction is refused, not rounded.
public final class CanonicalJson {
  private static final long MAX_NUMBER = (1L << 53) - 1;
  private static final int MAX_DEPTH = 32;

  private CanonicalJson() {}

  /// The canonical bytes of a value.
  public static byte[] bytes(Object value) {
    var text = new StringBuilder();
    write(text, value, 0);
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("text holds half a surrogate pair", e);
    }
  }

  private static void write(StringBuilder out, @Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("value is nested deeper than " + MAX_DEPTH);
    }
    switch (value) {
      case null -> out.append("null");
      case String text -> writeText(out, text);
      case Boolean truth -> out.append(truth);
      case Integer number -> out.append(number);
      case Long number -> writeNumber(out, number);
      case List<?> list -> writeArray(out, list, depth);
      case Map<?, ?> map -> writeObject(out, map, depth);
      default ->
          throw new IllegalArgumentException(
              "no canonical form for " + value.getClass().getSimpleName());
    }
  }

  private static void writeNumber(StringBuilder out, long number) {
    if (Math.abs(number) > MAX_NUMBER) {
      throw new IllegalArgumentException("number is beyond 2^53 - 1");
    }
    out.append(number);
  }

  private static void writeArray(StringBuilder out, List<?> list, int depth) {
    char before = '[';
    for (Object element : list) {
      out.append(before);
      write(out, element, depth + 1);
      before = ',';
    }
    out.append(list.isEmpty() ? "[]" : "]");
  }

  private static void writeObject(StringBuilder out, Map<?, ?> map, int depth) {
    // String.compareTo compares UTF-16 code units, as RFC 8785 section 3.2.3 wants.
    var sorted = new TreeMap<String, Object>();
    map.forEach((name, member) -> sorted.put((String) name, member == null ? NULL : member));
    char before = '{';
    for (var member : sorted.entrySet()) {
      out.append(before);
      writeText(out, member.getKey());
      out.append(':');
      write(out, member.getValue() == NULL ? null : member.getValue(), depth + 1);
      before = ',';
    }
    out.append(sorted.isEmpty() ? "{}" : "}");
  }

  private static final Object NULL = new Object();

  /// RFC 8785 section 3.2.2.2.
  private static void writeText(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\f' -> out.append("\\f");
        case '\r' -> out.append("\\r");
        default -> {
          if (c < 0x20) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
