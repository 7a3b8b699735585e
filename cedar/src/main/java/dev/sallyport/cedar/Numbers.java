package dev.sallyport.cedar;

/// Digits of the extension types: ASCII only, unlike `Character.isDigit`.
final class Numbers {
  private Numbers() {}

  /// Whether `text` is one or more of `0` to `9`.
  static boolean areDigits(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> isDigit((char) c));
  }

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
