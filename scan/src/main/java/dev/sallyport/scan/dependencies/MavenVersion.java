package dev.sallyport.scan.dependencies;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The order of Maven versions, step by step as the Maven POM Reference writes it ("Version Order
/// Specification").
final class MavenVersion {
  private static final List<String> QUALIFIERS =
      List.of("alpha", "beta", "milestone", "rc", "snapshot", "", "sp");
  private static final Set<String> RELEASES = Set.of("", "ga", "final", "release");
  private static final int LONGEST = 400;

  private MavenVersion() {}

  /// @param separator `.` or `-`; a change between digits and letters counts as `-`
  private record Token(char separator, String text) {
    boolean number() {
      return isDigit(text, 0);
    }

    boolean isNull() {
      return number() ? new BigInteger(text).signum() == 0 : RELEASES.contains(text);
    }
  }

  static int compare(String left, String right) {
    List<Token> first = trimmed(tokens(left));
    List<Token> second = trimmed(tokens(right));
    for (int i = 0; i < Math.max(first.size(), second.size()); i++) {
      Token one = i < first.size() ? first.get(i) : padding(second.get(i));
      Token two = i < second.size() ? second.get(i) : padding(first.get(i));
      int order = compare(one, two);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  // "Split in tokens between dots, hyphens and transitions between digits and characters. Empty
  // tokens
  // are replaced with 0."
  private static List<Token> tokens(String version) {
    String text = version.strip().toLowerCase(Locale.ROOT);
    if (text.isEmpty() || text.length() > LONGEST) {
      throw new IllegalArgumentException("no Maven version: `" + version + "`");
    }
    var tokens = new ArrayList<Token>();
    char separator = '-';
    int start = 0;
    for (int at = 0; at <= text.length(); at++) {
      boolean end = at == text.length();
      char character = end ? '.' : text.charAt(at);
      if (character == '.' || character == '-') {
        tokens.add(new Token(separator, token(text.substring(start, at), false)));
        separator = character;
        start = at + 1;
      } else if (at > start && isDigit(text, at) != isDigit(text, at - 1)) {
        tokens.add(new Token(separator, token(text.substring(start, at), isDigit(text, at))));
        separator = '-';
        start = at;
      }
    }
    return tokens;
  }

  private static String token(String text, boolean digitFollows) {
    return switch (text) {
      case "" -> "0";
      case "a" -> digitFollows ? "alpha" : text;
      case "b" -> digitFollows ? "beta" : text;
      case "m" -> digitFollows ? "milestone" : text;
      case "cr" -> "rc";
      default -> text;
    };
  }

  // "Starting from the end, the trailing null values are trimmed. This process is repeated at each
  // remaining hyphen from end to start."
  private static List<Token> trimmed(List<Token> tokens) {
    for (int i = tokens.size() - 1; i > 0; i--) {
      boolean endsPart = i == tokens.size() - 1 || tokens.get(i + 1).separator == '-';
      if (endsPart && tokens.get(i).isNull()) {
        tokens.remove(i);
      }
    }
    return tokens;
  }

  // "The shorter one is padded with enough null values with matching prefix": against a word the
  // empty word, so that 1 < 1.x as it is < 1-x.
  private static Token padding(Token opposite) {
    boolean number = opposite.separator == '.' && opposite.number();
    return new Token(opposite.separator, number ? "0" : "");
  }

  // ".qualifier = -qualifier < -number < .number"
  private static int compare(Token left, Token right) {
    int order = Integer.compare(rank(left), rank(right));
    if (order != 0) {
      return order;
    }
    return left.number()
        ? new BigInteger(left.text).compareTo(new BigInteger(right.text))
        : qualifier(left.text).compareTo(qualifier(right.text));
  }

  private static int rank(Token token) {
    if (!token.number()) {
      return 0;
    }
    return token.separator == '-' ? 1 : 2;
  }

  // Known qualifiers by their place, unknown ones after all of them by their letters.
  private static String qualifier(String text) {
    int known = QUALIFIERS.indexOf(RELEASES.contains(text) ? "" : text);
    return known >= 0 ? Integer.toString(known) : QUALIFIERS.size() + "-" + text;
  }

  private static boolean isDigit(String text, int at) {
    return at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9';
  }
}
