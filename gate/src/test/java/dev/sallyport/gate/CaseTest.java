package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.cedar.Schema;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What is recorded of a decision is enough to make it again.
class CaseTest {
  @Test
  void a_case_read_back_is_answered_as_it_was() {
    int asked = 0;
    for (Story story : Range.stories()) {
      for (Story.Door door : story.doors()) {
        var first = new Case(door.question(), new TreeMap<>(door.facts()));
        Case again = Case.of(first.asMap());
        for (Profile profile : Profile.values()) {
          PolicySnapshot policy = PolicySnapshot.builtIn(profile);
          assertThat(Rehearsal.ask(again, policy))
              .as("%s at %s under %s", story.id(), door.name(), profile.word())
              .isEqualTo(Rehearsal.ask(first, policy));
        }
        assertThat(again.asMap()).isEqualTo(first.asMap());
        asked++;
      }
    }
    assertThat(asked).isGreaterThan(50);
  }

  @Test
  void no_record_of_the_vocabulary_can_be_taken_for_a_thing() {
    Schema schema = Vocabulary.schema();
    assertThat(schema.commonTypes().values())
        .noneMatch(type ->
            type.type() instanceof Schema.Type.Fields fields
                && fields.members().keySet().equals(java.util.Set.of("type", "id")));
  }

  @Test
  void what_is_no_case_is_refused_by_the_name_of_what_is_wrong() {
    Map<String, Object> good =
        Map.of(
            "principal", Map.of("type", "Stranger", "id", "s"),
            "action", "push",
            "resource", Map.of("type", "Repository", "id", "r"));
    assertThat(Case.of(good).question().action()).isEqualTo(Action.PUSH);
    for (var wrong :
        Map.<String, Object>of(
                "principal", "Stranger",
                "action", "shove",
                "resource", Map.of("type", "Repository"),
                "claimed", List.of(),
                "facts", Map.of("commits", 1),
                "entities", List.of(Map.of("uid", "x")),
                "more", 1)
            .entrySet()) {
      var bad = new TreeMap<>(good);
      bad.put(wrong.getKey(), wrong.getValue());
      assertThatThrownBy(() -> Case.of(bad))
          .as(wrong.getKey())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(wrong.getKey().equals("action") ? "shove" : wrong.getKey());
    }
  }
}
