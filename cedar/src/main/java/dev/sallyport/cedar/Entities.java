package dev.sallyport.cedar;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The entities a request may name, with every ancestor already worked out; immutable.
public final class Entities {
  /// No entities at all; every entity is then only equal to itself.
  public static final Entities NONE = of(List.of());

  /// One entity as it is handed in: its parents are direct ones.
  public record Entity(
      EntityUid uid,
      Set<EntityUid> parents,
      Map<String, Value> attributes,
      Map<String, Value> tags) {
    public Entity {
      parents = Set.copyOf(parents);
      attributes = Map.copyOf(attributes);
      tags = Map.copyOf(tags);
    }
  }

  /// A list of entities that is no hierarchy: a name twice, or an entity above itself.
  public static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  private final Map<EntityUid, Entity> byUid;
  private final Map<EntityUid, Set<EntityUid>> ancestors;

  private Entities(Map<EntityUid, Entity> byUid, Map<EntityUid, Set<EntityUid>> ancestors) {
    this.byUid = byUid;
    this.ancestors = ancestors;
  }

  /// The hierarchy of `entities`; two of one name and cycles are refused.
  public static Entities of(Collection<Entity> entities) {
    var byUid = new HashMap<EntityUid, Entity>();
    for (Entity entity : entities) {
      if (byUid.put(entity.uid(), entity) != null) {
        throw new Refused("entity `" + entity.uid() + "` stands twice");
      }
    }
    var ancestors = new HashMap<EntityUid, Set<EntityUid>>();
    for (EntityUid uid : byUid.keySet()) {
      ancestors.put(uid, Set.copyOf(above(uid, byUid)));
    }
    return new Entities(byUid, ancestors);
  }

  /// Reads the JSON form (Cedar: entities), without a schema: references are `__entity`, extension
  /// values `__extn`.
  public static Entities parseJson(String json) {
    return of(EntitiesReader.entities(json));
  }

  /// Reads the JSON form guided by a schema, with the schema's actions added, and holds what was
  /// read against it.
  ///
  /// @throws Refused with the first thing that does not fit
  public static Entities parseJson(String json, Schema schema) {
    Entities read = of(EntitiesReader.entities(json, schema));
    List<Entity> actions =
        schema.actionEntities().stream().filter(one -> read.get(one.uid()) == null).toList();
    Entities all = read.with(actions);
    new Validator(schema)
        .entities(all).stream()
            .findFirst()
            .ifPresent(problem -> {
              throw new Refused(problem);
            });
    return all;
  }

  /// The JSON form, which reads back without a schema, for people.
  public String json() {
    return JsonWriter.pretty(EntitiesWriter.entities(this));
  }

  /// Breadth first over parents; walking an entity twice costs nothing, meeting itself is a cycle.
  private static Set<EntityUid> above(EntityUid uid, Map<EntityUid, Entity> byUid) {
    var seen = new LinkedHashSet<EntityUid>();
    var open = new ArrayDeque<EntityUid>();
    open.add(uid);
    while (!open.isEmpty()) {
      Entity entity = byUid.get(open.remove());
      if (entity == null) {
        continue;
      }
      for (EntityUid parent : entity.parents()) {
        if (parent.equals(uid)) {
          throw new Refused("entity `" + uid + "` is above itself");
        }
        if (seen.add(parent)) {
          open.add(parent);
        }
      }
    }
    return seen;
  }

  /// Whether `uid` is `ancestor` or below it.
  public boolean isIn(EntityUid uid, EntityUid ancestor) {
    return uid.equals(ancestor) || ancestorsOf(uid).contains(ancestor);
  }

  /// Everything above `uid`; nothing for an entity that is not here.
  public Set<EntityUid> ancestorsOf(EntityUid uid) {
    return ancestors.getOrDefault(uid, Set.of());
  }

  /// The entity of that name, or null.
  public @Nullable Entity get(EntityUid uid) {
    return byUid.get(uid);
  }

  /// All of them, in no order.
  public Collection<Entity> all() {
    return byUid.values();
  }

  /// These and `more`, none of which may stand here already or be above one of these.
  public Entities with(Collection<Entity> more) {
    var together = new HashMap<>(byUid);
    for (Entity entity : more) {
      if (together.put(entity.uid(), entity) != null) {
        throw new Refused("entity `" + entity.uid() + "` stands twice");
      }
    }
    var above = new HashMap<>(ancestors);
    for (Entity entity : more) {
      above.put(entity.uid(), Set.copyOf(above(entity.uid(), together)));
    }
    for (Set<EntityUid> known : ancestors.values()) {
      for (Entity entity : more) {
        if (known.contains(entity.uid())) {
          throw new Refused("entity `" + entity.uid() + "` is above one that came before");
        }
      }
    }
    return new Entities(together, above);
  }
}
