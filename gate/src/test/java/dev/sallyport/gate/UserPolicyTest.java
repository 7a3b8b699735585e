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
