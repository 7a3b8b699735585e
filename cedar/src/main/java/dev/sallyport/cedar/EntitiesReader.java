package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Cedar's JSON form of entities and values, read without a schema.
final class EntitiesReader {
  private static final Set<String> MEMBERS = Set.of("uid", "attrs", "parents", "tags");

  private EntitiesReader() {}

  /// The entities of a JSON list.
  static List<Entities.Entity> entities(String json) {
    var entities = new ArrayList<Entities.Entity>();
    for (Object entry : list(JsonReader.read(json), "entities")) {
      entities.add(entity(map(entry, "an entity")));
    }
    return entities;
  }

  /// The record that a JSON object means, for a request's context.
  static Value.Fields record(String json) {
    if (value(map(JsonReader.read(json), "a context")) instanceof Value.Fields fields) {
      return fields;
    }
    throw new Entities.Refused("a context must be a record");
  }

  private static Entities.Entity entity(Map<String, Object> json) {
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
    return new Entities.Entity(
        uid,
        parents,
        values(map(json.get("attrs"), "attrs")),
        tags == null ? Map.of() : values(map(tags, "tags")));
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

  private static Map<String, Value> values(Map<String, Object> json) {
    var values = new LinkedHashMap<String, Value>();
    json.forEach((name, value) -> values.put(name, value(value)));
    return values;
  }

  static Value value(Object json) {
    return switch (json) {
      case Boolean truth -> Value.of(truth);
      case Long number -> Value.of(number);
      case String text -> Value.of(text);
      case List<?> members -> Value.of(members.stream().map(EntitiesReader::value).toList());
      case Map<?, ?> members -> object(map(members, "a value"));
      default -> throw new Entities.Refused("no value: " + json);
    };
  }

  private static Value object(Map<String, Object> members) {
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
    return Value.of(values(members));
  }

  private static Value extension(Map<String, Object> call) {
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
    try {
      return function.apply(given.stream().map(EntitiesReader::value).toList());
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
