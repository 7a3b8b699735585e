package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

/// A user's policy is used whole and valid, or not at all.
class UserPolicyTest {
  private static final String GOOD =
      """
      @id("mine")
      permit (principal, action == Sallyport::Action::"push", resource)
      when { context.facts has commits && context.facts.commits.bad == 0 };
      """;
  private static final String WRONG_TYPE =
      """
      // ä: columns count code points
      permit (principal, action == Sallyport::Action::"push", resource);
      forbid (principal, action == Sallyport::Action::"push", resource)
      unless {
        "ä€😀" != "" && context.facts has commits && context.facts.commits.bad == "none"
      };
      """;

  @Test
  void a_good_policy_is_used() {
    PolicySnapshot policy = PolicySnapshot.read(one(GOOD));
    assertThat(policy.name()).isEqualTo("custom");
    assertThat(policy.policies()).extracting(PolicyRef::id).containsExactly("mine");
  }

  @Test
  void what_only_validation_sees_is_refused_with_file_line_and_column() {
    assertThatExceptionOfType(PolicyRefused.class)
        .isThrownBy(() -> PolicySnapshot.read(one(WRONG_TYPE)))
        .satisfies(refused ->
            assertThat(refused.problems())
                .singleElement()
                .satisfies(problem -> {
                  assertThat(problem.file()).isEqualTo("mine.cedar");
                  assertThat(problem.line()).isEqualTo(5);
                  assertThat(problem.column()).isEqualTo(47);
                  assertThat(problem.message()).contains("Long");
                }));
  }

  private static List<String> problems(Source... sources) {
    try {
      var _ = PolicySnapshot.read(List.of(sources));
      return List.of();
    } catch (PolicyRefused refused) {
      return refused.problems().stream().map(PolicyRefused.Problem::toString).toList();
    }
  }

  /// Else whoever adds a file could stand in for the forbid of another: answers, hits and waivers
  /// know policies by their ids.
  @Test
  void a_policy_id_that_stands_in_two_files_is_refused() {
    String forbid = GOOD.replace("permit", "forbid").replace("when", "unless");
    assertThat(problems(new Source("a.cedar", GOOD), new Source("b.cedar", forbid)))
        .containsExactly("b.cedar:1:1: `@id(\"mine\")` stands already at mine (a.cedar:1)");
    assertThat(problems(new Source("a.cedar", GOOD + forbid))).as("and in one").hasSize(1);
  }

  @Test
  void an_id_that_is_another_policys_place_is_refused() {
    String nameless = GOOD.replace("@id(\"mine\")\n", "");
    String impostor = GOOD.replace("mine", "a.cedar:1");
    assertThat(problems(new Source("a.cedar", nameless), new Source("b.cedar", impostor)))
        .singleElement()
        .asString()
        .startsWith("b.cedar:1:1: `@id(\"a.cedar:1\")` stands already at ");
    assertThat(problems(new Source("a.cedar", (nameless + nameless).replace('\n', ' '))))
        .as("two on one line have one place")
        .hasSize(1);
    assertThat(problems(new Source("a.cedar", nameless), new Source("a.cedar", nameless)))
        .anyMatch(problem -> problem.contains("a file of this name stands twice"));
  }

  @Test
  void an_action_that_nobody_knows_is_refused() {
    assertThatExceptionOfType(PolicyRefused.class)
        .isThrownBy(() ->
            PolicySnapshot.read(
                one("permit (principal, action == Sallyport::Action::\"pusch\", resource);")))
        .withMessageContaining("pusch");
  }

  @Test
  void no_policy_at_all_is_refused() {
    assertThatExceptionOfType(PolicyRefused.class)
        .isThrownBy(() -> PolicySnapshot.read(one("// nothing here\n")));
  }

  private static List<Source> one(String text) {
    return List.of(new Source("mine.cedar", text));
  }
}
