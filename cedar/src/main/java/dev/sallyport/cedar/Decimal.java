package dev.sallyport.cedar;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Extension type `decimal`: four digits after the point, held as `value * 10_000` in a long.
record Decimal(long tenThousandths) implements Value {
  private static final Pattern FORM = Pattern.compile("(-?[0-9]+)\\.([0-9]{1,4})");

  /// Reads `-?[0-9]+.[0-9]{1,4}`.
  static Decimal parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw refused(text);
    }
    try {
      long whole = Math.multiplyExact(Long.parseLong(matcher.group(1)), 10_000L);
      long rest = Long.parseLong((matcher.group(2) + "000").substring(0, 4));
      return new Decimal(
          text.startsWith("-") ? Math.subtractExact(whole, rest) : Math.addExact(whole, rest));
    } catch (ArithmeticException | NumberFormatException e) {
      throw refused(text);
    }
  }

  private static EvaluationError refused(String text) {
    return new EvaluationError("not a decimal: " + Value.quoted(text));
  }

  @Override
  public String toString() {
    String sign = tenThousandths < 0 ? "-" : "";
    long whole = Math.abs(tenThousandths / 10_000);
    long rest = Math.abs(tenThousandths % 10_000);
    return "decimal(\"%s%d.%04d\")".formatted(sign, whole, rest);
  }
}
