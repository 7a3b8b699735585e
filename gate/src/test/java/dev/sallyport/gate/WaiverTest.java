package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.gate.Ruling.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// A waiver lets just the question through that it was given for.
class WaiverTest {
  private static final EntityRef SHOP = new EntityRef("Repository", "forge/1");
  private static final EntityRef RUN = new EntityRef("Workload", "repo:acme/shop");
  private static final EntityRef PROD = new EntityRef("Environment", "prod");
  private static final String DIGEST = "sha256:" + "a".repeat(64);
  private static final String TEXT =
      """
      @id("all") permit (principal, action, resource);
      @id("tested") forbid (principal, action == Sallyport::Action::"deploy", resource)
      unless { context.facts has tests && context.facts.tests.failed == 0 };
      """;
  private static final PolicySnapshot POLICY = PolicyTexts.snapshot(TEXT);
  private static final Map<String, Object> MAIN =
      Map.of("ref", "refs/heads/main", "actor", "7", "event", "push", "commit", "c0ffee");

  private static Question deploy(
      EntityRef repository, Map<String, Object> run, Map<String, Object> claimed) {
    var attributes = new TreeMap<>(run);
    attributes.put("repository", repository);
    return new Question(
        RUN,
        Action.DEPLOY,
        PROD,
        claimed,
        List.of(new Entity(RUN, Set.of(repository), attributes)));
  }

  private static Question deploy() {
    return deploy(SHOP, MAIN, Map.of("artifact", DIGEST));
  }

  /// As a server makes it of a recorded refusal.
  private static Waiver waiver(Question question, Ruling refusal) {
    var policies = new TreeMap<String, String>();
    refusal.policies().forEach(policy -> policies.put(policy.id(), policy.digest()));
    return new Waiver(
        "w1",
        Waiver.Scope.of(question),
        policies,
        refusal.policies().stream().noneMatch(PolicyRef::forbids),
        "hotfix");
  }

  private static Waiver waiver(Question question, PolicySnapshot policy) {
    return waiver(question, Gate.rule(question, Facts.NONE, policy));
  }

  private static Ruling rule(Question question, PolicySnapshot policy, Waiver... waivers) {
    return Gate.rule(question, Facts.NONE, policy, List.of(), List.of(waivers));
  }

  @Test
  void a_waived_forbid_is_left_out_and_the_ruling_names_the_waiver() {
    assertThat(rule(deploy(), POLICY).allowed()).isFalse();
    Ruling ruling = rule(deploy(), POLICY, waiver(deploy(), POLICY));
    assertThat(ruling)
        .isInstanceOfSatisfying(
            Ruling.Allow.class, allow -> assertThat(allow.waivers()).containsExactly("w1"));
    assertThat(ruling.policies()).extracting(PolicyRef::id).containsExactly("all");
    assertThat(ruling.reasons())
        .containsExactly("permitted by `all`", "forbid `tested` is waived by `w1`: hotfix");
  }

  @Test
  void a_waiver_that_was_not_needed_is_not_named() {
    Ruling ruling =
        Gate.rule(
            deploy(),
            new FactSheet().tests(1, 0, 0).facts(),
            POLICY,
            List.of(),
            List.of(waiver(deploy(), POLICY)));
    assertThat(((Ruling.Allow) ruling).waivers()).isEmpty();
  }

  @Test
  void another_run_of_the_same_repository_and_another_commit_is_covered() {
    var again = new TreeMap<>(MAIN);
    again.put("commit", "beef");
    assertThat(
            rule(
                    deploy(SHOP, again, Map.of("artifact", DIGEST, "reason", "again")),
                    POLICY,
                    waiver(deploy(), POLICY))
                .allowed())
        .isTrue();
  }

  @Test
  void a_waiver_of_another_repository_is_none() {
    Question other =
        deploy(new EntityRef("Repository", "forge/2"), MAIN, Map.of("artifact", DIGEST));
    assertThat(rule(other, POLICY, waiver(deploy(), POLICY)).allowed()).isFalse();
  }

  @Test
  void a_waiver_of_another_digest_or_of_no_digest_is_none() {
    Waiver waiver = waiver(deploy(), POLICY);
    assertThat(
            rule(deploy(SHOP, MAIN, Map.of("artifact", DIGEST.replace('a', 'b'))), POLICY, waiver)
                .allowed())
        .isFalse();
    assertThat(rule(deploy(SHOP, MAIN, Map.of()), POLICY, waiver).allowed()).isFalse();
    assertThat(rule(deploy(), POLICY, waiver(deploy(SHOP, MAIN, Map.of()), POLICY)).allowed())
        .isFalse();
  }

