package dev.sallyport.cedar;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A schema as it was written, in whichever syntax; every name is resolved once all are known (own
/// namespace before the empty one; common before entity before built-in types).
final class SchemaDraft {
  private static final Set<String> PRIMITIVES = Set.of("Bool", "Boolean", "Long", "String");
  private static final Set<String> EXTENSIONS = Set.of("ipaddr", "decimal", "datetime", "duration");

  /// A type with names as written.
  sealed interface Written {
    record Name(String path, Span span) implements Written {}

    /// A name that can only be an entity type's; JSON tells it from others.
    record EntityName(Name name) implements Written {}

    record SetOf(Written member) implements Written {}

    record Fields(Map<String, Member> members) implements Written {}
  }

  record Member(Written type, boolean required, Map<String, String> annotations) {}

  record WrittenEntity(
      String namespace,
      String name,
      List<Written.Name> parents,
      Written.Fields attributes,
      @Nullable Written tags,
      List<String> ids,
      Map<String, String> annotations,
      Span span) {}

  record WrittenUid(@Nullable String type, String id, Span span) {}

  record WrittenAction(
      String namespace,
      String id,
      List<WrittenUid> parents,
      List<Written.Name> principals,
      List<Written.Name> resources,
      Written context,
      Map<String, String> annotations,
      Span span) {}

  record WrittenCommon(
      String namespace, String name, Written type, Map<String, String> annotations, Span span) {}

  private final Map<String, WrittenEntity> entities = new LinkedHashMap<>();
  private final Map<EntityUid, WrittenAction> actions = new LinkedHashMap<>();
  private final Map<String, WrittenCommon> commons = new LinkedHashMap<>();

  /// Adds a common type; empty where its name is taken.
  boolean add(WrittenCommon common) {
    return commons.put(qualified(common.namespace(), common.name()), common) == null;
  }

  boolean add(WrittenEntity entity) {
    return entities.put(qualified(entity.namespace(), entity.name()), entity) == null;
  }

  boolean add(WrittenAction action) {
    EntityUid uid = new EntityUid(qualified(action.namespace(), "Action"), action.id());
    return actions.put(uid, action) == null;
  }

  Schema resolved() {
    var entityTypes = new LinkedHashMap<String, Schema.EntityType>();
    entities.forEach((name, entity) -> entityTypes.put(name, resolved(name, entity)));
    var commonTypes = new LinkedHashMap<String, Schema.CommonType>();
    commons.forEach((name, common) ->
        commonTypes.put(
            name,
            new Schema.CommonType(
                name, resolved(common.type(), common.namespace()), common.annotations())));
    refuseCycles(commonTypes);
    var actionTypes = new LinkedHashMap<EntityUid, Schema.ActionType>();
    actions.forEach((uid, action) -> actionTypes.put(uid, resolved(uid, action)));
    actionTypes.replaceAll((_, action) -> checkedParents(action, actionTypes));
    return new Schema(entityTypes, actionTypes, commonTypes);
  }

  private Schema.EntityType resolved(String name, WrittenEntity entity) {
    Written tags = entity.tags();
    return new Schema.EntityType(
        name,
        entityNames(entity.parents(), entity.namespace()),
        fields(entity.attributes(), entity.namespace()),
        tags == null ? List.of() : List.of(resolved(tags, entity.namespace())),
        entity.ids(),
        entity.annotations());
  }

  private Schema.ActionType resolved(EntityUid uid, WrittenAction action) {
    var parents = new LinkedHashSet<EntityUid>();
    for (WrittenUid parent : action.parents()) {
      String type = parent.type();
      String own = qualified(action.namespace(), type == null ? "Action" : type);
      var inNamespace = new EntityUid(own, parent.id());
      parents.add(
          type == null || actions.containsKey(inNamespace)
              ? inNamespace
              : new EntityUid(type, parent.id()));
    }
    return new Schema.ActionType(
        uid,
        parents,
        entityNames(action.principals(), action.namespace()),
        entityNames(action.resources(), action.namespace()),
        resolved(action.context(), action.namespace()),
        action.annotations());
  }

  private Schema.ActionType checkedParents(
      Schema.ActionType action, Map<EntityUid, Schema.ActionType> known) {
    for (EntityUid parent : action.parents()) {
      if (!known.containsKey(parent)) {
        WrittenAction written = actions.get(action.uid());
        throw new SyntaxRefused(
            written == null ? new Span(0, 0, 1, 1) : written.span(), "no action `" + parent + "`");
      }
    }
    return action;
  }

  private Set<String> entityNames(List<Written.Name> names, String namespace) {
    var resolved = new LinkedHashSet<String>();
    for (Written.Name name : names) {
      String own = qualified(namespace, name.path());
      if (entities.containsKey(own)) {
        resolved.add(own);
      } else if (entities.containsKey(name.path())) {
        resolved.add(name.path());
      } else {
        throw new SyntaxRefused(name.span(), "no entity type `" + name.path() + "`");
      }
    }
    return resolved;
  }

  private Schema.Type resolved(Written type, String namespace) {
    return switch (type) {
      case Written.Name name -> resolved(name, namespace);
      case Written.EntityName(Written.Name name) ->
          new Schema.Type.Reference(entityNames(List.of(name), namespace).iterator().next());
      case Written.SetOf(Written member) -> new Schema.Type.SetOf(resolved(member, namespace));
      case Written.Fields written -> fields(written, namespace);
    };
  }

  private Schema.Type.Fields fields(Written.Fields written, String namespace) {
    var members = new LinkedHashMap<String, Schema.Attribute>();
    written
        .members()
        .forEach((name, member) ->
            members.put(
                name,
                new Schema.Attribute(
                    resolved(member.type(), namespace), member.required(), member.annotations())));
    return new Schema.Type.Fields(members);
  }

  private Schema.Type resolved(Written.Name name, String namespace) {
    String path = name.path();
    if (!path.startsWith("__cedar::")) {
      for (String candidate : List.of(qualified(namespace, path), path)) {
        if (commons.containsKey(candidate)) {
          return new Schema.Type.Common(candidate);
        }
        if (entities.containsKey(candidate)) {
          return new Schema.Type.Reference(candidate);
        }
      }
    }
    String builtIn = path.startsWith("__cedar::") ? path.substring(9) : path;
    if (PRIMITIVES.contains(builtIn)) {
      return new Schema.Type.Primitive(builtIn.equals("Boolean") ? "Bool" : builtIn);
    }
    if (EXTENSIONS.contains(builtIn)) {
      return new Schema.Type.Primitive(builtIn);
    }
    throw new SyntaxRefused(name.span(), "no type `" + path + "`");
  }

  /// A common type that holds itself would never end.
  private void refuseCycles(Map<String, Schema.CommonType> types) {
    for (Schema.CommonType type : types.values()) {
      walk(type.type(), types, new LinkedHashSet<>(Set.of(type.name())), new HashSet<>());
    }
  }

  private void walk(
      Schema.Type type, Map<String, Schema.CommonType> types, Set<String> above, Set<String> done) {
    switch (type) {
      case Schema.Type.Primitive _, Schema.Type.Reference _ -> {}
      case Schema.Type.SetOf(Schema.Type member) -> walk(member, types, above, done);
      case Schema.Type.Fields(Map<String, Schema.Attribute> members) ->
          members.values().forEach(member -> walk(member.type(), types, above, done));
      case Schema.Type.Common(String name) -> {
        Schema.CommonType common = types.get(name);
        WrittenCommon written = commons.get(name);
        if (!above.add(name) && written != null) {
          throw new SyntaxRefused(written.span(), "type `" + name + "` holds itself");
        }
        if (common != null && !done.contains(name)) {
          walk(common.type(), types, above, done);
          done.add(name);
        }
        above.remove(name);
      }
    }
  }

  private static String qualified(String namespace, String name) {
    return namespace.isEmpty() ? name : namespace + "::" + name;
  }
}
