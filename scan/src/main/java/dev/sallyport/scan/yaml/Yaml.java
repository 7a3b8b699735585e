package dev.sallyport.scan.yaml;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A YAML value and the line on which it begins. Aliases and merge keys are already followed.
public sealed interface Yaml {
  /// Counted from 1.
  int line();

  /// A scalar of any type, as it was written; empty for `null`.
  record Text(String value, int line) implements Yaml {}

  /// A list.
  record Sequence(List<Yaml> items, int line) implements Yaml {
    public Sequence {
      items = List.copyOf(items);
    }
  }

  /// A mapping in the order of its file.
  record Mapping(Map<String, Yaml> entries, Map<String, Integer> keyLines, int line)
      implements Yaml {
    public Mapping {
      entries = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(entries));
      keyLines = Map.copyOf(keyLines);
    }
  }

  /// The value under a key; null where there is none or this is no mapping.
  default @Nullable Yaml get(String key) {
    return this instanceof Mapping mapping ? mapping.entries.get(key) : null;
  }

  /// The value under keys of keys.
  default @Nullable Yaml at(String... keys) {
    Yaml here = this;
    for (String key : keys) {
      here = here == null ? null : here.get(key);
    }
    return here;
  }

  /// The scalar under a key; null where there is none.
  default @Nullable Text text(String key) {
    return get(key) instanceof Text text ? text : null;
  }

  /// The entries, none where this is no mapping.
  default Map<String, Yaml> entries() {
    return Map.of();
  }

  /// The line of a key, or of the whole where it isn't there.
  default int lineOf(String key) {
    return this instanceof Mapping mapping
        ? mapping.keyLines.getOrDefault(key, mapping.line)
        : line();
  }

  /// The scalars in it: itself, or those of a list, to any depth.
  default List<Text> scalars() {
    var all = new ArrayList<Text>();
    visit((_, text) -> all.add(text));
    return all;
  }

  /// Hands over each scalar with the key it stands under, in order.
  default void visit(BiConsumer<String, Text> visitor) {
    visit("", visitor);
  }

  private void visit(String key, BiConsumer<String, Text> visitor) {
    switch (this) {
      case Text text -> visitor.accept(key, text);
      case Sequence sequence -> sequence.items.forEach(item -> item.visit(key, visitor));
      case Mapping mapping -> mapping.entries.forEach((name, value) -> value.visit(name, visitor));
    }
  }
}
