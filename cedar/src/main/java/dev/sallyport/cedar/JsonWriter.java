package dev.sallyport.cedar;

import java.util.List;
import java.util.Map;

/// Writes JSON (RFC 8259) from what [JsonReader] reads into: maps keep their order. What nests
/// deeper than it would read is refused.
final class JsonWriter {
  private final StringBuilder out = new StringBuilder();
  private final boolean lines;

  private JsonWriter(boolean lines) {
    this.lines = lines;
  }

  /// On one line, without blanks.
  static String line(Object value) {
    var writer = new JsonWriter(false);
    writer.value(value, 0);
    return writer.out.toString();
  }

  /// For people: a member a line, two blanks a level.
  static String pretty(Object value) {
    var writer = new JsonWriter(true);
    writer.value(value, 0);
    return writer.out.append('\n').toString();
  }

  private void value(Object value, int depth) {
    if (depth > JsonReader.MAX_POLICY_DEPTH) {
      throw new SyntaxRefused(
          new Span(0, 0, 1, 1), "nested deeper than " + JsonReader.MAX_POLICY_DEPTH + " in JSON");
    }
    switch (value) {
      case Map<?, ?> members -> {
        out.append('{');
        boolean first = true;
        for (var member : members.entrySet()) {
          next(first, depth + 1);
          first = false;
          string(String.valueOf(member.getKey()));
          out.append(lines ? ": " : ":");
          value(member.getValue(), depth + 1);
        }
        end('}', members.isEmpty(), depth);
      }
      case List<?> members -> {
        out.append('[');
        boolean first = true;
        for (Object member : members) {
          next(first, depth + 1);
          first = false;
          value(member, depth + 1);
        }
        end(']', members.isEmpty(), depth);
      }
      case String text -> string(text);
      case Long number -> out.append(number.longValue());
      case Boolean truth -> out.append(truth.booleanValue());
      default -> throw new IllegalArgumentException("not JSON: " + value.getClass());
    }
  }

  private void next(boolean first, int depth) {
    if (!first) {
      out.append(',');
    }
    line(depth);
  }

  private void end(char close, boolean empty, int depth) {
    if (!empty) {
      line(depth);
    }
    out.append(close);
  }

  private void line(int depth) {
    if (lines) {
      out.append('\n').repeat("  ", depth);
    }
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ' || c == '\u007f' || Character.getType(c) == Character.FORMAT) {
            out.append("\\u").append(java.util.HexFormat.of().toHexDigits(c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
