package dev.sallyport.cedar;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Extension type `datetime` (Cedar RFC 80): milliseconds since 1970-01-01T00:00:00Z.
record Datetime(long epochMilliseconds) implements Value {
  private static final long DAY = 86_400_000L;
  private static final Pattern FORM =
      Pattern.compile(
          "([0-9]{4})-([0-9]{2})-([0-9]{2})"
              + "(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\\.([0-9]{3}))?"
              + "(?:Z|([+-])([0-9]{2})([0-9]{2})))?");

  /// Reads a date, or a date and time with `Z` or an offset, to the second or millisecond.
  static Datetime parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw refused(text);
    }
    long day;
    try {
      day = LocalDate.of(number(matcher, 1), number(matcher, 2), number(matcher, 3)).toEpochDay();
    } catch (DateTimeException e) {
      throw refused(text);
    }
    if (matcher.group(4) == null) {
      return new Datetime(day * DAY);
    }
    int hour = number(matcher, 4);
    int minute = number(matcher, 5);
    int second = number(matcher, 6);
    int millisecond = matcher.group(7) == null ? 0 : number(matcher, 7);
    int offsetMinutes = 0;
    if (matcher.group(8) != null) {
      int hours = number(matcher, 9);
      int minutes = number(matcher, 10);
      if (hours > 23 || minutes > 59) {
        throw refused(text);
      }
      offsetMinutes = hours * 60 + minutes;
      if (matcher.group(8).equals("-")) {
        offsetMinutes = -offsetMinutes;
      }
    }
    if (hour > 23 || minute > 59 || second > 59) {
      throw refused(text);
    }
    long minutes = hour * 60L + minute - offsetMinutes;
    return new Datetime(day * DAY + minutes * 60_000L + second * 1_000L + millisecond);
  }

  /// Midnight of the same day, also before 1970.
  Datetime date() {
    try {
      return new Datetime(Math.multiplyExact(Math.floorDiv(epochMilliseconds, DAY), DAY));
    } catch (ArithmeticException e) {
      throw new EvaluationError("overflow in `toDate`");
    }
  }

  /// What has passed of the day.
  Duration time() {
    return new Duration(Math.floorMod(epochMilliseconds, DAY));
  }

  private static int number(Matcher matcher, int group) {
    return Integer.parseInt(matcher.group(group));
  }

  private static EvaluationError refused(String text) {
    return new EvaluationError("not a datetime: " + Value.quoted(text));
  }

  @Override
  public String toString() {
    return "datetime(\"1970-01-01\").offset(duration(\"" + epochMilliseconds + "ms\"))";
  }
}
