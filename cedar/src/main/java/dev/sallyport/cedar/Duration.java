package dev.sallyport.cedar;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Extension type `duration` (Cedar RFC 80): milliseconds.
record Duration(long milliseconds) implements Value {
  private static final Pattern FORM =
      Pattern.compile(
          "(-?)(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m(?!s))?(?:([0-9]+)s)?(?:([0-9]+)ms)?");
  private static final long[] UNITS = {86_400_000L, 3_600_000L, 60_000L, 1_000L, 1L};

  /// Reads `-?(Nd)?(Nh)?(Nm)?(Ns)?(Nms)?`, at least one part.
  static Duration parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (text.isEmpty() || text.equals("-") || !matcher.matches()) {
      throw refused(text);
    }
    boolean negative = text.startsWith("-");
    long sum = 0;
    try {
      for (int unit = 0; unit < UNITS.length; unit++) {
        String part = matcher.group(unit + 2);
        if (part != null) {
          long count = Long.parseLong(negative ? "-" + part : part);
          sum = Math.addExact(sum, Math.multiplyExact(count, UNITS[unit]));
        }
      }
    } catch (ArithmeticException | NumberFormatException e) {
      throw refused(text);
    }
    return new Duration(sum);
  }

  private static EvaluationError refused(String text) {
    return new EvaluationError("not a duration: " + Value.quoted(text));
  }

  @Override
  public String toString() {
    return "duration(\"" + milliseconds + "ms\")";
  }
}
