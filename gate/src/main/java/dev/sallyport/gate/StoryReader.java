package dev.sallyport.gate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads stories of the range (docs/reference/range.schema.json): strictly, so that a member
/// mistyped is a story refused, not a story that proves nothing.
///
/// A door names its principal and resource among `things`, and the `situation` in which everything
/// is good; its own `facts` are what the attack makes different, member by member, `null` for a
/// group that was not checked. Its good twin is the situation as it is, but for what it says
/// itself.
final class StoryReader {
  /// Why a text holds no stories.
  static final class Refused extends RuntimeException {
    Refused(String message) {
      super(message);
    }
  }

  static final Set<String> FILE = Set.of("version", "things", "situations", "stories");
  static final Set<String> THING = Set.of("type", "id", "attributes", "parents");
  static final Set<String> STORY =
      Set.of(
          "id",
          "title",
          "follows",
          "actors",
          "moves",
          "stoppedBy",
          "cicdSec",
          "growsWith",
          "expected",
          "doors",
          "notByPolicy");
  static final Set<String> DOOR =
      Set.of(
          "name", "principal", "action", "resource", "claimed", "given", "facts", "asks", "good");
  static final Set<String> GOOD = Set.of("profile", "principal", "resource", "claimed", "facts");

  private static final int MAX_CHARACTERS = 4 << 20;
  private static final int MAX_MEMBERS = 512;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(12)
                          .maxDocumentLength(MAX_CHARACTERS)
                          .maxStringLength(4096)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Map<String, Entity> things = new LinkedHashMap<>();
  private final Map<String, Map<String, Map<String, Object>>> situations = new LinkedHashMap<>();

  private StoryReader() {}

  /// The stories in `text`, in their order.
  ///
  /// @throws Refused with the place of the first thing that is wrong
  static List<Story> read(String text) {
    JsonNode root;
    try {
      root = MAPPER.readTree(text);
    } catch (JacksonException e) {
      throw new Refused("no JSON: " + e.getOriginalMessage());
    }
    return new StoryReader().file(root);
  }

  private List<Story> file(JsonNode root) {
    object(root, FILE, FILE, "the file");
    if (!text(root, "version", "the file").equals(Vocabulary.VERSION)) {
      throw new Refused("these stories are of another version than " + Vocabulary.VERSION);
    }
    members(root, "things", "the file")
        .forEach((name, node) -> things.put(name, thing(node, "things." + name)));
    members(root, "situations", "the file")
        .forEach((name, node) -> situations.put(name, facts(node, Map.of(), "situations." + name)));
    var stories = new ArrayList<Story>();
    var ids = new LinkedHashSet<String>();
    for (JsonNode node : items(root, "stories", "the file")) {
      Story story = story(node);
      if (!ids.add(story.id())) {
        throw new Refused("story `" + story.id() + "` stands twice");
      }
      stories.add(story);
    }
    return List.copyOf(stories);
  }

  private static Entity thing(JsonNode node, String at) {
    object(node, THING, Set.of("type", "id"), at);
    var attributes = new LinkedHashMap<String, Object>();
    if (node.has("attributes")) {
      members(node, "attributes", at)
          .forEach((name, value) -> attributes.put(name, value(value, at + "." + name)));
    }
    var parents = new LinkedHashSet<EntityRef>();
    if (node.has("parents")) {
      items(node, "parents", at).forEach(parent -> parents.add(ref(parent, at + ".parents")));
    }
    return new Entity(ref(node, at), parents, attributes);
  }

  private Story story(JsonNode node) {
    String at = node.path("id").asString("a story");
    var required = new LinkedHashSet<>(STORY);
    required.remove("notByPolicy");
    object(node, STORY, required, at);
    if (!at.matches("R[0-9]{2}")) {
      throw new Refused("`" + at + "` is no number of a story");
    }
    var doors = new ArrayList<Story.Door>();
    for (JsonNode door : items(node, "doors", at)) {
      doors.add(door(door, at + ", door " + (doors.size() + 1)));
    }
    String expected = text(node, "expected", at);
    try {
      return new Story(
          at,
          text(node, "title", at),
          text(node, "follows", at),
          texts(node, "actors", at),
          texts(node, "moves", at),
          text(node, "stoppedBy", at),
          numbers(node, at),
          texts(node, "growsWith", at),
          Story.Expected.of(expected)
              .orElseThrow(() -> new Refused(at + ": no story ends as `" + expected + "`")),
          doors,
          node.has("notByPolicy") ? text(node, "notByPolicy", at) : null);
    } catch (IllegalArgumentException e) {
      throw new Refused(String.valueOf(e.getMessage()));
    }
  }

  private Story.Door door(JsonNode node, String at) {
    object(
        node, DOOR, Set.of("name", "principal", "action", "resource", "given", "asks", "good"), at);
    String word = text(node, "action", at);
    Action action =
        Action.of(word).orElseThrow(() -> new Refused(at + ": no action is `" + word + "`"));
    Map<String, Map<String, Object>> given = known(situations, text(node, "given", at), at);
    JsonNode good = node.path("good");
    object(good, GOOD, Set.of("profile"), at + ", good");
    String profile = text(good, "profile", at);
    return new Story.Door(
        text(node, "name", at),
        question(node, node, action, at),
        node.has("facts") ? facts(node.path("facts"), given, at) : given,
        texts(node, "asks", at),
        new Story.Good(
            Profile.of(profile)
                .orElseThrow(() -> new Refused(at + ": no profile is `" + profile + "`")),
            question(good, node, action, at + ", good"),
            good.has("facts") ? facts(good.path("facts"), given, at) : given));
  }