  @Test
  void a_waiver_for_another_action_or_resource_is_none() {
    Question asked = deploy();
    Waiver waiver = waiver(asked, POLICY);
    var elsewhere =
        new Question(
            RUN,
            Action.DEPLOY,
            new EntityRef("Environment", "staging"),
            asked.claimed(),
            asked.entities());
    assertThat(rule(elsewhere, POLICY, waiver).allowed()).isFalse();
    PolicySnapshot both =
        PolicyTexts.snapshot(
            TEXT.replace("action == Sallyport::Action::\"deploy\"", "action, resource")
                .replace(", resource, resource)", ", resource)"));
    Waiver forDeploy = waiver(asked, both);
    var rollback = new Question(RUN, Action.ROLLBACK, PROD, asked.claimed(), asked.entities());
    assertThat(rule(asked, both, forDeploy).allowed()).isTrue();
    assertThat(rule(rollback, both, forDeploy).allowed()).isFalse();
  }

  @Test
  void a_run_of_another_ref_starter_or_event_is_another_caller() {
    for (String attribute : List.of("ref", "actor", "event")) {
      var run = new TreeMap<>(MAIN);
      run.put(attribute, "other");
      assertThat(
              rule(deploy(SHOP, run, Map.of("artifact", DIGEST)), POLICY, waiver(deploy(), POLICY))
                  .allowed())
          .as(attribute)
          .isFalse();
    }
    var fork = new TreeMap<>(MAIN);
    fork.put("fork", true);
    assertThat(
            rule(deploy(SHOP, fork, Map.of("artifact", DIGEST)), POLICY, waiver(deploy(), POLICY))
                .allowed())
        .isFalse();
  }

  @Test
  void a_hold_beats_a_waiver() {
    var hold = new Hold(SHOP, "stolen");
    assertThat(
            Gate.rule(
                    deploy(), Facts.NONE, POLICY, List.of(hold), List.of(waiver(deploy(), POLICY)))
                .allowed())
        .isFalse();
  }

  @Test
  void an_error_beats_a_waiver_even_of_the_policy_that_errs() {
    PolicySnapshot erring =
        PolicyTexts.snapshot(
            TEXT
                + """
                @id("erring") forbid (principal, action == Sallyport::Action::"deploy", resource)
                when { 9223372036854775807 + 1 == 0 };
                """);
    Ruling refusal = Gate.rule(deploy(), Facts.NONE, erring);
    assertThat(refusal.outcome()).isEqualTo(Outcome.COULD_NOT_EVALUATE);
    var policies = new TreeMap<String, String>();
    erring.policies().forEach(policy -> policies.put(policy.id(), policy.digest()));
    var everything = new Waiver("w2", Waiver.Scope.of(deploy()), policies, false, "all of it");
    Ruling ruling = rule(deploy(), erring, everything);
    assertThat(ruling.outcome()).isEqualTo(Outcome.COULD_NOT_EVALUATE);
    assertThat(ruling.policies()).extracting(PolicyRef::id).containsExactly("erring");
  }

  @Test
  void a_forbid_that_the_waiver_does_not_name_still_refuses_alone() {
    Waiver before = waiver(deploy(), POLICY);
    PolicySnapshot now =
        PolicyTexts.snapshot(
            TEXT
                + """
                @id("frozen") forbid (principal, action == Sallyport::Action::"deploy", resource);
                """);
    Ruling ruling = rule(deploy(), now, before);
    assertThat(ruling.outcome()).isEqualTo(Outcome.FORBIDDEN);
    assertThat(ruling.policies()).extracting(PolicyRef::id).containsExactly("frozen");
  }

  @Test
  void a_policy_whose_text_changed_is_another_and_not_waived() {
    Waiver before = waiver(deploy(), POLICY);
    PolicySnapshot now = PolicyTexts.snapshot(TEXT.replace("failed == 0", "failed == 1"));
    assertThat(rule(deploy(), now, before).allowed()).isFalse();
    // Its place in the file is nobody's text.
    assertThat(rule(deploy(), PolicyTexts.snapshot("// moved\n" + TEXT), before).allowed())
        .isTrue();
  }

