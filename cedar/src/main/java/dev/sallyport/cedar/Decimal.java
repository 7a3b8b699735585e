package dev.sallyport.cedar;

/// Extension type `decimal`: four digits after the point, held as `value * 10_000` in a long.
record Decimal(long tenThousandths) implements Value {
  private static final int DIGITS = 4;

  /// Reads `-?[0-9]+.[0-9]{1,4}`.
  static Decimal parse(String text) {
    int point = text.indexOf('.');
    boolean negative = text.startsWith("-");
    if (point < 0 || point == (negative ? 1 : 0)) {
      throw refused(text);
    }
    String whole = text.substring(negative ? 1 : 0, point);
    String fraction = text.substring(point + 1);
    if (fraction.isEmpty()
        || fraction.length() > DIGITS
        || !Numbers.areDigits(whole)
        || !Numbers.areDigits(fraction)) {
      throw refused(text);
    }
    try {
      long scaled = Math.multiplyExact(Long.parseLong(negative ? "-" + whole : whole), 10_000L);
      long rest = Long.parseLong((fraction + "000").substring(0, DIGITS));
      return new Decimal(negative ? Math.subtractExact(scaled, rest) : Math.addExact(scaled, rest));
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
