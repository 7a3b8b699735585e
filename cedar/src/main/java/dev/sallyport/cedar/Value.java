package dev.sallyport.cedar;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// What an expression comes to (Cedar: data types). Equality of two values is `==` of the language:
/// sets know no order, values of two types are never equal.
public sealed interface Value
    permits EntityUid,
        Value.Truth,
        Value.Whole,
        Value.Text,
        Value.Group,
        Value.Fields,
        IpRange,
        Decimal,
        Datetime,
        Duration {

  /// A Bool.
  record Truth(boolean value) implements Value {
    private static final Truth YES = new Truth(true);
    private static final Truth NO = new Truth(false);

    @Override
    public String toString() {
      return String.valueOf(value);
    }
  }

  /// A Long.
  record Whole(long value) implements Value {
    @Override
    public String toString() {
      return String.valueOf(value);
    }
  }

  /// A String.
  record Text(String value) implements Value {
    @Override
    public String toString() {
      return quoted(value);
    }
  }

  /// A Set.
  record Group(Set<Value> members) implements Value {
    public Group {
      members = Collections.unmodifiableSet(new LinkedHashSet<>(members));
    }

    @Override
    public String toString() {
      return members.stream().map(Value::toString).collect(Collectors.joining(", ", "[", "]"));
    }
  }

  /// A Record.
  record Fields(Map<String, Value> members) implements Value {
    public Fields {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    @Override
    public String toString() {
      return members.entrySet().stream()
          .map(member -> quoted(member.getKey()) + ": " + member.getValue())
          .collect(Collectors.joining(", ", "{", "}"));
    }
  }

  static Value of(boolean value) {
    return value ? Truth.YES : Truth.NO;
  }

  static Value of(long value) {
    return new Whole(value);
  }

  static Value of(String value) {
    return new Text(value);
  }

  static Value of(Collection<? extends Value> members) {
    return new Group(new LinkedHashSet<>(members));
  }

  static Value of(Map<String, Value> members) {
    return new Fields(members);
  }

  /// An IP address or range, as `ip("...")` reads it.
  ///
  /// @throws IllegalArgumentException if it is none
  static Value ip(String text) {
    try {
      return IpRange.parse(text);
    } catch (EvaluationError e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /// The name of its type, for messages.
  default String typeName() {
    return switch (this) {
      case EntityUid uid -> "entity of type " + uid.type();
      case Truth _ -> "Bool";
      case Whole _ -> "Long";
      case Text _ -> "String";
      case Group _ -> "Set";
      case Fields _ -> "Record";
      case IpRange _ -> "ipaddr";
      case Decimal _ -> "decimal";
      case Datetime _ -> "datetime";
      case Duration _ -> "duration";
    };
  }

  /// `text` as a Cedar string literal.
  static String quoted(String text) {
    var out = new StringBuilder("\"");
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            case 0 -> out.append("\\0");
            default -> {
              if (Character.isISOControl(c)) {
                out.append("\\u{").append(Integer.toHexString(c)).append('}');
              } else {
                out.appendCodePoint(c);
              }
            }
          }
        });
    return out.append('"').toString();
  }
}