  @Test
  void the_want_of_a_permit_is_waived_as_long_as_the_same_permits_could_hold() {
    String text =
        """
        @id("tested") permit (principal, action == Sallyport::Action::"deploy", resource)
        when { context.facts has tests && context.facts.tests.failed == 0 };
        """;
    PolicySnapshot policy = PolicyTexts.snapshot(text);
    Waiver waiver = waiver(deploy(), policy);
    assertThat(waiver.permits()).isTrue();
    Ruling ruling = rule(deploy(), policy, waiver);
    assertThat(ruling.allowed()).isTrue();
    assertThat(ruling.reasons()).containsExactly("the want of a permit is waived by `w1`: hotfix");
    assertThat(rule(deploy(), PolicyTexts.snapshot(text.replace("== 0", "== 1")), waiver).allowed())
        .isFalse();
    String another =
        text.replace("@id(\"tested\")", "@id(\"more\")").replace("failed == 0", "passed == 9");
    assertThat(rule(deploy(), PolicyTexts.snapshot(text + another), waiver).allowed()).isFalse();
    assertThat(
            rule(
                    deploy(),
                    PolicyTexts.snapshot(
                        text
                            + "@id(\"frozen\") forbid (principal, action == Sallyport::Action::\"deploy\", resource);"),
                    waiver)
                .allowed())
        .as("a forbid beats it")
        .isFalse();
  }

  @Test
  void a_run_cannot_ask_for_a_waiver() {
    var waive =
        new Question(
            RUN,
            Action.WAIVE,
            new EntityRef("Record", "7"),
            Map.of(),
            List.of(new Entity(RUN, Set.of(), Map.of("repository", SHOP))));
    assertThat(Gate.rule(waive, Facts.NONE, POLICY).outcome())
        .isEqualTo(Outcome.COULD_NOT_EVALUATE);
  }

  @Test
  void a_policy_says_what_is_never_waived_and_where() {
    PolicySnapshot policy =
        PolicyTexts.snapshot(
            """
            @id("all") permit (principal, action, resource);
            @id("never") forbid (principal, action == Sallyport::Action::"waive", resource)
            unless {
              resource has policies && !resource.policies.contains("no-committed-secrets")
            };
            @id("not-there")
            forbid (
              principal,
              action == Sallyport::Action::"waive",
              resource in Sallyport::Repository::"forge/2"
            );
            """);
    assertThat(waive(SHOP, "tested", policy).allowed()).isTrue();
    assertThat(waive(SHOP, "no-committed-secrets", policy).allowed()).isFalse();
    assertThat(waive(new EntityRef("Repository", "forge/2"), "tested", policy).allowed()).isFalse();
  }

  private static Ruling waive(EntityRef repository, String refusing, PolicySnapshot policy) {
    var record = new EntityRef("Record", "7");
    return Gate.rule(
        new Question(
            new EntityRef("Person", "ada"),
            Action.WAIVE,
            record,
            Map.of(),
            List.of(
                new Entity(
                    record,
                    Set.of(repository),
                    Map.of("action", "deploy", "policies", Set.of(refusing))))),
        Facts.NONE,
        policy);
  }

  @Test
  void the_owner_waives_under_baseline_and_only_two_people_under_strict() {
    var waive =
        new Question(new EntityRef("Person", "ada"), Action.WAIVE, new EntityRef("Record", "7"));
    Facts owner = new FactSheet().local(true).facts();
    Facts two = new FactSheet().factor(true, 5).approvals(1, 1).device(true, true).facts();
    PolicySnapshot baseline = PolicySnapshot.builtIn(Profile.BASELINE);
    PolicySnapshot strict = PolicySnapshot.builtIn(Profile.STRICT);
    assertThat(Gate.rule(waive, owner, baseline).allowed()).isTrue();
    assertThat(Gate.rule(waive, two, baseline).allowed()).isTrue();
    assertThat(Gate.rule(waive, Facts.NONE, baseline).allowed()).isFalse();
    assertThat(Gate.rule(waive, owner, strict).allowed()).isFalse();
    assertThat(Gate.rule(waive, two, strict).allowed()).isTrue();
    assertThat(Gate.rule(waive, two.without("approvals"), strict).allowed()).isFalse();
  }
}
