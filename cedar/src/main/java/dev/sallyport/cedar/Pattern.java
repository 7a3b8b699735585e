package dev.sallyport.cedar;

/// The right side of `like`: literal characters and wildcards.
///
/// Matching takes time linear in value and pattern, so that neither a hostile value nor a hostile
/// pattern can hold a decision up: what stands between two wildcards is looked for as Knuth, Morris
/// and Pratt do, and the leftmost place is always good enough.
public final class Pattern {
  private static final int NONE = -1;

  private final String text;

  /// At each place of the text, how many characters before it, back to the last wildcard, are also
  /// the first ones behind that wildcard: what is still matched when the place itself is not.
  private final int[] border;

  /// At which places a wildcard stands; none does at the end.
  private final boolean[] wildcard;

  /// A pattern in which [Escapes#WILDCARD] stands for any characters.
  public Pattern(String text) {
    this.text = text;
    this.border = borders(text);
    this.wildcard = new boolean[text.length() + 1];
    for (int at = 0; at < text.length(); at++) {
      wildcard[at] = isWildcard(text, at);
    }
  }

  private static int[] borders(String text) {
    var border = new int[text.length() + 1];
    int start = 0;
    int length = 0;
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (isWildcard(text, at)) {
        start = at + 1;
        length = 0;
        continue;
      }
      if (at == start) {
        continue;
      }
      while (length > 0 && text.charAt(start + length) != c) {
        length = border[start + length];
      }
      if (text.charAt(start + length) == c) {
        length++;
      }
      border[at + 1] = length;
    }
    return border;
  }

  /// Whether a wildcard stands there, not the first half of a character beyond U+FFFF.
  private static boolean isWildcard(String text, int at) {
    return text.codePointAt(at) == Escapes.WILDCARD;
  }

  /// Its characters, with [Escapes#WILDCARD] for each wildcard.
  public String text() {
    return text;
  }

  /// Whether all of `value` matches.
  public boolean matches(String value) {
    int at = 0;
    int in = 0;
    int start = NONE;
    while (in < value.length()) {
      if (wildcard[at]) {
        start = ++at;
        if (at == text.length()) {
          return true;
        }
      } else if (at < text.length() && text.charAt(at) == value.charAt(in)) {
        at++;
        in++;
      } else if (start == NONE) {
        return false;
      } else if (at == start) {
        in++;
      } else {
        at = start + border[at];
      }
    }
    while (wildcard[at]) {
      at++;
    }
    return at == text.length();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Pattern pattern && text.equals(pattern.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return PolicyPrinter.pattern(this);
  }
}
