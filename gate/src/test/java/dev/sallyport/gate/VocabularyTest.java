package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.cedar.EntityUid;
import dev.sallyport.cedar.Schema;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VocabularyTest {
  private static final Schema SCHEMA = Vocabulary.schema();

  @Test
  void the_page_is_what_the_schema_says() throws IOException {
    Path file = SharedData.projectRoot().resolve("docs/reference/vocabulary.md");
    String now = VocabularyPage.markdown();
    if (Boolean.getBoolean("sallyport.regenerate")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, now);
    }
    assertThat(Files.exists(file) ? Files.readString(file) : "")
        .as(
            "docs/reference/vocabulary.md is stale; write it anew with: mvn -q test -pl gate -am"
                + " -Dtest=VocabularyTest -Dsurefire.failIfNoSpecifiedTests=false"
                + " -Dsallyport.regenerate=true")
        .isEqualTo(now);
  }

  @Test
  void actions_of_the_schema_are_those_of_questions() {
    assertThat(
            SCHEMA.actions().values().stream()
                .filter(action -> !action.principals().isEmpty())
                .map(action -> action.uid().id()))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Action.values()).map(Action::word).toList());
  }

  @Test
  void every_action_has_the_same_context() {
    for (Schema.ActionType action : SCHEMA.actions().values()) {
      if (!action.principals().isEmpty()) {
        assertThat(action.context()).isEqualTo(new Schema.Type.Common("Sallyport::Context"));
      }
    }
  }

  @Test
  void every_fact_is_optional_and_a_group_of_its_own() {
    Map<String, Schema.Attribute> facts = fields("Facts");
    assertThat(facts).isNotEmpty();
    facts.forEach((name, fact) -> {
      assertThat(fact.required()).as(name).isFalse();
      assertThat(SCHEMA.resolve(fact.type())).as(name).isInstanceOf(Schema.Type.Fields.class);
    });
  }

  /// [FactLaws] leans on this: no attribute read through another entity can err.
  @Test
  void only_a_workload_has_an_attribute_that_must_be_there_and_nothing_refers_to_one() {
    for (Schema.EntityType type : SCHEMA.entityTypes().values()) {
      assertThat(type.tags()).isEmpty();
      type.attributes()
          .members()
          .forEach((name, attribute) -> {
            assertThat(attribute.required())
                .as(type.name() + "." + name)
                .isEqualTo(type.name().endsWith("::Workload") && name.equals("repository"));
            assertThat(String.valueOf(attribute.type())).doesNotContain("Workload");
          });
    }
    for (Schema.CommonType type : SCHEMA.commonTypes().values()) {
      assertThat(String.valueOf(type.type())).doesNotContain("Workload");
    }
  }

  @Test
  void what_a_fact_sheet_fills_is_in_the_vocabulary_and_marked_as_filled() {
    Facts facts = FactSheets.everything();
    Map<String, Schema.Attribute> declared = fields("Facts");
    declared.forEach((name, fact) ->
        assertThat(facts.has(name)).as(name).isEqualTo(!fact.annotations().containsKey("later")));
    assertThat(
            SCHEMA.mismatch(
                dev.sallyport.cedar.Value.of(Values.fields(facts.asMap())),
                new Schema.Type.Common("Sallyport::Facts"),
                "facts"))
        .isEmpty();
  }

  @Test
  void every_policy_of_a_profile_has_id_and_advice_and_every_forbid_its_control() {
    for (Profile profile : Profile.values()) {
      List<PolicyRef> policies = PolicySnapshot.builtIn(profile).policies();
      assertThat(policies).isNotEmpty();
      for (PolicyRef policy : policies) {
        assertThat(policy.id()).doesNotContain(".cedar:");
        assertThat(policy.advice()).as(policy.id()).isNotBlank();
        assertThat(policy.forbids() && policy.controls().isEmpty()).as(policy.id()).isFalse();
      }
    }
  }

  @Test
  void names_go_to_cedar_as_they_are() {
    assertThat(Vocabulary.uid(new EntityRef("Repository", "a\"b")))
        .isEqualTo(new EntityUid("Sallyport::Repository", "a\"b"));
  }

  private static Map<String, Schema.Attribute> fields(String common) {
    if (SCHEMA.resolve(new Schema.Type.Common("Sallyport::" + common))
        instanceof Schema.Type.Fields(Map<String, Schema.Attribute> members)) {
      return members;
    }
    throw new AssertionError(common);
  }
}
