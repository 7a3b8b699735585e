package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What may be absent is read only behind the test for it: the law that absence never opens stands
/// on this.
class GuardedReadsTest {
  private static final Schema SCHEMA =
      Schema.parse(
          """
          entity Team;
          entity Person in [Team] { name: String, mail?: String } tags String;
          entity Bot { owner?: Person };
          entity Repo { sources?: Set<Repo>, deep?: { maybe?: Long, sure: Long } };
          type Facts = { commits?: { bad: Long, rest?: Long }, flag?: Bool };
          action push, pull appliesTo {
            principal: [Person, Bot], resource: Repo, context: { facts: Facts, sure: Long } };
          action other appliesTo { principal: Person, resource: Person, context: {} };
          """);

  private static List<String> check(String condition) {
    String text = "permit (principal, action in [Action::\"push\"], resource) " + condition + ";";
    return new Validator(SCHEMA)
        .validate(PolicySet.parse(text)).stream()
            .map(finding -> finding.span() + " " + finding.message())
            .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "when { context.sure == 1 }",
        "when { context.facts has commits && context.facts.commits.bad == 0 }",
        "when { context.facts has commits } when { context.facts.commits.bad == 0 }",
        "unless { context.facts has commits && !(context.facts.commits.bad > 0) }",
        "when { context has facts.commits.rest && context.facts.commits.rest == 0 }",
        "when { if context.facts has flag then context.facts.flag else false }",
        "when { (context.facts has flag || context.facts has flag) && context.facts.flag }",
        "when { principal is Person && principal.name == \"\" }",
        "when { principal is Bot && principal has owner && principal.owner.name == \"\" }",
        "when { principal has mail && principal.mail like \"*@x\" }",
        "when { principal is Person && principal.hasTag(\"a\") && principal.getTag(\"a\") == \"\" }",
        "when { {a: principal}.a is Person }",
        "when { resource has deep.maybe && resource.deep.maybe < 3 }",
        "when { action == Action::\"pull\" && context.nothing || context.sure == 1 }",
      })
  void a_guarded_read_is_no_finding(String condition) {
    assertThat(check(condition)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "when { context.facts.commits.bad == 0 }",
        "when { context.facts[\"commits\"].bad == 0 }",
        "when { context.facts has flag && context.facts.commits.bad == 0 }",
        "when { context.facts has flag || context.facts.flag }",
        "when { !(context.facts has flag) && context.facts.flag }",
        "unless { context.facts has flag } when { context.facts.flag }",
        "when { (context.facts has flag || true) && context.facts.flag }",
        "when { if context.facts has flag then true else context.facts.flag }",
        "when { context.facts.flag && context.facts has flag }",
        "when { context.facts has commits && context.facts.commits.rest == 0 }",
        "when { context.facts has comits }",
        "when { context.facts.comits }",
        "when { principal.name == \"\" }",
        "when { principal is Bot && principal.owner.name == \"\" }",
        "when { principal is Person && principal.getTag(\"a\") == \"\" }",
        "when { principal is Person && principal.hasTag(\"a\") && principal.getTag(\"b\") == \"\" }",
        "when { (if context.sure == 1 then context.facts else {flag: true}).flag }",
        "when { [context.facts.flag].contains(true) }",
        "when { {a: context.facts.flag}.a }",
        "when { resource.deep.sure == 1 }",
      })
  void a_read_without_has_is_found(String condition) {
    assertThat(check(condition)).hasSize(1);
  }

  @Test
  void a_finding_says_line_and_column() {
    assertThat(check("\nwhen {\n  context.facts.flag }"))
        .containsExactly("3:3 `flag` may be absent: test `context.facts has flag` before");
  }

  @Test
  void a_policy_that_no_question_can_meet_is_found() {
    assertThat(
            new Validator(SCHEMA)
                .validate(
                    PolicySet.parse(
                        "permit (principal is Bot, action == Action::\"other\", resource);")))
        .hasSize(1);
  }
}
