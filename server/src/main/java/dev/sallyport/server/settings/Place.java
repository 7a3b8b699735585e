package dev.sallyport.server.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One value of the configuration with the way to it, so that every refusal can name its place.
///
/// Reading is strict: a wrong type, a missing member or a member nobody asked for is refused.
record Place(String path, @Nullable Object value) {
  private static final int MAX_LIST = 1000;

  SettingsException refuse(String what) {
    return new SettingsException(path.endsWith(":") ? path + " " + what : path + ": " + what);
  }

  /// Checks that this is an object with no other members than these.
  Place object(String... allowed) {
    if (!(value instanceof Map<?, ?> map)) {
      throw refuse("wanted an object");
    }
    for (Object name : map.keySet()) {
      if (!(name instanceof String text) || !Set.of(allowed).contains(text)) {
        throw new SettingsException(
            at(String.valueOf(name)).path()
                + ": unknown name `"
                + name
                + "`, wanted one of "
                + String.join(", ", new TreeSet<>(Set.of(allowed))));
      }
    }
    return this;
  }

  /// A member; its value is null where it is absent.
  Place at(String name) {
    Object member = value instanceof Map<?, ?> map ? map.get(name) : null;
    return new Place(path.endsWith(":") ? path + " " + name : path + "." + name, member);
  }

  boolean isAbsent() {
    return value == null;
  }

  String text() {
    if (value instanceof String text && !text.isBlank()) {
      return text;
    }
    throw refuse(isAbsent() ? "is missing" : "wanted text");
  }

  /// Text, or a number as its digits: ids are written both ways.
  String id() {
    return switch (value) {
      case Integer number -> number.toString();
      case Long number -> number.toString();
      case null, default -> text();
    };
  }

  @Nullable Boolean truthOrNull() {
    return switch (value) {
      case null -> null;
      case Boolean truth -> truth;
      default -> throw refuse("wanted true or false");
    };
  }

  int number(int least, int most, int otherwise) {
    return switch (value) {
      case null -> otherwise;
      case Integer number when number >= least && number <= most -> number;
      default -> throw refuse("wanted a whole number from " + least + " to " + most);
    };
  }

  /// The elements of a list; none where it is absent.
  List<Place> list() {
    return switch (value) {
      case null -> List.of();
      case List<?> list when list.size() <= MAX_LIST -> {
        var places = new ArrayList<Place>();
        for (Object element : list) {
          places.add(new Place(path + "[" + places.size() + "]", element));
        }
        yield List.copyOf(places);
      }
      default -> throw refuse("wanted a list of at most " + MAX_LIST);
    };
  }

  Set<String> ids() {
    var ids = new TreeSet<String>();
    for (Place element : list()) {
      if (!ids.add(element.id())) {
        throw element.refuse("stands here twice");
      }
    }
    return ids;
  }

  Map<String, List<String>> idsByName() {
    var byName = new TreeMap<String, List<String>>();
    if (value instanceof Map<?, ?> map) {
      for (Object name : map.keySet()) {
        byName.put(String.valueOf(name), List.copyOf(at(String.valueOf(name)).ids()));
      }
      return byName;
    }
    throw refuse(isAbsent() ? "is missing" : "wanted an object");
  }

  /// Reads with something that refuses by [IllegalArgumentException], and names the place.
  <T> T as(Function<String, T> reader) {
    String text = text();
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(path + ": " + e.getMessage(), e);
    }
  }
}
