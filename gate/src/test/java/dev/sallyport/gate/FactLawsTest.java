package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FactLawsTest {
  private static final String PUSH =
      "(principal, action == Sallyport::Action::\"push\", resource) ";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permit %s when { context.facts has commits && context.facts.commits.bad == 0 };",
        "permit %s when { context.facts has commits && !(context.facts.commits.bad > 0) };",
        "permit %s unless { !(context.facts has commits && context.facts.commits.bad == 0) };",
        "permit %s when { if context.facts has commits then context.facts.commits.bad == 0 else false };",
        "permit %s when { context has facts.trust && context.facts.trust.anchored };",
        "permit %s when { context.facts has trust || context.facts has change };",
        "forbid %s unless { context.facts has commits && context.facts.commits.bad == 0 };",
        "forbid %s when { !(context.facts has commits && context.facts.commits.bad == 0) };",
        "forbid %s when { context.claimed has ref && context.claimed.ref == \"x\" };",
        "forbid %s unless { context.claimed has ref };",
        "forbid %s when { principal is Sallyport::Person && principal has bot && principal.bot };",
        "forbid %s unless { context.facts has artifact && context.facts.artifact has sourceRepository"
            + " && context.facts.artifact.sourceRepository == resource };",
        "permit %s when { 1 + 1 == 2 };",
      })
  void a_clause_under_which_absence_refuses_is_taken(String policy) {
    assertThat(PolicyTexts.problems(policy.formatted(PUSH))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "forbid %s when { context.facts has commits && context.facts.commits.bad > 0 };",
        "forbid %s unless { !(context.facts has commits) };",
        "permit %s unless { context.facts has commits && context.facts.commits.bad > 0 };",
        "permit %s when { !(context.facts has commits) };",
        "permit %s when { !(context.facts has commits && context.facts.commits.bad > 0) };",
        "permit %s when { (context.facts has commits) == false };",
        "permit %s when { [context.facts has commits].contains(false) };",
        "permit %s when { if context.facts has commits then context.facts.commits.bad == 0 else true };",
        "permit %s when { {a: context.facts has trust}.a };",
        "permit %s when { context.facts has artifact && !(context.facts.artifact has builder) };",
        "forbid %s unless { context.facts has artifact && (!(context.facts.artifact has builder) ||"
            + " context.facts.artifact.builder == \"x\") };",
        "permit %s when { (context has facts.trust) == false };",
      })
  void absence_never_opens(String policy) {
    assertThat(PolicyTexts.problems(policy.formatted(PUSH)))
        .first()
        .asString()
        .contains("absence of");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permit %s when { context.facts has artifact && context.facts.artifact =="
            + " {digest: \"\", proved: true, roles: []} };",
        "permit %s when { context == context };",
        "permit %s when { [context.facts].contains(context.facts) };",
        "forbid %s when { {a: context}.a.claimed has ref };",
      })
  void records_of_facts_are_not_compared_as_a_whole(String policy) {
    assertThat(PolicyTexts.problems(policy.formatted(PUSH))).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permit %s when { context.facts has commits && context.facts.commits.total * 9 > 1 };",
        "permit %s when { context.facts has commits && -context.facts.commits.total < 1 };",
        "permit %s when { context.facts has artifact && context.facts.artifact has builder &&"
            + " ip(context.facts.artifact.builder).isLoopback() };",
        "permit %s when { context.facts has artifact && context.facts.artifact has sourceRepository"
            + " && context.facts.artifact.sourceRepository has name };",
      })
  void what_may_err_does_not_stand_beside_facts(String policy) {
    assertThat(PolicyTexts.problems(policy.formatted(PUSH))).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permit %s when { context.claimed has ref };",
        "permit %s when { context has claimed };",
        "permit %s unless { context.claimed has ref && context.claimed.ref == \"x\" };",
        "permit %s when { context.facts has trust && context.claimed has ref };",
        "permit %s when { context[\"claimed\"] has ref };",
        "permit %s when { context has claimed.ref };",
      })
  void a_claim_never_permits(String policy) {
    assertThat(PolicyTexts.problems(policy.formatted(PUSH)))
        .isNotEmpty()
        .allSatisfy(problem -> assertThat(problem).contains("a claim never permits"));
  }

  @Test
  void an_optional_fact_without_has_is_refused_with_line_and_column() {
    String policy =
        """
        permit (principal, action == Sallyport::Action::"push", resource)
        when {
          context.facts.commits.bad == 0
        };
        """;
    assertThat(PolicyTexts.problems(policy))
        .singleElement()
        .asString()
        .startsWith(
            "3:3 policy `test.cedar:1`: `commits` may be absent: test `context.facts has commits` before");
  }

  @Test
  void every_problem_of_every_file_is_named() {
    String text =
        """
        @id("a") permit (principal, action == Sallyport::Action::"push", resource)
        when { context.facts.commits.bad == 0 && context.claimed has ref };
        @id("a") permit (principal, action == Sallyport::Action::"test", resource);
        """;
    assertThat(PolicyTexts.problems(text))
        .extracting(problem -> problem.substring(0, problem.indexOf(' ')))
        .containsExactly("2:8", "2:42", "3:1");
  }

  /// Nobody links it, so that it would decide nothing and say nothing: a forbid that is not there.
  @Test
  void a_template_in_a_policy_file_is_refused() {
    assertThat(PolicyTexts.problems("\nforbid (principal == ?principal, action, resource);"))
        .singleElement()
        .asString()
        .startsWith("2:1 a template decides nothing here");
  }
}