  /// What `own` says, and for the rest what `other` says.
  private Question question(JsonNode own, JsonNode other, Action action, String at) {
    Entity principal = known(things, text(either(own, other, "principal"), "principal", at), at);
    Entity resource = known(things, text(either(own, other, "resource"), "resource", at), at);
    JsonNode claims = either(own, other, "claimed");
    var claimed = new LinkedHashMap<String, Object>();
    if (claims.has("claimed")) {
      members(claims, "claimed", at)
          .forEach((name, value) -> claimed.put(name, value(value, at + "." + name)));
    }
    return new Question(
        principal.ref(), action, resource.ref(), claimed, List.of(principal, resource));
  }

  private static JsonNode either(JsonNode own, JsonNode other, String name) {
    return own.has(name) ? own : other;
  }

  /// `given` with what `node` says differently.
  private static Map<String, Map<String, Object>> facts(
      JsonNode node, Map<String, Map<String, Object>> given, String at) {
    var facts = new TreeMap<>(given);
    members(node, at)
        .forEach((group, members) -> {
          if (members.isNull()) {
            facts.remove(group);
            return;
          }
          var merged = new TreeMap<>(facts.getOrDefault(group, Map.of()));
          members(members, at + "." + group)
              .forEach(
                  (name, value) -> merged.put(name, value(value, at + "." + group + "." + name)));
          facts.put(group, merged);
        });
    return facts;
  }

  private static Object value(JsonNode node, String at) {
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    if (node.isIntegralNumber() && node.canConvertToLong()) {
      return node.longValue();
    }
    if (node.isString()) {
      return node.stringValue();
    }
    if (node.isObject()) {
      object(node, Set.of("type", "id"), Set.of("type", "id"), at);
      return ref(node, at);
    }
    if (node.isArray()) {
      var values = new ArrayList<Object>();
      node.forEach(one -> values.add(value(one, at)));
      return List.copyOf(values);
    }
    throw new Refused(
        at + ": a value is true, false, a whole number, a text, a reference or a list");
  }

  private static EntityRef ref(JsonNode node, String at) {
    try {
      return new EntityRef(text(node, "type", at), text(node, "id", at));
    } catch (IllegalArgumentException e) {
      throw new Refused(at + ": " + e.getMessage());
    }
  }

  private static <T> T known(Map<String, T> all, String name, String at) {
    @Nullable T found = all.get(name);
    if (found == null) {
      throw new Refused(at + ": nothing is called `" + name + "`");
    }
    return found;
  }

  private static void object(
      JsonNode node, Collection<String> allowed, Collection<String> required, String at) {
    Map<String, JsonNode> members = members(node, at);
    for (String name : members.keySet()) {
      if (!allowed.contains(name)) {
        throw new Refused(at + " has no member `" + name + "`");
      }
    }
    for (String name : required) {
      if (!members.containsKey(name)) {
        throw new Refused(at + " lacks `" + name + "`");
      }
    }
  }

  private static Map<String, JsonNode> members(JsonNode node, String name, String at) {
    return members(node.path(name), at + "." + name);
  }

  private static Map<String, JsonNode> members(JsonNode node, String at) {
    if (!node.isObject() || node.size() > MAX_MEMBERS) {
      throw new Refused(at + " is no object of at most " + MAX_MEMBERS + " members");
    }
    var members = new LinkedHashMap<String, JsonNode>();
    node.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
    return members;
  }

  private static List<JsonNode> items(JsonNode node, String name, String at) {
    JsonNode list = node.path(name);
    if (!list.isArray() || list.size() > MAX_MEMBERS) {
      throw new Refused(at + "." + name + " is no list of at most " + MAX_MEMBERS);
    }
    var items = new ArrayList<JsonNode>();
    list.forEach(items::add);
    return items;
  }

  private static String text(JsonNode node, String name, String at) {
    JsonNode value = node.path(name);
    if (!value.isString() || value.stringValue().isBlank()) {
      throw new Refused(at + "." + name + " is no text");
    }
    return value.stringValue();
  }

  private static List<String> texts(JsonNode node, String name, String at) {
    return list(node, name, at, JsonNode::isString, JsonNode::stringValue);
  }

  private static List<Integer> numbers(JsonNode node, String at) {
    return list(node, "cicdSec", at, JsonNode::isInt, JsonNode::intValue);
  }

  private static <T> List<T> list(
      JsonNode node,
      String name,
      String at,
      java.util.function.Predicate<JsonNode> fits,
      Function<JsonNode, T> read) {
    var all = new ArrayList<T>();
    for (JsonNode one : items(node, name, at)) {
      if (!fits.test(one)) {
        throw new Refused(at + "." + name + " holds a " + one.getNodeType());
      }
      all.add(read.apply(one));
    }
    return all;
  }
}
