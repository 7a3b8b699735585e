package dev.sallyport.cedar;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The functions of the extension types. Constructors stand alone, all others are called as
/// methods.
public enum Extension {
  IP("ip", false, "String -> ipaddr"),
  DECIMAL("decimal", false, "String -> decimal"),
  DATETIME("datetime", false, "String -> datetime"),
  DURATION("duration", false, "String -> duration"),
  LESS_THAN("lessThan", true, "decimal decimal -> Bool"),
  LESS_THAN_OR_EQUAL("lessThanOrEqual", true, "decimal decimal -> Bool"),
  GREATER_THAN("greaterThan", true, "decimal decimal -> Bool"),
  GREATER_THAN_OR_EQUAL("greaterThanOrEqual", true, "decimal decimal -> Bool"),
  IS_IPV4("isIpv4", true, "ipaddr -> Bool"),
  IS_IPV6("isIpv6", true, "ipaddr -> Bool"),
  IS_LOOPBACK("isLoopback", true, "ipaddr -> Bool"),
  IS_MULTICAST("isMulticast", true, "ipaddr -> Bool"),
  IS_IN_RANGE("isInRange", true, "ipaddr ipaddr -> Bool"),
  OFFSET("offset", true, "datetime duration -> datetime"),
  DURATION_SINCE("durationSince", true, "datetime datetime -> duration"),
  TO_DATE("toDate", true, "datetime -> datetime"),
  TO_TIME("toTime", true, "datetime -> duration"),
  TO_MILLISECONDS("toMilliseconds", true, "duration -> Long"),
  TO_SECONDS("toSeconds", true, "duration -> Long"),
  TO_MINUTES("toMinutes", true, "duration -> Long"),
  TO_HOURS("toHours", true, "duration -> Long"),
  TO_DAYS("toDays", true, "duration -> Long");

  private final String word;
  private final boolean method;
  private final String parameters;
  private final int wanted;
  private final String result;

  Extension(String word, boolean method, String signature) {
    this.word = word;
    this.method = method;
    int arrow = signature.indexOf(" -> ");
    this.parameters = signature.substring(0, arrow);
    this.wanted = parameters.split(" ", -1).length;
    this.result = signature.substring(arrow + 4);
  }

  private static Kind kind(String name) {
    return name.equals("Bool") ? Kind.Truth.EITHER : new Kind.Plain(name);
  }

  /// As it stands in policies.
  public String word() {
    return word;
  }

  boolean isMethod() {
    return method;
  }

  /// What it takes, the receiver first.
  List<Kind> parameters() {
    return Arrays.stream(parameters.split(" ", -1)).map(Extension::kind).toList();
  }

  /// What it gives.
  Kind result() {
    return kind(result);
  }

  static Optional<Extension> of(String word) {
    return Arrays.stream(values()).filter(function -> function.word.equals(word)).findFirst();
  }

  /// Its value for `given`, the receiver first.
  Value apply(List<Value> given) {
    if (given.size() != wanted) {
      throw new EvaluationError(
          "`" + word + "` takes " + wanted + " arguments, not " + given.size());
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
