package dev.sallyport.cedar;

/// The inside of string literals: what each escape stands for (Cedar grammar, `STR` and `PAT`).
final class Escapes {
  /// Stands for the wildcard in an unescaped pattern: as a code point of its own it is in no Cedar
  /// string, for half a surrogate pair is no character.
  static final char WILDCARD = '\uD800';

  private Escapes() {}

  /// The string that `raw` means.
  static String string(Token token) {
    return unescape(token, false);
  }

  /// The pattern that `raw` means, with [#WILDCARD] for each `*` that is not escaped.
  static String pattern(Token token) {
    return unescape(token, true);
  }

  private static String unescape(Token token, boolean pattern) {
    String raw = token.text();
    var out = new StringBuilder(raw.length());
    int at = 0;
    while (at < raw.length()) {
      char c = raw.charAt(at++);
      if (c == '\r') {
        throw new SyntaxRefused(token.span(), "write a carriage return in a string as `\\r`");
      }
      if (Character.isSurrogate(c)) {
        if (Character.isHighSurrogate(c)
            && at < raw.length()
            && Character.isLowSurrogate(raw.charAt(at))) {
          out.append(c).append(raw.charAt(at++));
          continue;
        }
        throw new SyntaxRefused(token.span(), "a string holds half a surrogate pair");
      }
      if (c == '*' && pattern) {
        out.append(WILDCARD);
        continue;
      }
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char kind = raw.charAt(at++);
      switch (kind) {
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case '0' -> out.append('\0');
        case '\\', '"', '\'' -> out.append(kind);
        case 'x' -> {
          out.append((char) hex(token, raw, at, at + 2, 0x7F));
          at += 2;
        }
        case 'u' -> {
          int close = raw.indexOf('}', at);
          if (at >= raw.length() || raw.charAt(at) != '{' || close < 0) {
            throw refused(token, "u");
          }
          String digits = raw.substring(at + 1, close).replace("_", "");
          if (digits.length() > 6 || raw.charAt(at + 1) == '_') {
            throw refused(token, "u");
          }
          int codePoint = hex(token, digits, 0, digits.length(), Character.MAX_CODE_POINT);
          if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
            throw refused(token, "u");
          }
          out.appendCodePoint(codePoint);
          at = close + 1;
        }
        default -> {
          if (kind == '*' && pattern) {
            out.append('*');
          } else {
            throw refused(token, String.valueOf(kind));
          }
        }
      }
    }
    return out.toString();
  }

  private static int hex(Token token, String text, int from, int to, int max) {
    if (to > text.length() || from == to) {
      throw refused(token, "x");
    }
    int value = 0;
    for (int at = from; at < to; at++) {
      int digit = text.charAt(at) < 128 ? Character.digit(text.charAt(at), 16) : -1;
      if (digit < 0) {
        throw refused(token, "x");
      }
      value = value * 16 + digit;
    }
    if (value > max) {
      throw refused(token, "x");
    }
    return value;
  }

  private static SyntaxRefused refused(Token token, String kind) {
    return new SyntaxRefused(token.span(), "no such escape: `\\" + kind + "`");
  }
}
