package dev.sallyport.gate;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// May `principal` do `action` on `resource`?
///
/// `claimed` is what the caller says of itself and its wish (the `Claims` record of the
/// vocabulary); policies may forbid on it and never permit. `entities` is what we know of the
/// things named, by our own look-up. Which resource goes with which action is said by the schema:
/// `push`, `changePipeline` and `administer` are about a `Repository`; `publish` is about an
/// `Artifact` whose id is its digest `sha256:...`; `deploy` and `rollback` are about an
/// `Environment`, the digest being claimed as `artifact`.
public record Question(
    EntityRef principal,
    Action action,
    EntityRef resource,
    Map<String, Object> claimed,
    List<Entity> entities) {
  public Question {
    claimed = Map.copyOf(new TreeMap<>(claimed));
    entities = List.copyOf(entities);
  }

  /// A question that claims nothing about things of which nothing more is known.
  public Question(EntityRef principal, Action action, EntityRef resource) {
    this(principal, action, resource, Map.of(), List.of());
  }
}
