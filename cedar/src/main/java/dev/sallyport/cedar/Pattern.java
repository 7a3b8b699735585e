package dev.sallyport.cedar;

/// The right side of `like`: literal characters and wildcards, matched without backtracking beyond
/// the last wildcard.
public record Pattern(String text) {
  /// Whether all of `value` matches.
  public boolean matches(String value) {
    int at = 0;
    int in = 0;
    int star = -1;
    int resume = 0;
    while (in < value.length()) {
      if (at < text.length() && text.charAt(at) == Escapes.WILDCARD) {
        star = at++;
        resume = in;
      } else if (at < text.length() && text.charAt(at) == value.charAt(in)) {
        at++;
        in++;
      } else if (star >= 0) {
        at = star + 1;
        in = ++resume;
      } else {
        return false;
      }
    }
    while (at < text.length() && text.charAt(at) == Escapes.WILDCARD) {
      at++;
    }
    return at == text.length();
  }
}
