package dev.sallyport.gate;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What is known of a thing that a question names: what it belongs to, and its attributes.
///
/// Values are `Boolean`, `Long`, `Integer`, `String`, [EntityRef], `Collection` (a Cedar set) and
/// `Map` (a Cedar record); the gate refuses what the vocabulary does not declare.
public record Entity(EntityRef ref, Set<EntityRef> parents, Map<String, Object> attributes) {
  public Entity {
    parents = Set.copyOf(parents);
    attributes = Map.copyOf(new TreeMap<>(attributes));
  }
}
