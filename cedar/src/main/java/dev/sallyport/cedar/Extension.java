package dev.sallyport.cedar;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The functions of the extension types. Constructors stand alone, all others are called as
/// methods.
public enum Extension {
  IP("ip", false, 1),
  DECIMAL("decimal", false, 1),
  DATETIME("datetime", false, 1),
  DURATION("duration", false, 1),
  LESS_THAN("lessThan", true, 2),
  LESS_THAN_OR_EQUAL("lessThanOrEqual", true, 2),
  GREATER_THAN("greaterThan", true, 2),
  GREATER_THAN_OR_EQUAL("greaterThanOrEqual", true, 2),
  IS_IPV4("isIpv4", true, 1),
  IS_IPV6("isIpv6", true, 1),
  IS_LOOPBACK("isLoopback", true, 1),
  IS_MULTICAST("isMulticast", true, 1),
  IS_IN_RANGE("isInRange", true, 2),
  OFFSET("offset", true, 2),
  DURATION_SINCE("durationSince", true, 2),
  TO_DATE("toDate", true, 1),
  TO_TIME("toTime", true, 1),
  TO_MILLISECONDS("toMilliseconds", true, 1),
  TO_SECONDS("toSeconds", true, 1),
  TO_MINUTES("toMinutes", true, 1),
  TO_HOURS("toHours", true, 1),
  TO_DAYS("toDays", true, 1);

  private final String word;
  private final boolean method;
  private final int arguments;

  Extension(String word, boolean method, int arguments) {
    this.word = word;
    this.method = method;
    this.arguments = arguments;
  }

  /// As it stands in policies.
  public String word() {
    return word;
  }

  boolean isMethod() {
    return method;
  }

  static Optional<Extension> of(String word) {
    return Arrays.stream(values()).filter(function -> function.word.equals(word)).findFirst();
  }

  /// Its value for `given`, the receiver first.
  Value apply(List<Value> given) {
    if (given.size() != arguments) {
      throw new EvaluationError(
          "`" + word + "` takes " + arguments + " arguments, not " + given.size());
    }
    Value first = given.getFirst();
    return switch (this) {
      case IP -> IpRange.parse(text(first));
      case DECIMAL -> Decimal.parse(text(first));
      case DATETIME -> Datetime.parse(text(first));
      case DURATION -> Duration.parse(text(first));
      case LESS_THAN -> Value.of(compare(given) < 0);
      case LESS_THAN_OR_EQUAL -> Value.of(compare(given) <= 0);
      case GREATER_THAN -> Value.of(compare(given) > 0);
      case GREATER_THAN_OR_EQUAL -> Value.of(compare(given) >= 0);
      case IS_IPV4 -> Value.of(!ip(first).v6());
      case IS_IPV6 -> Value.of(ip(first).v6());
      case IS_LOOPBACK -> Value.of(ip(first).isLoopback());
      case IS_MULTICAST -> Value.of(ip(first).isMulticast());
      case IS_IN_RANGE -> Value.of(ip(first).isIn(ip(given.get(1))));
      case OFFSET -> offset(datetime(first), duration(given.get(1)));
      case DURATION_SINCE -> since(datetime(first), datetime(given.get(1)));
      case TO_DATE -> datetime(first).date();
      case TO_TIME -> datetime(first).time();
      case TO_MILLISECONDS -> units(first, 1);
      case TO_SECONDS -> units(first, 1_000);
      case TO_MINUTES -> units(first, 60_000);
      case TO_HOURS -> units(first, 3_600_000);
      case TO_DAYS -> units(first, 86_400_000);
    };
  }

  private static int compare(List<Value> given) {
    return Long.compare(
        decimal(given.get(0)).tenThousandths(), decimal(given.get(1)).tenThousandths());
  }

  private static Value offset(Datetime from, Duration by) {
    try {
      return new Datetime(Math.addExact(from.epochMilliseconds(), by.milliseconds()));
    } catch (ArithmeticException e) {
      throw new EvaluationError("overflow in `offset`");
    }
  }

  private static Value since(Datetime later, Datetime earlier) {
    try {
      return new Duration(
          Math.subtractExact(later.epochMilliseconds(), earlier.epochMilliseconds()));
    } catch (ArithmeticException e) {
      throw new EvaluationError("overflow in `durationSince`");
    }
  }

  private static Value units(Value value, long milliseconds) {
    return Value.of(duration(value).milliseconds() / milliseconds);
  }

  private static String text(Value value) {
    if (value instanceof Value.Text(String text)) {
      return text;
    }
    throw expected("String", value);
  }

  private static IpRange ip(Value value) {
    if (value instanceof IpRange range) {
      return range;
    }
    throw expected("ipaddr", value);
  }

  private static Decimal decimal(Value value) {
    if (value instanceof Decimal decimal) {
      return decimal;
    }
    throw expected("decimal", value);
  }

  private static Datetime datetime(Value value) {
    if (value instanceof Datetime datetime) {
      return datetime;
    }
    throw expected("datetime", value);
  }

  private static Duration duration(Value value) {
    if (value instanceof Duration duration) {
      return duration;
    }
    throw expected("duration", value);
  }

  private static EvaluationError expected(String type, Value value) {
    return new EvaluationError("expected " + type + ", got " + value.typeName());
  }
}
