package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads schemas in Cedar's JSON syntax into a [SchemaDraft], strictly: a member that is not known
/// is refused with the way to it.
final class SchemaJsonReader {
  private static final Span NOWHERE = new Span(0, 0, 1, 1);
  private static final String BUILT_IN = "__cedar::";

  private final SchemaDraft draft = new SchemaDraft();

  private SchemaJsonReader() {}

  static Schema parse(String json) {
    var reader = new SchemaJsonReader();
    reader
        .object(JsonReader.read(json), "the schema")
        .forEach((name, namespace) -> reader.namespace(name, namespace));
    return reader.draft.resolved();
  }

  private void namespace(String name, Object json) {
    Map<String, Object> members = object(json, "namespace `" + name + "`");
    only(members, name, "commonTypes", "entityTypes", "actions", "annotations");
    each(members, "commonTypes", (key, type) -> common(name, key, type));
    each(members, "entityTypes", (key, type) -> entity(name, key, type));
    each(members, "actions", (key, action) -> action(name, key, action));
  }

  private interface Each {
    void at(String name, Map<String, Object> json);
  }

  private void each(Map<String, Object> members, String name, Each work) {
    Object json = members.get(name);
    if (json != null) {
      object(json, name).forEach((key, one) -> work.at(key, object(one, name + "/" + key)));
    }
  }

  private void common(String namespace, String name, Map<String, Object> json) {
    draft.add(
        new SchemaDraft.WrittenCommon(
            namespace, name, type(json, name), annotations(json), NOWHERE));
  }

  private void entity(String namespace, String name, Map<String, Object> json) {
    only(json, name, "memberOfTypes", "shape", "tags", "enum", "annotations");
    var parents = new ArrayList<SchemaDraft.Written.Name>();
    list(json, "memberOfTypes").forEach(parent -> parents.add(name(text(parent, name))));
    Object tags = json.get("tags");
    draft.add(
        new SchemaDraft.WrittenEntity(
            namespace,
            name,
            parents,
            json.containsKey("shape")
                ? fields(type(object(json.get("shape"), name), name), name)
                : new SchemaDraft.Written.Fields(Map.of()),
            tags == null ? null : type(object(tags, name), name),
            list(json, "enum").stream().map(id -> text(id, name)).toList(),
            annotations(json),
            NOWHERE));
  }

  private static SchemaDraft.Written.Fields fields(SchemaDraft.Written type, String name) {
    if (type instanceof SchemaDraft.Written.Fields fields) {
      return fields;
    }
    throw refused("the shape of `" + name + "` is a record");
  }

  private void action(String namespace, String name, Map<String, Object> json) {
    only(json, name, "memberOf", "appliesTo", "annotations");
    var parents = new ArrayList<SchemaDraft.WrittenUid>();
    for (Object parent : list(json, "memberOf")) {
      Map<String, Object> members = object(parent, name);
      only(members, name, "type", "id");
      Object type = members.get("type");
      parents.add(
          new SchemaDraft.WrittenUid(
              type == null ? null : text(type, name), text(members.get("id"), name), NOWHERE));
    }
    List<SchemaDraft.Written.Name> principals = List.of();
    List<SchemaDraft.Written.Name> resources = List.of();
    SchemaDraft.Written context = new SchemaDraft.Written.Fields(Map.of());
    if (json.containsKey("appliesTo")) {
      Map<String, Object> applies = object(json.get("appliesTo"), name);
      only(applies, name, "principalTypes", "resourceTypes", "context");
      principals = names(applies, "principalTypes", name);
      resources = names(applies, "resourceTypes", name);
      if (applies.containsKey("context")) {
        context = type(object(applies.get("context"), name), name);
      }
    }
    draft.add(
        new SchemaDraft.WrittenAction(
            namespace, name, parents, principals, resources, context, annotations(json), NOWHERE));
  }

  private List<SchemaDraft.Written.Name> names(
      Map<String, Object> json, String member, String where) {
    return list(json, member).stream().map(one -> name(text(one, where))).toList();
  }

  private static SchemaDraft.Written.Name name(String path) {
    return new SchemaDraft.Written.Name(path, NOWHERE);
  }

  private SchemaDraft.Written type(Map<String, Object> json, String where) {
    String kind = text(json.get("type"), where);
    return switch (kind) {
      case "Long", "String" -> name(BUILT_IN + kind);
      case "Bool", "Boolean" -> name(BUILT_IN + "Bool");
      case "Set" -> new SchemaDraft.Written.SetOf(type(object(json.get("element"), where), where));
      case "Record" -> record(json, where);
      case "Entity" -> new SchemaDraft.Written.EntityName(name(text(json.get("name"), where)));
      case "EntityOrCommon" -> name(text(json.get("name"), where));
      case "Extension" -> name(BUILT_IN + text(json.get("name"), where));
      default -> name(kind);
    };
  }

  private SchemaDraft.Written record(Map<String, Object> json, String where) {
    if (Boolean.TRUE.equals(json.get("additionalAttributes"))) {
      throw refused("`" + where + "`: open records are not supported");
    }
    var members = new LinkedHashMap<String, SchemaDraft.Member>();
    object(json.get("attributes"), where)
        .forEach((name, attribute) -> {
          Map<String, Object> type = object(attribute, where + "/" + name);
          boolean required = !Boolean.FALSE.equals(type.get("required"));
          members.put(
              name,
              new SchemaDraft.Member(type(type, where + "/" + name), required, annotations(type)));
        });
    return new SchemaDraft.Written.Fields(members);
  }

  private Map<String, String> annotations(Map<String, Object> json) {
    var annotations = new LinkedHashMap<String, String>();
    if (json.get("annotations") != null) {
      object(json.get("annotations"), "annotations")
          .forEach((name, value) -> annotations.put(name, text(value, name)));
    }
    return annotations;
  }

  // ---- members ----

  private Map<String, Object> object(@Nullable Object json, String where) {
    if (json instanceof Map<?, ?> members) {
      var copy = new LinkedHashMap<String, Object>();
      members.forEach((name, member) -> copy.put((String) name, member));
      return copy;
    }
    throw refused("`" + where + "` must be an object");
  }

  private static List<Object> list(Map<String, Object> json, String name) {
    Object member = json.get(name);
    if (member == null) {
      return List.of();
    }
    if (member instanceof List<?> members) {
      return List.copyOf(members);
    }
    throw refused("`" + name + "` must be a list");
  }

  private static String text(@Nullable Object json, String where) {
    if (json instanceof String text) {
      return text;
    }
    throw refused("a text is missing in `" + where + "`");
  }

  private static void only(Map<String, Object> json, String where, String... names) {
    for (String member : json.keySet()) {
      if (!List.of(names).contains(member)) {
        throw refused("no member `" + member + "` in `" + where + "`");
      }
    }
  }

  private static SyntaxRefused refused(String message) {
    return new SyntaxRefused(NOWHERE, message);
  }
}
