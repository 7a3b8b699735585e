package dev.sallyport.gate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A question and what was known when it was asked, as plain data: what is recorded of a decision,
/// and what a policy can be tried on.
///
/// In JSON it is `{"principal": thing, "action": word, "resource": thing, "claimed": {...},
/// "entities": [{"uid": thing, "parents": [thing...], "attrs": {...}}...], "facts": {...}}`, where
/// a thing, here and as a value anywhere, is `{"type": ..., "id": ...}`.
///
/// @param facts groups of facts by name. They are no [Facts]: nobody vouches for them here, so that
///   a [Rehearsal] is all they are good for.
public record Case(Question question, Map<String, Object> facts) {
  private static final Set<String> MEMBERS =
      Set.of("principal", "action", "resource", "claimed", "entities", "facts");
  private static final int MAX_DEPTH = 8;
  private static final int MAX_MEMBERS = 1024;

  public Case {
    facts = Map.copyOf(new TreeMap<>(facts));
  }

  /// What was really asked.
  public static Case of(Question question, Facts facts) {
    return new Case(question, facts.asMap());
  }

  /// Reads one from JSON: `Map`, `List`, `String`, `Boolean` and whole numbers.
  ///
  /// @throws IllegalArgumentException naming the member that is wrong
  public static Case of(Map<String, ?> json) {
    for (String name : json.keySet()) {
      if (!MEMBERS.contains(name)) {
        throw new IllegalArgumentException("unknown member `" + name + "`");
      }
    }
    if (!(json.get("action") instanceof String word)) {
      throw new IllegalArgumentException("wanted a text `action`");
    }
    Action action =
        Action.of(word)
            .orElseThrow(() -> new IllegalArgumentException("no action is `" + word + "`"));
    Map<String, Object> facts = new TreeMap<>();
    members(json, "facts")
        .forEach((name, group) -> {
          if (!(value("facts." + name, group, 1) instanceof Map<?, ?> members)) {
            throw new IllegalArgumentException("`facts." + name + "` is no object");
          }
          facts.put(name, members);
        });
    Map<String, Object> claimed = new TreeMap<>();
    members(json, "claimed")
        .forEach((name, claim) -> claimed.put(name, value("claimed." + name, claim, 1)));
    return new Case(
        new Question(
            thing("principal", json.get("principal")),
            action,
            thing("resource", json.get("resource")),
            claimed,
            entities(json.get("entities"))),
        facts);
  }

  /// The same as JSON, its members sorted.
  public Map<String, Object> asMap() {
    var json = new TreeMap<String, Object>();
    json.put("principal", plain(question.principal()));
    json.put("action", question.action().word());
    json.put("resource", plain(question.resource()));
    json.put("claimed", plain(question.claimed()));
    json.put("facts", plain(facts));
    json.put("entities", question.entities().stream().map(Case::plain).toList());
    return json;
  }

  private static Map<String, Object> plain(Entity entity) {
    return new TreeMap<>(
        Map.of(
            "uid",
            plain(entity.ref()),
            "parents",
            entity.parents().stream().map(Case::plain).sorted(BY_TEXT).toList(),
            "attrs",
            plain(entity.attributes())));
  }

  private static final Comparator<Object> BY_TEXT = Comparator.comparing(String::valueOf);

  private static Object plain(Object value) {
    return switch (value) {
      case EntityRef ref -> new TreeMap<>(Map.of("type", ref.type(), "id", ref.id()));
      case Map<?, ?> members -> {
        var plain = new TreeMap<String, Object>();
        members.forEach((name, member) -> plain.put(String.valueOf(name), plain(member)));
        yield plain;
      }
      case Set<?> members -> members.stream().map(Case::plain).sorted(BY_TEXT).toList();
      case Collection<?> members -> members.stream().map(Case::plain).toList();
      case Integer number -> number.longValue();
      default -> value;
    };
  }

  private static List<Entity> entities(@Nullable Object json) {
    if (json == null) {
      return List.of();
    }
    if (!(json instanceof List<?> list) || list.size() > MAX_MEMBERS) {
      throw new IllegalArgumentException("`entities` is no list of at most " + MAX_MEMBERS);
    }
    var entities = new ArrayList<Entity>();
    for (Object one : list) {
      String at = "entities[" + entities.size() + "]";
      if (!(one instanceof Map<?, ?> entity)
          || !Set.of("uid", "parents", "attrs").containsAll(entity.keySet())) {
        throw new IllegalArgumentException("`" + at + "` has `uid`, `parents` and `attrs` alone");
      }
      Set<EntityRef> parents = new LinkedHashSet<>();
      if (entity.get("parents") instanceof List<?> above && above.size() <= MAX_MEMBERS) {
        above.forEach(parent -> parents.add(thing(at + ".parents", parent)));
      } else if (entity.get("parents") != null) {
        throw new IllegalArgumentException("`" + at + ".parents` is no list");
      }
      Map<String, Object> attributes = new LinkedHashMap<>();
      members(entity, "attrs")
          .forEach((name, value) -> attributes.put(name, value(at + ".attrs." + name, value, 1)));
      entities.add(new Entity(thing(at + ".uid", entity.get("uid")), parents, attributes));
    }
    return entities;
  }

  private static Map<String, Object> members(Map<?, ?> json, String name) {
    Object value = json.get(name);
    if (value == null && !json.containsKey(name)) {
      return Map.of();
    }
    if (!(value instanceof Map<?, ?> members) || members.size() > MAX_MEMBERS) {
      throw new IllegalArgumentException(
          "`" + name + "` is no object of at most " + MAX_MEMBERS + " members");
    }
    var all = new LinkedHashMap<String, Object>();
    members.forEach((member, of) -> {
      if (of == null) {
        throw new IllegalArgumentException("`" + name + "." + member + "` is null: leave it out");
      }
      all.put(String.valueOf(member), of);
    });
    return all;
  }

  private static EntityRef thing(String at, @Nullable Object json) {
    if (json instanceof Map<?, ?> members
        && members.keySet().equals(Set.of("type", "id"))
        && members.get("type") instanceof String type
        && members.get("id") instanceof String id) {
      return new EntityRef(type, id);
    }
    throw new IllegalArgumentException("`" + at + "` is no thing: {\"type\": ..., \"id\": ...}");
  }

  private static Object value(String at, Object json, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("`" + at + "` nests deeper than " + MAX_DEPTH);
    }
    return switch (json) {
      case String text -> text;
      case Boolean truth -> truth;
      case Long number -> number;
      case Integer number -> number.longValue();
      case Map<?, ?> members when members.keySet().equals(Set.of("type", "id")) ->
          thing(at, members);
      case Map<?, ?> members -> {
        var values = new TreeMap<String, Object>();
        members(Map.of(at, members), at)
            .forEach((name, member) -> values.put(name, value(at + "." + name, member, depth + 1)));
        yield values;
      }
      case Collection<?> members when members.size() <= MAX_MEMBERS -> {
        var values = new ArrayList<Object>();
        for (Object member : members) {
          if (member == null) {
            throw new IllegalArgumentException("`" + at + "` holds a null");
          }
          values.add(value(at, member, depth + 1));
        }
        yield List.copyOf(values);
      }
      default ->
          throw new IllegalArgumentException(
              "`" + at + "` is true, false, a whole number, a text, a thing, a list or an object");
    };
  }
}
