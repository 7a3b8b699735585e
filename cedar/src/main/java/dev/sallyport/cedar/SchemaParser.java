package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads schemas in Cedar syntax: first all declarations with names as written, then every name is
/// resolved (own namespace before the empty one; common before entity before built-in types).
final class SchemaParser {
  private static final Set<String> PRIMITIVES = Set.of("Bool", "Boolean", "Long", "String");
  private static final Set<String> EXTENSIONS = Set.of("ipaddr", "decimal", "datetime", "duration");

  /// A type with names as written.
  private sealed interface Written {
    record Name(String path, Span span) implements Written {}

    record SetOf(Written member) implements Written {}

    record Fields(Map<String, Member> members) implements Written {}
  }

  private record Member(Written type, boolean required, Map<String, String> annotations) {}

  private record WrittenEntity(
      String namespace,
      String name,
      List<Written.Name> parents,
      Written.Fields attributes,
      @Nullable Written tags,
      List<String> ids,
      Map<String, String> annotations,
      Span span) {}

  private record WrittenUid(@Nullable String type, String id, Span span) {}

  private record WrittenAction(
      String namespace,
      String id,
      List<WrittenUid> parents,
      List<Written.Name> principals,
      List<Written.Name> resources,
      Written context,
      Map<String, String> annotations,
      Span span) {}

  private record WrittenCommon(
      String namespace, String name, Written type, Map<String, String> annotations, Span span) {}

  private final TokenReader in;
  private final Map<String, WrittenEntity> entities = new LinkedHashMap<>();
  private final Map<EntityUid, WrittenAction> actions = new LinkedHashMap<>();
  private final Map<String, WrittenCommon> commons = new LinkedHashMap<>();

  private SchemaParser(String text) {
    this.in = new TokenReader(text);
  }

  static Schema parse(String text) {
    var parser = new SchemaParser(text);
    while (!parser.in.atEnd()) {
      parser.declarationOrNamespace();
    }
    return parser.resolved();
  }

  private void declarationOrNamespace() {
    Map<String, String> annotations = in.annotations();
    if (!in.peek().isName("namespace")) {
      declaration("", annotations);
      return;
    }
    in.take();
    String namespace = in.path();
    in.need("{");
    while (!in.takes("}")) {
      declaration(namespace, in.annotations());
    }
  }

  private void declaration(String namespace, Map<String, String> annotations) {
    Span at = in.peek().span();
    if (in.takesWord("entity")) {
      entity(namespace, annotations, at);
    } else if (in.takesWord("action")) {
      action(namespace, annotations, at);
    } else if (in.takesWord("type")) {
      String name = in.needName().text();
      in.need("=");
      Written type = type();
      in.need(";");
      var common = new WrittenCommon(namespace, name, type, annotations, at);
      if (commons.put(qualified(namespace, name), common) != null) {
        throw new SyntaxRefused(at, "type `" + name + "` stands twice");
      }
    } else {
      throw in.expected("`entity`, `action`, `type` or `namespace`");
    }
  }

  private void entity(String namespace, Map<String, String> annotations, Span at) {
    var names = new ArrayList<String>();
    do {
      names.add(in.needName().text());
    } while (in.takes(","));
    List<Written.Name> parents = List.of();
    var attributes = new Written.Fields(Map.of());
    Written tags = null;
    List<String> ids = List.of();
    if (in.takesWord("enum")) {
      in.need("[");
      ids = in.stringsUntil("]");
    } else {
      if (in.peek().isName("in")) {
        in.take();
        parents = typeNames();
      }
      if (in.takes("=") || in.peek().isSign("{")) {
        attributes = fields();
      }
      if (in.takesWord("tags")) {
        tags = type();
      }
    }
    in.need(";");
    for (String name : names) {
      var entity =
          new WrittenEntity(namespace, name, parents, attributes, tags, ids, annotations, at);
      if (entities.put(qualified(namespace, name), entity) != null) {
        throw new SyntaxRefused(at, "entity type `" + name + "` stands twice");
      }
    }
  }

  private void action(String namespace, Map<String, String> annotations, Span at) {
    var names = new ArrayList<String>();
    do {
      names.add(nameOrString());
    } while (in.takes(","));
    var parents = new ArrayList<WrittenUid>();
    if (in.peek().isName("in")) {
      in.take();
      if (in.takes("[")) {
        while (!in.takes("]")) {
          parents.add(actionParent());
          if (!in.takes(",")) {
            in.need("]");
            break;
          }
        }
      } else {
        parents.add(actionParent());
      }
    }
    List<Written.Name> principals = new ArrayList<>();
    List<Written.Name> resources = new ArrayList<>();
    Written context = new Written.Fields(Map.of());
    if (in.takesWord("appliesTo")) {
      in.need("{");
      while (!in.takes("}")) {
        Token part = in.needName();
        in.need(":");
        switch (part.text()) {
          case "principal" -> principals = typeNames();
          case "resource" -> resources = typeNames();
          case "context" -> context = type();
          default -> throw new SyntaxRefused(part.span(), "no part `" + part.text() + "`");
        }
        if (!in.takes(",")) {
          in.need("}");
          break;
        }
      }
    }
    in.need(";");
    for (String name : names) {
      var action =
          new WrittenAction(
              namespace, name, parents, principals, resources, context, annotations, at);
      if (actions.put(new EntityUid(qualified(namespace, "Action"), name), action) != null) {
        throw new SyntaxRefused(at, "action `" + name + "` stands twice");
      }
    }
  }

  private String nameOrString() {
    return in.peek().kind() == Token.Kind.STRING ? Escapes.string(in.take()) : in.needName().text();
  }

  private WrittenUid actionParent() {
    Span at = in.peek().span();
    if (in.peek().kind() == Token.Kind.STRING) {
      return new WrittenUid(null, Escapes.string(in.take()), at);
    }
    String path = in.path();
    if (in.takes("::")) {
      return new WrittenUid(path, Escapes.string(in.needString()), at);
    }
    return new WrittenUid(null, path, at);
  }

  private List<Written.Name> typeNames() {
    var names = new ArrayList<Written.Name>();
    if (!in.takes("[")) {
      names.add(typeName());
      return names;
    }
    while (!in.takes("]")) {
      names.add(typeName());
      if (!in.takes(",")) {
        in.need("]");
        break;
      }
    }
    return names;
  }

  private Written.Name typeName() {
    Span at = in.peek().span();
    if (in.peek().isName("__cedar") && in.peekAfter().isSign("::")) {
      in.take();
      in.take();
      return new Written.Name("__cedar::" + in.path(), at);
    }
    return new Written.Name(in.path(), at);
  }

  private Written type() {
    in.down();
    Written type;
    if (in.peek().isSign("{")) {
      type = fields();
    } else if (in.peek().isName("Set") && in.peekAfter().isSign("<")) {
      in.take();
      in.take();
      type = new Written.SetOf(type());
      in.need(">");
    } else {
      type = typeName();
    }
    in.up();
    return type;
  }

  private Written.Fields fields() {
    in.need("{");
    var members = new LinkedHashMap<String, Member>();
    while (!in.takes("}")) {
      Map<String, String> annotations = in.annotations();
      Span at = in.peek().span();
      String name = nameOrString();
      boolean required = !in.takes("?");
      in.need(":");
      if (members.put(name, new Member(type(), required, annotations)) != null) {
        throw new SyntaxRefused(at, "attribute `" + name + "` stands twice");
      }
      if (!in.takes(",")) {
        in.need("}");
        break;
      }
    }
    return new Written.Fields(members);
  }

  private Schema resolved() {
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
