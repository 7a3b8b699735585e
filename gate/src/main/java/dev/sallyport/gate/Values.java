package dev.sallyport.gate;

import dev.sallyport.cedar.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/// Plain Java values as Cedar values.
final class Values {
  private static final int MAX_DEPTH = 16;

  private Values() {}

  /// The record of `members`.
  ///
  /// @throws IllegalArgumentException for a value of a type that no vocabulary can declare
  static Map<String, Value> fields(Map<String, Object> members) {
    return fields(members, 0);
  }

  private static Map<String, Value> fields(Map<?, ?> members, int depth) {
    var values = new LinkedHashMap<String, Value>();
    members.forEach((name, value) -> values.put(String.valueOf(name), value(value, depth + 1)));
    return values;
  }

  private static Value value(Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("values nest deeper than " + MAX_DEPTH);
    }
    return switch (value) {
      case Boolean truth -> Value.of(truth.booleanValue());
      case Long number -> Value.of(number.longValue());
      case Integer number -> Value.of(number.longValue());
      case String text -> Value.of(text);
      case EntityRef ref -> Vocabulary.uid(ref);
      case Collection<?> members -> {
        var values = new ArrayList<Value>();
        members.forEach(member -> values.add(value(member, depth + 1)));
        yield Value.of(values);
      }
      case Map<?, ?> members -> Value.of(fields(members, depth));
      default ->
          throw new IllegalArgumentException(
              "no value of the vocabulary is a " + value.getClass().getSimpleName());
    };
  }
}
