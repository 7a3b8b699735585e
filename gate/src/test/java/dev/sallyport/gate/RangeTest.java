package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.PolicySet;
import dev.sallyport.cedar.Schema;
import dev.sallyport.cedar.Value;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RangeTest {
  private static final String ALL = "@id(\"all\") permit (principal, action, resource);";
  private static final Map<String, String> CLAUSES = clauses();

  @Test
  void all_stories_stand_there_in_their_order() {
    assertThat(Range.stories().stream().map(Story::id))
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 51).mapToObj("R%02d"::formatted).toList());
  }

  /// The clause that is said to stop a story refuses it, and lets its good twin pass.
  @Test
  void every_story_is_refused_by_its_own_clause_and_its_good_twin_is_not() {
    for (Story story : Range.stories()) {
      if (story.notByPolicy() != null) {
        continue;
      }
      String clause = CLAUSES.get(story.id());
      assertThat(clause).as(story.id()).isNotNull();
      PolicySnapshot policy =
          PolicyTexts.snapshot(clause.contains("forbid (") ? clause + ALL : clause);
      Played played = Range.play(story, policy);
      // A story's clause is about its main action; other doors of it have clauses of their own.
      assertThat(played.doors())
          .as(story.id())
          .anySatisfy(door -> {
            assertThat(door.letThrough()).isFalse();
            if (door.outcome() == Ruling.Outcome.COULD_NOT_EVALUATE) {
              assertThat(door.unchecked()).as("only for want of evidence").isNotEmpty();
            }
            assertThat(door.goodAllowed()).isTrue();
          });
    }
  }

  @Test
  void every_good_twin_is_allowed_by_the_profile_it_belongs_to_and_by_those_below() {
    for (Story story : Range.stories()) {
      for (Story.Door door : story.doors()) {
        for (Profile profile : Profile.values()) {
          if (profile.compareTo(door.good().profile()) <= 0) {
            Ruling ruling =
                Gate.rule(
                    door.good().question(),
                    FactSheet.hypothetical(new TreeMap<>(door.good().facts())),
                    PolicySnapshot.builtIn(profile));
            assertThat(ruling.allowed())
                .as(story.id() + " at " + door.name() + " under " + profile.word() + ": " + ruling)
                .isTrue();
          }
        }
      }
    }
  }

  @Test
  void every_question_keeps_to_the_vocabulary() {
    for (Story story : Range.stories()) {
      for (Story.Door door : story.doors()) {
        for (Profile profile : Profile.values()) {
          Ruling ruling =
              Gate.rule(
                  door.question(),
                  FactSheet.hypothetical(new TreeMap<>(door.facts())),
                  PolicySnapshot.builtIn(profile));
          if (ruling.outcome() == Ruling.Outcome.COULD_NOT_EVALUATE) {
            assertThat(ruling.missing())
                .as(story.id() + " at " + door.name() + ": only for want of evidence")
                .isNotEmpty();
          }
        }
        assertThat(
                Vocabulary.schema()
                    .mismatch(
                        Value.of(Values.fields(new TreeMap<>(door.facts()))),
                        new Schema.Type.Common("Sallyport::Facts"),
                        "facts"))
            .as(story.id())
            .isEmpty();
      }
    }
  }

  @Test
  void observe_lets_every_question_through_and_a_gate_that_refuses_all_refuses_the_good_twins() {
    PolicySnapshot none =
        PolicyTexts.snapshot("@id(\"none\") forbid (principal, action, resource);");
    for (Story story : Range.stories()) {
      if (story.doors().isEmpty()) {
        continue;
      }
      assertThat(Range.play(story, PolicySnapshot.builtIn(Profile.OBSERVE)).outcome())
          .as(story.id())
          .isNotEqualTo(Played.Outcome.REFUSED);
      Played refused = Range.play(story, none);
      assertThat(refused.outcome()).isEqualTo(Played.Outcome.REFUSED);
      assertThat(refused.goodAllowed()).isFalse();
      assertThat(refused.line()).endsWith("its good twin too");
    }
  }

  /// What strict lets through it lets through for want of a clause that is named.
  @Test
  void what_a_profile_lets_through_is_named() {
    for (Profile profile : Profile.values()) {
      for (Played played : Range.play(PolicySnapshot.builtIn(profile))) {
        if (played.outcome() == Played.Outcome.LET_THROUGH) {
          assertThat(played.line())
              .as(played.story().id() + " under " + profile.word())
              .contains("no clause asks for");
        }
      }
    }
  }

  @Test
  void strict_refuses_whatever_baseline_refuses() {
    for (Story story : Range.stories()) {
      if (Range.play(story, PolicySnapshot.builtIn(Profile.BASELINE)).outcome()
          == Played.Outcome.REFUSED) {
        assertThat(Range.play(story, PolicySnapshot.builtIn(Profile.STRICT)).outcome())
            .as(story.id())
            .isEqualTo(Played.Outcome.REFUSED);
      }
    }
  }

  /// A fact that strict lets slip is one that nobody fills yet.
  @Test
  void strict_lets_through_only_what_needs_facts_that_nobody_fills_yet() {
    for (Played played : Range.play(PolicySnapshot.builtIn(Profile.STRICT))) {
      if (played.outcome() == Played.Outcome.LET_THROUGH) {
        assertThat(played.line()).as(played.story().id()).contains("which comes with");
      }
    }
  }

  @Test
  void what_a_story_asks_for_is_what_some_clause_can_read() {
    Set<String> readable = new HashSet<>();
    for (String text : CLAUSES.values()) {
      PolicySet.parse(text).policies().forEach(policy -> readable.addAll(Reads.in(policy)));
    }
    for (Profile profile : Profile.values()) {
      for (Policy policy : PolicySnapshot.builtIn(profile).set().policies()) {
        readable.addAll(Reads.in(policy));
      }
    }
    for (Story story : Range.stories()) {
      for (Story.Door door : story.doors()) {
        assertThat(readable).as(story.id()).containsAll(door.asks());
      }
    }
  }

  /// Hypothetical facts never leave the package.
  @Test
  void nothing_public_hands_out_facts_or_a_ruling_of_a_story() {
    var seen = new HashSet<Class<?>>();
    for (Class<?> type :
        List.of(
            Range.class,
            Played.class,
            Played.Door.class,
            Story.class,
            Story.Door.class,
            Story.Good.class)) {
      for (Method method : type.getDeclaredMethods()) {
        if (Modifier.isPublic(method.getModifiers())) {
          seen.add(method.getReturnType());
          assertThat(method.getGenericReturnType().getTypeName())
              .isNotEqualTo(Facts.class.getName())
              .isNotEqualTo(Ruling.class.getName());
        }
      }
    }
    assertThat(seen).contains(Question.class);
    assertThat(
            Arrays.stream(FactSheet.class.getDeclaredMethods())
                .filter(method -> Modifier.isStatic(method.getModifiers()))
                .filter(method -> method.getReturnType() == Facts.class)
                .filter(method -> !Modifier.isPublic(method.getModifiers()))
                .map(Method::getName))
        .containsExactly("hypothetical");
  }

  @Test
  void the_schema_names_the_members_that_the_reader_takes() throws IOException {
    JsonNode schema =
        JsonMapper.shared()
            .readTree(
                Files.readString(
                    SharedData.projectRoot().resolve("docs/reference/range.schema.json")));
    assertThat(names(schema.at("/properties"))).isEqualTo(StoryReader.FILE);
    assertThat(names(schema.at("/$defs/thing/properties"))).isEqualTo(StoryReader.THING);
    assertThat(names(schema.at("/$defs/story/properties"))).isEqualTo(StoryReader.STORY);
    assertThat(names(schema.at("/$defs/door/properties"))).isEqualTo(StoryReader.DOOR);
    assertThat(names(schema.at("/$defs/good/properties"))).isEqualTo(StoryReader.GOOD);
  }

  @Test
  void a_member_mistyped_is_refused() {
    String text = Vocabulary.resource("range.json");
    for (String wrong :
        List.of(
            text.replaceFirst("\"follows\"", "\"folows\""),
            text.replaceFirst("\"asks\"", "\"ask\""),
            text.replaceFirst("\"profile\": \"strict\"", "\"profile\": \"stricter\""),
            text.replaceFirst("\"given\": \"delivery\"", "\"given\": \"deliveries\""),
            text.replaceFirst("\"id\": \"R02\"", "\"id\": \"R01\""),
            text.replaceFirst("\"version\": \"v0\"", "\"version\": \"v0\", \"version\": \"v0\""),
            text.replaceFirst("\"total\": 3", "\"total\": 3.5"),
            text + "{}",
            "[]",
            "")) {
      assertThat(wrong).isNotEqualTo(text);
      assertThatThrownBy(() -> StoryReader.read(wrong)).isInstanceOf(StoryReader.Refused.class);
    }
  }

  @Test
  void the_page_is_what_the_stories_say() throws IOException {
    Path file = SharedData.projectRoot().resolve("docs/reference/range.md");
    String now = RangePage.markdown();
    if (Boolean.getBoolean("sallyport.regenerate")) {
      Files.writeString(file, now);
    }
    assertThat(Files.exists(file) ? Files.readString(file) : "")
        .as(
            "docs/reference/range.md is stale; write it anew with: mvn -q test -pl gate -am"
                + " -Dtest=RangeTest -Dsurefire.failIfNoSpecifiedTests=false"
                + " -Dsallyport.regenerate=true")
        .isEqualTo(now);
  }

  private static Set<String> names(JsonNode node) {
    return new HashSet<>(node.propertyNames());
  }

  private static Map<String, String> clauses() {
    var clauses = new LinkedHashMap<String, String>();
    String text = Vocabulary.resource("stories.cedar");
    for (String part : text.split("(?=@id\\()", -1)) {
      if (part.startsWith("@id(")) {
        clauses.put(part.substring(5, 8), part);
      }
    }
    return clauses;
  }
}
