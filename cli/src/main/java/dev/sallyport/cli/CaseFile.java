package dev.sallyport.cli;

import dev.sallyport.gate.Case;
import dev.sallyport.gate.EntityRef;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Reads cases that people write, in YAML 1.2 or JSON: `things` by name, and questions that name
/// them.
///
/// A thing is `{type, id, attrs, parents}`; as principal or resource of a question its name does,
/// or `{type, id}`, which is what stands for a thing everywhere else.
final class CaseFile {
  private static final int MAX_CHARACTERS = 4 << 20;
  private static final Set<String> THING = Set.of("type", "id", "attrs", "parents");
  private static final Set<String> THINGS = Set.of("principal", "resource");

  /// The members of a question.
  static final Set<String> QUESTION = Set.of("principal", "action", "resource", "claimed", "facts");

  private final Path file;
  private final Map<String, Object> members;
  private final Map<String, Map<String, Object>> things = new LinkedHashMap<>();

  private CaseFile(Path file, Map<String, Object> members) {
    this.file = file;
    this.members = members;
    object("things", members.getOrDefault("things", Map.of()))
        .forEach((name, thing) -> things.put(name, thing(name, thing)));
  }

  /// @throws UserError where the file is no such file
  static CaseFile read(Path file) {
    return new CaseFile(file, object(file, load(file)));
  }

  private static @Nullable Object load(Path file) {
    try {
      String text = Files.readString(file);
      var settings =
          LoadSettings.builder()
              .setAllowDuplicateKeys(false)
              .setAllowRecursiveKeys(false)
              .setMaxAliasesForCollections(50)
              .setCodePointLimit(MAX_CHARACTERS)
              .setLabel(String.valueOf(file.getFileName()))
              .build();
      return new Load(settings).loadFromString(text);
    } catch (YamlEngineException e) {
      throw new UserError(
          "`" + file + "` is no YAML: " + Terminal.safe(String.valueOf(e.getMessage()).strip()),
          "mend it");
    } catch (MalformedInputException e) {
      throw new UserError("`" + file + "` is not UTF-8", "save it as UTF-8");
    } catch (IOException e) {
      throw new UserError("couldn't read `" + file + "`", "see that it is there and readable");
    }
  }

  /// The file's own members.
  Map<String, Object> members() {
    return members;
  }

  /// The names of the things.
  Set<String> names() {
    return things.keySet();
  }

  /// All things as the entities of a case.
  List<Object> entities() {
    return List.copyOf(things.values());
  }

  /// A thing by the name it has here.
  Optional<EntityRef> named(String name) {
    Map<String, Object> thing = things.get(name);
    return thing == null || !(thing.get("uid") instanceof Map<?, ?> uid)
        ? Optional.empty()
        : Optional.of(
            new EntityRef(String.valueOf(uid.get("type")), String.valueOf(uid.get("id"))));
  }

  /// The case that the members of a question make, with everything known of the things.
  ///
  /// @throws UserError naming `at` and what is wrong there
  Case question(String at, Map<String, Object> question) {
    var json = new LinkedHashMap<String, Object>();
    for (String name : QUESTION) {
      Object value = question.get(name);
      if (value != null) {
        json.put(name, THINGS.contains(name) ? resolved(value) : value);
      }
    }
    json.put("entities", entities());
    try {
      return Case.of(json);
    } catch (IllegalArgumentException e) {
      throw wrong(at + ": " + e.getMessage());
    }
  }

  /// The same object, its members named.
  Map<String, Object> object(String at, @Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      throw wrong(at + " is no object");
    }
    var object = new LinkedHashMap<String, Object>();
    map.forEach((name, member) -> {
      if (!(name instanceof String text)) {
        throw wrong(at + " has a member that is no text: `" + name + "`");
      }
      if (member == null) {
        throw wrong(at + "." + text + " is empty: leave it out");
      }
      object.put(text, member);
    });
    return object;
  }

  UserError wrong(String message) {
    return wrong(file, message);
  }

  private static UserError wrong(Path file, String message) {
    return new UserError(
        "`" + file + "`: " + Terminal.safe(message), "see docs/reference/policy.md");
  }

  private static Map<String, Object> object(Path file, @Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      throw wrong(file, "the file is no object");
    }
    var object = new LinkedHashMap<String, Object>();
    map.forEach((name, member) -> {
      if (member != null) {
        object.put(String.valueOf(name), member);
      }
    });
    return object;
  }

  /// In a question, the name of a thing stands for it.
  private Object resolved(Object value) {
    if (!(value instanceof String name)) {
      return value;
    }
    Map<String, Object> thing = things.get(name);
    if (thing == null) {
      throw wrong("no thing is called `" + name + "`");
    }
    return thing.getOrDefault("uid", Map.of());
  }

  private Map<String, Object> thing(String name, Object value) {
    Map<String, Object> thing = object("things." + name, value);
    for (String member : thing.keySet()) {
      if (!THING.contains(member)) {
        throw wrong("things." + name + " has no member `" + member + "`");
      }
    }
    var entity = new LinkedHashMap<String, Object>();
    entity.put(
        "uid",
        Map.of("type", thing.getOrDefault("type", ""), "id", thing.getOrDefault("id", name)));
    entity.put("attrs", thing.getOrDefault("attrs", Map.of()));
    if (thing.containsKey("parents")) {
      entity.put("parents", thing.get("parents"));
    }
    return entity;
  }
}
