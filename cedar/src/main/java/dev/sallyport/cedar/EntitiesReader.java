package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Cedar's JSON form of entities and values. A schema lets it be shorter: where it says that an
/// entity or an extension value stands, `{"type", "id"}` and the bare text are enough.
final class EntitiesReader {
  private static final Set<String> MEMBERS = Set.of("uid", "attrs", "parents", "tags");

  private final @Nullable Schema schema;

  private EntitiesReader(@Nullable Schema schema) {
    this.schema = schema;
  }

  /// The entities of a JSON list.
  static List<Entities.Entity> entities(String json) {
    return new EntitiesReader(null).all(json);
  }

  /// The same, guided by a schema; whether they fit it is asked elsewhere.
  static List<Entities.Entity> entities(String json, Schema schema) {
    return new EntitiesReader(schema).all(json);
  }

  private List<Entities.Entity> all(String json) {
    var entities = new ArrayList<Entities.Entity>();
    for (Object entry : list(JsonReader.read(json), "entities")) {
      entities.add(entity(map(entry, "an entity")));
    }
    return entities;
  }

  /// The record that a JSON object means, for a request's context.
  static Value.Fields record(String json) {
    return record(new EntitiesReader(null).value(context(json), null));
  }

  /// The same, where the schema says what it holds.
  static Value.Fields record(String json, Schema.Type type, Schema schema) {
    return record(new EntitiesReader(schema).value(context(json), type));
  }

  private static Map<String, Object> context(String json) {
    return map(JsonReader.read(json), "a context");
  }

  private static Value.Fields record(Value value) {
    if (value instanceof Value.Fields fields) {
      return fields;
    }
    throw new Entities.Refused("a context must be a record");
  }

  private Entities.Entity entity(Map<String, Object> json) {
    for (String member : json.keySet()) {
      if (!MEMBERS.contains(member)) {
        throw new Entities.Refused("no member `" + member + "` in an entity");
      }
    }
    EntityUid uid = uid(json.get("uid"));
    var parents = new LinkedHashSet<EntityUid>();
    for (Object parent : list(json.get("parents"), "parents")) {
      parents.add(uid(parent));
    }
    Object tags = json.get("tags");
    Schema.EntityType type = schema == null ? null : schema.entityTypes().get(uid.type());
    return new Entities.Entity(
        uid,
        parents,
        values(map(json.get("attrs"), "attrs"), type == null ? null : type.attributes()),
        tags == null ? Map.of() : tags(map(tags, "tags"), type == null ? List.of() : type.tags()));
  }

  private Map<String, Value> tags(Map<String, Object> json, List<Schema.Type> type) {
    var values = new LinkedHashMap<String, Value>();
    json.forEach(
        (name, tag) -> values.put(name, value(tag, type.isEmpty() ? null : type.getFirst())));
    return values;
  }

  static EntityUid uid(@Nullable Object json) {
    Map<String, Object> members = map(json, "an entity's name");
    if (members.size() == 1 && members.get("__entity") instanceof Map<?, ?>) {
      members = map(members.get("__entity"), "an entity's name");
    }
    if (members.size() == 2
        && members.get("type") instanceof String type
        && members.get("id") instanceof String id) {
      return new EntityUid(path(type), id);
    }
    throw new Entities.Refused("an entity's name must have `type` and `id`");
  }

  static String path(String type) {
    for (String part : type.split("::", -1)) {
      boolean name =
          !part.isEmpty()
              && Lexer.isNameStart(part.charAt(0))
              && part.chars().allMatch(c -> Lexer.isNamePart((char) c))
              && !TokenReader.RESERVED.contains(part);
      if (!name) {
        throw new Entities.Refused("`" + type + "` is not the name of a type");
      }
    }
    return type;
  }

  private Map<String, Value> values(Map<String, Object> json, Schema.Type.@Nullable Fields type) {
    var values = new LinkedHashMap<String, Value>();
    json.forEach((name, member) -> {
      Schema.Attribute attribute = type == null ? null : type.members().get(name);
      values.put(name, value(member, attribute == null ? null : attribute.type()));
    });
    return values;
  }

  private Value value(Object json, Schema.@Nullable Type wanted) {
    Schema.Type type = wanted == null || schema == null ? null : schema.resolve(wanted);
    return switch (json) {
      case Boolean truth -> Value.of(truth);
      case Long number -> Value.of(number);
      case String text ->
          made(type)
              .map(function -> call(function, List.of(Value.of(text))))
              .orElse(Value.of(text));
      case List<?> members ->
          Value.of(
              members.stream()
                  .map(one ->
                      value(one, type instanceof Schema.Type.SetOf(Schema.Type of) ? of : null))
                  .toList());
      case Map<?, ?> members -> object(map(members, "a value"), type);
      default -> throw new Entities.Refused("no value: " + json);
    };
  }

  /// The function that makes values of an extension type.
  private static Optional<Extension> made(Schema.@Nullable Type type) {
    if (type instanceof Schema.Type.Primitive(String name)) {
      return Extension.of(name.equals("ipaddr") ? "ip" : name)
          .filter(function -> !function.isMethod());
    }
    return Optional.empty();
  }

  private Value object(Map<String, Object> members, Schema.@Nullable Type type) {
    if (members.containsKey("__expr")) {
      throw new Entities.Refused("`__expr` is not supported");
    }
    Object entity = members.get("__entity");
    if (entity != null && members.size() == 1) {
      return uid(entity);
    }
    Object extension = members.get("__extn");
    if (extension != null && members.size() == 1) {
      return extension(map(extension, "`__extn`"));
    }
    if (entity != null || extension != null) {
      throw new Entities.Refused("`__entity` and `__extn` stand alone in their object");
    }
    if (type instanceof Schema.Type.Reference) {
      return uid(members);
    }
    if (made(type).isPresent() && members.containsKey("fn")) {
      return extension(members);
    }
    return Value.of(values(members, type instanceof Schema.Type.Fields fields ? fields : null));
  }

  private Value extension(Map<String, Object> call) {
    Object name = call.get("fn");
    Object one = call.get("arg");
    Object many = call.get("args");
    if (call.size() != 2 || !(name instanceof String word) || (one == null) == (many == null)) {
      throw new Entities.Refused("`__extn` must have `fn` and either `arg` or `args`");
    }
    Extension function =
        Extension.of(word)
            .orElseThrow(() -> new Entities.Refused("no extension function `" + word + "`"));
    List<?> given = one == null ? list(many, "args") : List.of(one);
    return call(function, given.stream().map(argument -> value(argument, null)).toList());
  }

  private static Value call(Extension function, List<Value> arguments) {
    try {
      return function.apply(arguments);
    } catch (EvaluationError e) {
      throw new Entities.Refused("couldn't read an extension value: " + e.getMessage());
    }
  }

  private static List<?> list(@Nullable Object json, String what) {
    if (json instanceof List<?> members) {
      return members;
    }
    throw new Entities.Refused("`" + what + "` must be a list");
  }

  private static Map<String, Object> map(@Nullable Object json, String what) {
    if (json instanceof Map<?, ?> members) {
      var copy = new LinkedHashMap<String, Object>();
      for (var member : members.entrySet()) {
        if (member.getKey() instanceof String name && member.getValue() != null) {
          copy.put(name, member.getValue());
        }
      }
      return copy;
    }
    throw new Entities.Refused(what + " must be an object");
  }
}
