package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A strict reader of JSON (RFC 8259) for what Cedar keeps in it: no member twice, no fractions, no
/// lone surrogates, bounded depth and length.
///
/// Values are `Map`, `List`, `String`, `Long`, `Boolean` and null, [Null] where it is a member.
final class JsonReader {
  static final int MAX_LENGTH = 64 * 1024 * 1024;
  static final int MAX_DEPTH = 200;
  static final int MAX_POLICY_DEPTH = 1000;

  /// A null as a member; who reads it refuses it, or takes it for nothing.
  enum Null {
    NULL;

    @Override
    public String toString() {
      return "null";
    }
  }

  private final String text;
  private final int maxDepth;
  private final boolean nulls;
  private int at;
  private int depth;

  private JsonReader(String text, int maxDepth, boolean nulls) {
    this.text = text;
    this.maxDepth = maxDepth;
    this.nulls = nulls;
  }

  /// The one value that `text` holds.
  static @Nullable Object read(String text) {
    return new JsonReader(text, MAX_DEPTH, false).all();
  }

  /// The same of policies, where an expression takes two levels, `&&` nests, and an annotation may
  /// be null.
  static @Nullable Object readPolicies(String text) {
    return new JsonReader(text, MAX_POLICY_DEPTH, true).all();
  }

  private @Nullable Object all() {
    if (text.length() > MAX_LENGTH) {
      throw refused("text is longer than " + MAX_LENGTH + " characters");
    }
    Object value = value();
    skipBlanks();
    if (at < text.length()) {
      throw refused("more text after the value");
    }
    return value;
  }

  private @Nullable Object value() {
    skipBlanks();
    if (at == text.length()) {
      throw refused("the text ends where a value should stand");
    }
    char c = text.charAt(at);
    return switch (c) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, Object> object() {
    down();
    var members = new LinkedHashMap<String, Object>();
    at++;
    skipBlanks();
    if (takes('}')) {
      depth--;
      return members;
    }
    while (true) {
      skipBlanks();
      if (at == text.length() || text.charAt(at) != '"') {
        throw refused("expected the name of a member");
      }
      String name = string();
      skipBlanks();
      need(':');
      if (members.containsKey(name)) {
        throw refused("member `" + name + "` stands twice");
      }
      Object value = value();
      members.put(name, value == null && nulls ? Null.NULL : orNull(value));
      skipBlanks();
      if (takes('}')) {
        depth--;
        return members;
      }
      need(',');
    }
  }

  private List<Object> array() {
    down();
    var members = new ArrayList<Object>();
    at++;
    skipBlanks();
    if (takes(']')) {
      depth--;
      return members;
    }
    while (true) {
      members.add(orNull(value()));
      skipBlanks();
      if (takes(']')) {
        depth--;
        return members;
      }
      need(',');
    }
  }

  /// Cedar has no null anywhere, so it is refused where it stands inside something.
  private Object orNull(@Nullable Object value) {
    if (value == null) {
      throw refused("null is no value");
    }
    return value;
  }

  private String string() {
    var out = new StringBuilder();
    at++;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return wellFormed(out.toString());
      }
      if (c < ' ') {
        throw refused("a control character stands in a string");
      }
      out.append(c == '\\' ? escape() : c);
    }
    throw refused("this string is never closed");
  }

  private char escape() {
    if (at == text.length()) {
      throw refused("this string is never closed");
    }
    char kind = text.charAt(at++);
    return switch (kind) {
      case '"', '\\', '/' -> kind;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int value = 0;
        for (int digit = 0; digit < 4; digit++) {
          int hex =
              at < text.length() && text.charAt(at) < 128
                  ? Character.digit(text.charAt(at++), 16)
                  : -1;
          if (hex < 0) {
            throw refused("no such escape in a string");
          }
          value = value * 16 + hex;
        }
        yield (char) value;
      }
      default -> throw refused("no such escape in a string");
    };
  }

  private String wellFormed(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < value.length()
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw refused("a string holds half a surrogate pair");
      }
    }
    return value;
  }

  private Long number() {
    int start = at;
    if (at < text.length() && text.charAt(at) == '-') {
      at++;
    }
    int digits = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    boolean fraction = at < text.length() && ".eE".indexOf(text.charAt(at)) >= 0;
    if (at == digits || fraction || (at - digits > 1 && text.charAt(digits) == '0')) {
      throw refused("expected a value; numbers are whole");
    }
    try {
      return Long.parseLong(text.substring(start, at));
    } catch (NumberFormatException e) {
      throw refused("a number does not fit 64 bits");
    }
  }

  private @Nullable Object word(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) {
      throw refused("expected a value");
    }
    at += word.length();
    return value;
  }

  private void skipBlanks() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private boolean takes(char sign) {
    if (at < text.length() && text.charAt(at) == sign) {
      at++;
      return true;
    }
    return false;
  }

  private void need(char sign) {
    if (!takes(sign)) {
      throw refused("expected `" + sign + "`");
    }
  }

  private void down() {
    if (++depth > maxDepth) {
      throw refused("nested deeper than " + maxDepth);
    }
  }

  private SyntaxRefused refused(String message) {
    int end = Math.min(at, text.length());
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < end; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    return new SyntaxRefused(
        new Span(end, end, line, text.codePointCount(lineStart, end) + 1), message);
  }
}
