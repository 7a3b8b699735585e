package dev.sallyport.gate;

import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.Schema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The range: known attacks on software delivery as data, and what a policy would do with them.
///
/// It asks about facts that nobody checked, so what it answers is worth nothing at a door: it hands
/// out [Played], never a [Ruling] or [Facts].
public final class Range {
  private static final List<Story> STORIES = StoryReader.read(Vocabulary.resource("range.json"));

  private Range() {}

  /// All stories, by number.
  public static List<Story> stories() {
    return STORIES;
  }

  /// What `policy` does with every story.
  public static List<Played> play(PolicySnapshot policy) {
    return STORIES.stream().map(story -> play(story, policy)).toList();
  }

  /// What `policy` does with one story.
  public static Played play(Story story, PolicySnapshot policy) {
    return new Played(story, story.doors().stream().map(door -> play(door, policy)).toList());
  }

  private static Played.Door play(Story.Door door, PolicySnapshot policy) {
    Ruling ruling = Gate.rule(door.question(), hypothetical(door.facts()), policy);
    Ruling twin = Gate.rule(door.good().question(), hypothetical(door.good().facts()), policy);
    return new Played.Door(
        door.name(),
        ruling.outcome(),
        ruling.policies().stream().map(PolicyRef::id).toList(),
        ruling.reasons(),
        ruling.missing(),
        ruling.allowed() ? missing(door, policy) : List.of(),
        twin.allowed());
  }

  private static Facts hypothetical(Map<String, Map<String, Object>> groups) {
    return FactSheet.hypothetical(new TreeMap<>(groups));
  }

  private static List<Played.Missing> missing(Story.Door door, PolicySnapshot policy) {
    Set<String> asked = new HashSet<>();
    for (Policy one : policy.set().policies()) {
      if (Asking.isAbout(one, door.question().action())) {
        asked.addAll(Reads.in(one));
      }
    }
    var missing = new ArrayList<Played.Missing>();
    for (String ask : door.asks()) {
      if (!asked.contains(ask)) {
        missing.add(new Played.Missing(ask, comesWith(ask)));
      }
    }
    return missing;
  }

  /// The part of the house that will fill a fact; empty for one that is filled, and for what is no
  /// fact.
  static String comesWith(String ask) {
    Schema schema = Vocabulary.schema();
    Schema.Type at = new Schema.Type.Common(Vocabulary.NAMESPACE + "::Facts");
    for (String step : ask.split("\\.", -1)) {
      if (!(schema.resolve(at) instanceof Schema.Type.Fields(Map<String, Schema.Attribute> members))
          || !members.containsKey(step)) {
        return "";
      }
      Schema.Attribute attribute = members.get(step);
      String later = attribute.annotations().get("later");
      if (later != null) {
        return later;
      }
      at = attribute.type();
    }
    return "";
  }
}
