package dev.sallyport.gate;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// What was really checked, as `context.facts` of a question; what was not checked is absent.
///
/// Only [FactSheet] makes one, so that no caller can hand in a fact of its own.
public final class Facts {
  /// Nothing was checked.
  public static final Facts NONE = new Facts(Map.of());

  private final Map<String, Object> groups;

  Facts(Map<String, Object> groups) {
    var copy = new TreeMap<String, Object>();
    groups.forEach((name, value) -> copy.put(name, frozen(value)));
    this.groups = Collections.unmodifiableMap(copy);
  }

  /// The facts by group, sorted by name: `Map`, `Long`, `Boolean`, `String` and sorted lists, ready
  /// to be written as JSON.
  public Map<String, Object> asMap() {
    return groups;
  }

  /// Whether group `name` was checked.
  public boolean has(String name) {
    return groups.containsKey(name);
  }

  /// The same facts without `name`, or without one optional member `group.member`; for asking what
  /// a fact is worth.
  public Facts without(String name) {
    int dot = name.indexOf('.');
    var copy = new LinkedHashMap<>(groups);
    if (dot < 0) {
      copy.remove(name);
    } else if (copy.get(name.substring(0, dot)) instanceof Map<?, ?> group) {
      var members = new LinkedHashMap<String, Object>();
      group.forEach((key, value) -> members.put((String) key, value));
      members.remove(name.substring(dot + 1));
      copy.put(name.substring(0, dot), members);
    }
    return new Facts(copy);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Facts facts && groups.equals(facts.groups);
  }

  @Override
  public int hashCode() {
    return groups.hashCode();
  }

  @Override
  public String toString() {
    return groups.toString();
  }

  private static Object frozen(Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        var copy = new TreeMap<String, Object>();
        map.forEach((key, member) -> copy.put((String) key, frozen(member)));
        yield Collections.unmodifiableMap(copy);
      }
      case Set<?> set -> {
        var sorted = new TreeSet<String>();
        set.forEach(member -> sorted.add((String) member));
        yield List.copyOf(sorted);
      }
      case List<?> list -> List.copyOf(list);
      case Integer number -> number.longValue();
      default -> value;
    };
  }
}
