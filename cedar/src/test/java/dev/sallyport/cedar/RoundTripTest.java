package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Text and JSON are two spellings of one policy.
class RoundTripTest {
  private static final EntityUid ALICE = new EntityUid("User", "alice");
  private static final EntityUid ALBUM = new EntityUid("Album", "a");

  /// What a policy means, without where it stands.
  static String meaning(Policy policy) {
    return PolicyPrinter.text(policy);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "!!!!true",
        "!(!!!!true)",
        "!(-1 == 1)",
        "-5 == -(5)",
        "-(-5) == 5",
        "-9223372036854775808 == 1",
        "----1 == 1",
        "(1 + 2) * 3 - (4 - 5) == 1 - 2 - 3",
        "1 * (2 * 3) == 6",
        "(true && false) && true",
        "true && (false && true)",
        "true || (false || true) && false",
        "(if true then 1 else 2) == 1",
        "if (if true then true else false) then true else false",
        "(1 == 1) == true",
        "(principal is User) == true",
        "principal is User in Group::\"g\"",
        "principal is User && principal in Group::\"g\"",
        "!(principal is N::User in [Group::\"g\"])",
        "context has a.b.c",
        "context has \"if\" && context[\"if\"] == 1",
        "context[\"two words\"].x == {a: 1, \"b c\": [1, \"x\"], \"like\": {}}",
        "context.s like \"a*\\\\\\*b\\n*\"",
        "context.s like \"*\\u{1F600}\"",
        "context.s like \"\"",
        "(-1).a == 1",
        "\"a\".b == [].c",
        "[1, 2].containsAll([]) && [].isEmpty() && {a: 1}.a == 1",
        "principal.hasTag(\"t\") && principal.getTag(\"t\") == \"\\0\\u{7}\\\"\"",
        "ip(\"10.0.0.1\").isInRange(ip(\"10.0.0.0/8\"))",
        "decimal(\"1.0\").lessThan(decimal(\"2.0\")) || datetime(\"2024-01-01\") < datetime()",
        "(principal like \"x\") == (1 < 2)",
        "(a::b::C::\"x\").y",
        "(1 < 2) has x",
        "(if true then context else context).x has y",
      })
  void text_and_json_come_back_as_they_were(String condition) {
    String source =
        "@a(\"b\") @if permit(principal, action in [Action::\"x\", N::Action::\"y\"], resource)"
            + " when { %s } unless { %s };".formatted(condition, condition);
    PolicySet set = PolicySet.parse(source.replace("(a::b::C::\"x\").y", "a::b::C::\"x\".y"));
    Policy policy = set.policies().getFirst();
    String text = meaning(policy);
    Policy again = PolicySet.parse(text).policies().getFirst();
    assertThat(meaning(again)).isEqualTo(text);
    assertThat(JsonWriter.line(PolicyJsonWriter.policy(again)))
        .isEqualTo(JsonWriter.line(PolicyJsonWriter.policy(policy)));
    PolicySet read = PolicySet.parseJson(set.json());
    assertThat(read.text()).isEqualTo(set.text());
    assertThat(read.json()).isEqualTo(set.json());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "principal, action, resource",
        "principal == User::\"a\", action == Action::\"x\", resource == A::\"b\"",
        "principal in User::\"a\", action in Action::\"x\", resource in A::\"b\"",
        "principal is User, action in [], resource is N::A",
        "principal is User in G::\"g\", action, resource is N::A in B::\"b\"",
        "principal == ?principal, action, resource == ?resource",
        "principal in ?principal, action, resource in ?resource",
        "principal is User in ?principal, action, resource is A in ?resource",
      })
  void scopes_come_back_as_they_were(String scope) {
    PolicySet set = PolicySet.parse("forbid(" + scope + ");");
    assertThat(PolicySet.parse(set.text()).text()).isEqualTo(set.text());
    assertThat(PolicySet.parseJson(set.json()).text()).isEqualTo(set.text());
    assertThat(set.text().replaceAll("\\s", ""))
        .isEqualTo(("forbid(" + scope + ");").replaceAll("\\s", ""));
  }

  @Test
  void a_link_makes_a_policy_that_answers_by_its_own_id() {
    PolicySet templates =
        PolicySet.parse(
            "permit(principal == ?principal, action, resource in ?resource);"
                + "permit(principal in ?principal, action, resource) when { context.x };");
    assertThat(templates.policies()).isEmpty();
    PolicySet set =
        PolicySet.of(
            templates.templates(),
            List.of(
                new Link("policy0", "for alice", ALICE, ALBUM),
                new Link("policy1", "erring", ALICE, null)));
    var request =
        new Request(ALICE, new EntityUid("Action", "view"), ALBUM, EntitiesReader.record("{}"));
    Answer answer = set.ask(request, Entities.of(List.of()));
    assertThat(answer.allowed()).isTrue();
    assertThat(answer.reasons()).containsExactly("for alice");
    assertThat(answer.errors()).containsOnlyKeys("erring");
    assertThat(templates.ask(request, Entities.of(List.of())).allowed())
        .as("a template that nobody linked decides nothing")
        .isFalse();
    PolicySet again = PolicySet.parseJson(set.json());
    assertThat(again.json()).isEqualTo(set.json());
    assertThat(again.ask(request, Entities.of(List.of()))).isEqualTo(answer);
  }

  @Test
  void a_link_that_does_not_fit_is_refused() {
    List<Policy> templates =
        PolicySet.parse(
                "permit(principal == ?principal, action, resource);"
                    + "permit(principal, action, resource);")
            .renamed(id -> "t" + id)
            .templates();
    for (Link link :
        List.of(
            new Link("tpolicy0", "l", null, null),
            new Link("tpolicy0", "l", ALICE, ALBUM),
            new Link("tpolicy0", "tpolicy0", ALICE, null),
            new Link("tpolicy1", "l", ALICE, null),
            new Link("unknown", "l", ALICE, null))) {
      assertThatThrownBy(() -> PolicySet.of(templates, List.of(link)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    var twice = new Link("tpolicy0", "l", ALICE, null);
    assertThatThrownBy(() -> PolicySet.of(templates, List.of(twice, twice)))
        .hasMessageContaining("stands twice");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permit(principal == ?resource, action, resource);",
        "permit(principal, action == ?action, resource);",
        "permit(principal == ?principals, action, resource);",
        "permit(principal, action, resource) when { ?principal == 1 };",
        "permit(principal is ?principal, action, resource);",
        "permit(principal == ? , action, resource);",
      })
  void a_slot_stands_where_its_variable_is_scoped_and_nowhere_else(String text) {
    assertThatThrownBy(() -> PolicySet.parse(text)).isInstanceOf(SyntaxRefused.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"Var\":\"you\"}",
        "{\"Slot\":\"?principal\"}",
        "{\"Value\":null}",
        "{\"Value\":1.5}",
        "{\"unknown\":[]}",
        "{\"==\":{\"left\":{\"Value\":1}}}",
        "{\"==\":{\"left\":{\"Value\":1},\"right\":{\"Value\":1},\"more\":1}}",
        "{\"isIpv4\":[]}",
        "{\"Value\":1,\"Var\":\"principal\"}",
        "{\"is\":{\"left\":{\"Var\":\"principal\"},\"entity_type\":\"not a type\"}}",
        "{\"Value\":{\"__entity\":{\"type\":\"A\",\"id\":\"b\"},\"x\":1}}",
        "{\"like\":{\"left\":{\"Value\":\"a\"},\"pattern\":\"a*\"}}",
        "[]",
        "1",
      })
  void json_that_is_no_expression_is_refused_with_the_way_to_it(String body) {
    String json =
        """
        {"staticPolicies":{"p":{"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},
        "resource":{"op":"All"},"conditions":[{"kind":"when","body":%s}]}}}
        """
            .formatted(body);
    assertThatThrownBy(() -> PolicySet.parseJson(json)).isInstanceOf(SyntaxRefused.class);
  }

  @Test
  void json_nested_without_end_is_refused_and_never_overflows() {
    String deep = "{\"!\":{\"arg\":".repeat(20_000);
    assertThatThrownBy(() -> PolicyJsonReader.policy("p", deep))
        .isInstanceOf(SyntaxRefused.class)
        .hasMessageContaining("nested deeper");
  }
}
