package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A schema in Cedar's own syntax: entity types, actions, common types, each with its annotations.
///
/// Every name in it is fully qualified and known; types refer to each other by name.
public final class Schema {
  /// The type of an attribute.
  public sealed interface Type {
    /// Bool, Long, String, or an extension type by its name.
    record Primitive(String name) implements Type {
      @Override
      public String toString() {
        return name;
      }
    }

    /// A reference to an entity.
    record Reference(String entityType) implements Type {
      @Override
      public String toString() {
        return entityType;
      }
    }

    /// A common type, by name.
    record Common(String name) implements Type {
      @Override
      public String toString() {
        return name;
      }
    }

    /// A set.
    record SetOf(Type member) implements Type {
      @Override
      public String toString() {
        return "Set<" + member + ">";
      }
    }

    /// A record with exactly these members.
    record Fields(Map<String, Attribute> members) implements Type {
      public Fields {
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
      }
    }
  }

  /// One attribute of an entity or record.
  public record Attribute(Type type, boolean required, Map<String, String> annotations) {}

  /// An entity type: what it may be in, its attributes, the type of its tags (empty where it has
  /// none), its ids where they are enumerated (empty otherwise).
  public record EntityType(
      String name,
      Set<String> parents,
      Type.Fields attributes,
      List<Type> tags,
      List<String> ids,
      Map<String, String> annotations) {}

  /// An action: the groups it is in, and what it applies to (both empty for a mere group).
  public record ActionType(
      EntityUid uid,
      Set<EntityUid> parents,
      Set<String> principals,
      Set<String> resources,
      Type context,
      Map<String, String> annotations) {}

  /// A named type.
  public record CommonType(String name, Type type, Map<String, String> annotations) {}

  private final Map<String, EntityType> entityTypes;
  private final Map<EntityUid, ActionType> actions;
  private final Map<String, CommonType> commonTypes;

  Schema(
      Map<String, EntityType> entityTypes,
      Map<EntityUid, ActionType> actions,
      Map<String, CommonType> commonTypes) {
    this.entityTypes = Collections.unmodifiableMap(new LinkedHashMap<>(entityTypes));
    this.actions = Collections.unmodifiableMap(new LinkedHashMap<>(actions));
    this.commonTypes = Collections.unmodifiableMap(new LinkedHashMap<>(commonTypes));
  }

  /// Reads a schema.
  ///
  /// @throws SyntaxRefused with line and column
  public static Schema parse(String text) {
    return SchemaParser.parse(text);
  }

  /// Reads a schema in Cedar's JSON syntax.
  ///
  /// @throws SyntaxRefused with the way to what is wrong
  public static Schema parseJson(String json) {
    return SchemaJsonReader.parse(json);
  }

  /// The context of a request for `action` that a JSON object means, guided by what the action
  /// takes; an action that is not here guides nothing.
  ///
  /// @throws Entities.Refused if it is no record
  public Value.Fields context(String json, EntityUid action) {
    ActionType type = actions.get(action);
    return type == null
        ? EntitiesReader.record(json)
        : EntitiesReader.record(json, type.context(), this);
  }

  /// The entity types by qualified name, in the order written.
  public Map<String, EntityType> entityTypes() {
    return entityTypes;
  }

  /// The actions, in the order written.
  public Map<EntityUid, ActionType> actions() {
    return actions;
  }

  /// The common types by qualified name, in the order written.
  public Map<String, CommonType> commonTypes() {
    return commonTypes;
  }

  /// `type` with names of common types followed to what they stand for; its members keep theirs.
  public Type resolve(Type type) {
    Type at = type;
    while (at instanceof Type.Common(String name)) {
      CommonType common = commonTypes.get(name);
      if (common == null) {
        throw new IllegalArgumentException("no common type `" + name + "`");
      }
      at = common.type();
    }
    return at;
  }

  /// Whether an entity of type `below` may be in one of type `above`, at any distance.
  public boolean mayBeIn(String below, String above) {
    var seen = new LinkedHashSet<String>(List.of(below));
    var open = new ArrayList<String>(seen);
    while (!open.isEmpty()) {
      String name = open.removeLast();
      if (name.equals(above)) {
        return true;
      }
      EntityType type = entityTypes.get(name);
      for (String parent : type == null ? Set.<String>of() : type.parents()) {
        if (seen.add(parent)) {
          open.add(parent);
        }
      }
    }
    return false;
  }

  /// Whether an action is another, or in it at any distance.
  public boolean isActionIn(EntityUid below, EntityUid above) {
    var seen = new LinkedHashSet<EntityUid>(List.of(below));
    var open = new ArrayList<EntityUid>(seen);
    while (!open.isEmpty()) {
      EntityUid uid = open.removeLast();
      if (uid.equals(above)) {
        return true;
      }
      ActionType type = actions.get(uid);
      for (EntityUid parent : type == null ? Set.<EntityUid>of() : type.parents()) {
        if (seen.add(parent)) {
          open.add(parent);
        }
      }
    }
    return false;
  }

  /// The actions as entities, so that `action in Action::"group"` holds.
  public List<Entities.Entity> actionEntities() {
    return actions.values().stream()
        .map(action -> new Entities.Entity(action.uid(), action.parents(), Map.of(), Map.of()))
        .toList();
  }

  /// The first thing in which `value` is not a `type`, as a sentence; empty when it is one.
  public Optional<String> mismatch(Value value, Type type, String name) {
    return switch (resolve(type)) {
      case Type.Primitive(String primitive) ->
          value.typeName().equals(primitive) ? Optional.empty() : wrong(name, primitive, value);
      case Type.Reference(String entityType) ->
          value instanceof EntityUid uid && uid.type().equals(entityType)
              ? Optional.empty()
              : wrong(name, entityType, value);
      case Type.SetOf(Type member) -> {
        if (!(value instanceof Value.Group group)) {
          yield wrong(name, "Set", value);
        }
        yield group.members().stream()
            .flatMap(one -> mismatch(one, member, "a member of " + name).stream())
            .findFirst();
      }
      case Type.Fields fields -> {
        if (!(value instanceof Value.Fields(Map<String, Value> members))) {
          yield wrong(name, "Record", value);
        }
        yield mismatch(members, fields, name);
      }
      case Type.Common common -> throw new IllegalStateException("unresolved " + common);
    };
  }

  /// As [#mismatch(Value, Type, String)] for the members of a record or the attributes of an
  /// entity.
  public Optional<String> mismatch(Map<String, Value> members, Type.Fields fields, String name) {
    for (var member : fields.members().entrySet()) {
      if (member.getValue().required() && !members.containsKey(member.getKey())) {
        return Optional.of("`" + name + "` lacks `" + member.getKey() + "`");
      }
    }
    for (var member : members.entrySet()) {
      Attribute attribute = fields.members().get(member.getKey());
      if (attribute == null) {
        return Optional.of("`" + name + "` has no `" + member.getKey() + "` in the vocabulary");
      }
      Optional<String> inside =
          mismatch(member.getValue(), attribute.type(), name + "." + member.getKey());
      if (inside.isPresent()) {
        return inside;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> wrong(String name, String expected, Value value) {
    return Optional.of("`" + name + "` must be " + expected + ", not " + value.typeName());
  }
}
