package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.gate.Ruling.Outcome;
import dev.sallyport.scan.Severity;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GateTest {
  private static final PolicySnapshot BASELINE = PolicySnapshot.builtIn(Profile.BASELINE);
  private static final PolicySnapshot STRICT = PolicySnapshot.builtIn(Profile.STRICT);
  private static final EntityRef STRANGER = new EntityRef("Stranger", "local");
  private static final EntityRef REPOSITORY = new EntityRef("Repository", "forge/1");
  private static final EntityRef WORKLOAD = new EntityRef("Workload", "job");
  private static final EntityRef PRODUCTION = new EntityRef("Environment", "production");

  private static Question push() {
    return new Question(STRANGER, Action.PUSH, REPOSITORY);
  }

  private static Question claiming(Question question, Map<String, Object> claimed) {
    return new Question(
        question.principal(), question.action(), question.resource(), claimed, question.entities());
  }

  private static Entity workload(Map<String, Object> more) {
    var attributes = new java.util.HashMap<String, Object>(more);
    attributes.putIfAbsent("repository", REPOSITORY);
    return new Entity(WORKLOAD, Set.of(REPOSITORY), attributes);
  }

  private static Question deploy(Entity workload) {
    return new Question(
        WORKLOAD,
        Action.DEPLOY,
        PRODUCTION,
        Map.of("artifact", FactSheets.DIGEST),
        List.of(workload, new Entity(PRODUCTION, Set.of(), Map.of("sources", Set.of(REPOSITORY)))));
  }

  // ---- four outcomes ----

  @Test
  void a_good_change_is_allowed_by_every_profile() {
    for (Ruling ruling : Gate.compare(push(), FactSheets.goodChange().facts()).values()) {
      assertThat(ruling.outcome()).as(ruling.toString()).isEqualTo(Outcome.ALLOWED);
      assertThat(ruling.allowed()).isTrue();
      assertThat(ruling.policies()).isNotEmpty();
      assertThat(ruling.policyDigest()).startsWith("sha256:");
    }
  }

  @Test
  void a_forbid_names_its_policy_place_control_and_advice() {
    Facts facts = FactSheets.goodChange().secrets(1).facts();
    Ruling ruling = Gate.rule(push(), facts, BASELINE);
    assertThat(ruling.outcome()).isEqualTo(Outcome.FORBIDDEN);
    assertThat(ruling.policies())
        .singleElement()
        .satisfies(policy -> {
          assertThat(policy.id()).isEqualTo("no-committed-secrets");
          assertThat(policy.file()).isEqualTo("baseline.cedar");
          assertThat(policy.line()).isPositive();
          assertThat(policy.controls()).containsExactly("CICD-SEC-6");
        });
    assertThat(ruling.advice()).singleElement().asString().contains("revoke the secrets");
    assertThat(ruling.reasons()).containsExactly("forbidden by `no-committed-secrets`");
  }

  @Test
  void all_forbids_are_named_not_only_the_first() {
    Ruling ruling = Gate.rule(push(), Facts.NONE, STRICT);
    assertThat(ruling.policies())
        .extracting(PolicyRef::id)
        .contains(
            "commits-not-forged",
            "no-committed-secrets",
            "every-commit-good",
            "advisories-matched");
  }

  @Test
  void no_permit_gives_the_advice_of_those_that_could_have_held() {
    Ruling ruling =
        Gate.rule(
            new Question(STRANGER, Action.ADMINISTER, REPOSITORY),
            new FactSheet().commits(Map.of("unsigned", 1)).trust(true).facts(),
            BASELINE);
    assertThat(ruling.outcome()).isEqualTo(Outcome.NOT_PERMITTED);
    assertThat(ruling.missing()).isEmpty();
    assertThat(ruling.policies())
        .extracting(PolicyRef::id)
        .containsExactly("trust-changed-by-declared-signers");
    assertThat(ruling.advice()).singleElement().asString().contains("the base declares");
  }

  @Test
  void a_question_that_no_permit_is_about_says_so() {
    Ruling ruling =
        Gate.rule(
            new Question(new EntityRef("Agent", "bot"), Action.DEPLOY, PRODUCTION),
            FactSheets.provedArtifact().facts(),
            PolicyTexts.snapshot(
                "permit (principal, action == Sallyport::Action::\"push\", resource);"));
    assertThat(ruling.reasons())
        .containsExactly("no policy permits a Agent to deploy a Environment");
  }

  @Test
  void a_refusal_for_want_of_evidence_is_none_for_what_was_found() {
    Ruling unknown =
        Gate.rule(new Question(STRANGER, Action.ADMINISTER, REPOSITORY), Facts.NONE, BASELINE);
    assertThat(unknown.outcome()).isEqualTo(Outcome.COULD_NOT_EVALUATE);
    assertThat(unknown.missing()).containsExactly("commits", "trust");
    assertThat(unknown.reasons())
        .containsExactly(
            "not permitted: no condition held of `trust-changed-by-declared-signers`,"
                + " since nobody checked `commits`, `trust`");
    assertThat(unknown.advice()).singleElement().asString().contains("the base declares");

    Ruling bad = Gate.rule(push(), new FactSheet().commits(Map.of("bad", 1)).facts(), BASELINE);
    assertThat(bad.outcome()).as("one forbid saw a forgery").isEqualTo(Outcome.FORBIDDEN);
    assertThat(bad.missing()).as("the others still hang").containsExactly("pipeline", "secrets");
    assertThat(Gate.rule(push(), Facts.NONE, BASELINE).missing())
        .containsExactly("commits", "pipeline", "secrets");
  }

  @Test
  void an_erring_forbid_denies() {
    PolicySnapshot policy =
        PolicyTexts.snapshot(
            """
            permit (principal, action, resource);
            @id("erring") @advice("mend it")
            forbid (principal, action == Sallyport::Action::"push", resource)
            when { 9223372036854775807 + 1 > 0 };
            """);
    Ruling ruling = Gate.rule(push(), Facts.NONE, policy);
    assertThat(ruling.outcome()).isEqualTo(Outcome.COULD_NOT_EVALUATE);
    assertThat(ruling.policies()).extracting(PolicyRef::id).containsExactly("erring");
    assertThat(ruling.reasons()).singleElement().asString().contains("overflow");
    Question other = new Question(STRANGER, Action.BUILD, REPOSITORY);
    assertThat(Gate.rule(other, Facts.NONE, policy).allowed())
        .as("a policy whose scope does not match is not asked")
        .isTrue();
  }

  // ---- questions outside the vocabulary ----

  @ParameterizedTest
  @EnumSource(Profile.class)
  void a_question_outside_the_vocabulary_is_a_deny(Profile profile) {
    PolicySnapshot policy = PolicySnapshot.builtIn(profile);
    for (Question question :
        List.of(
            new Question(STRANGER, Action.PUSH, new EntityRef("Planet", "x")),
            new Question(STRANGER, Action.PUSH, PRODUCTION),
            new Question(REPOSITORY, Action.PUSH, REPOSITORY),
            claiming(push(), Map.of("admin", true)),
            claiming(push(), Map.of("ref", 1)),
            claiming(push(), Map.of("ref", new Object())),
            claiming(push(), Map.of("checked", Set.of(1))),
            new Question(
                STRANGER,
                Action.PUSH,
                REPOSITORY,
                Map.of(),
                List.of(new Entity(REPOSITORY, Set.of(), Map.of("trusted", true)))),
            new Question(
                STRANGER,
                Action.PUSH,
                REPOSITORY,
                Map.of(),
                List.of(new Entity(REPOSITORY, Set.of(PRODUCTION), Map.of()))),
            new Question(
                STRANGER,
                Action.PUSH,
                REPOSITORY,
                Map.of(),
                List.of(
                    new Entity(REPOSITORY, Set.of(), Map.of()),
                    new Entity(REPOSITORY, Set.of(), Map.of()))),
            new Question(WORKLOAD, Action.BUILD, REPOSITORY))) {
      Ruling ruling = Gate.rule(question, FactSheets.everything(), policy);
      assertThat(ruling.outcome()).as(question.toString()).isEqualTo(Outcome.COULD_NOT_EVALUATE);
      assertThat(ruling.reasons()).isNotEmpty();
    }
  }

  @Test
  void a_claim_of_facts_is_no_fact() {
    Ruling ruling =
        Gate.rule(claiming(push(), Map.of("facts", Map.of("secrets", 0))), Facts.NONE, BASELINE);
    assertThat(ruling.outcome()).isEqualTo(Outcome.COULD_NOT_EVALUATE);
  }

  @Test
  void an_action_cannot_be_put_into_another_group_by_the_question() {
    Entity action = new Entity(new EntityRef("Action", "push"), Set.of(), Map.of());
    Question question = new Question(STRANGER, Action.PUSH, REPOSITORY, Map.of(), List.of(action));
    assertThat(Gate.rule(question, FactSheets.everything(), BASELINE).outcome())
        .isEqualTo(Outcome.COULD_NOT_EVALUATE);
  }

  // ---- attacks ----

  @ParameterizedTest
  @ValueSource(strings = {"bad", "not-author", "expired", "revoked"})
  void forged_or_expired_signatures_are_refused_by_baseline_and_strict(String outcome) {
    Facts facts = FactSheets.goodChange().commits(Map.of("good", 5, outcome, 1)).facts();
    assertThat(Gate.rule(push(), facts, BASELINE).outcome()).isEqualTo(Outcome.FORBIDDEN);
    assertThat(Gate.rule(push(), facts, STRICT).outcome()).isEqualTo(Outcome.FORBIDDEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unsigned", "unknown-signer", "web-flow", "unsupported"})
  void commits_that_prove_nothing_are_refused_by_strict_alone(String outcome) {
    Facts facts = FactSheets.goodChange().commits(Map.of("good", 5, outcome, 1)).facts();
    assertThat(Gate.rule(push(), facts, BASELINE).allowed()).isTrue();
    assertThat(Gate.rule(push(), facts, STRICT).policies())
        .extracting(PolicyRef::id)
        .containsExactly("every-commit-good");
  }

  @ParameterizedTest
  @ValueSource(strings = {"unsigned", "unknown-signer", "web-flow", "not-author"})
  void bringing_ones_own_trust_is_refused(String outcome) {
    Question administer = new Question(STRANGER, Action.ADMINISTER, REPOSITORY);
    Facts facts = FactSheets.goodChange().commits(Map.of("good", 5, outcome, 1)).facts();
    for (PolicySnapshot policy : List.of(BASELINE, STRICT)) {
      assertThat(Gate.rule(administer, facts, policy).allowed()).isFalse();
      assertThat(
              Gate.rule(administer, FactSheets.goodChange().trust(false).facts(), policy).allowed())
          .isFalse();
      assertThat(Gate.rule(administer, FactSheets.goodChange().facts(), policy).allowed()).isTrue();
    }
  }

  @Test
  void trust_is_not_changed_by_no_commit_at_all() {
    Facts facts = FactSheets.goodChange().commits(Map.of()).facts();
    Question administer = new Question(STRANGER, Action.ADMINISTER, REPOSITORY);
    assertThat(Gate.rule(administer, facts, BASELINE).allowed()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = PipelineRisk.class,
      names = {"DANGEROUS_TRIGGER", "INJECTION"})
  void an_open_pipeline_is_refused_by_baseline_and_strict(PipelineRisk risk) {
    Facts facts = FactSheets.goodChange().pipeline(Map.of(risk, 1)).facts();
    for (Action action : List.of(Action.PUSH, Action.CHANGE_PIPELINE)) {
      Question question = new Question(STRANGER, action, REPOSITORY);
      assertThat(Gate.rule(question, facts, BASELINE).outcome()).isEqualTo(Outcome.FORBIDDEN);
      assertThat(Gate.rule(question, facts, STRICT).outcome()).isEqualTo(Outcome.FORBIDDEN);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = PipelineRisk.class,
      names = {"DANGEROUS_TRIGGER", "INJECTION", "OTHER"},
      mode = EnumSource.Mode.EXCLUDE)
  void a_loose_pipeline_is_refused_by_strict_alone(PipelineRisk risk) {
    Facts facts = FactSheets.goodChange().pipeline(Map.of(risk, 1)).facts();
    assertThat(Gate.rule(push(), facts, BASELINE).allowed()).isTrue();
    assertThat(Gate.rule(push(), facts, STRICT).outcome()).isEqualTo(Outcome.FORBIDDEN);
  }

  @Test
  void malware_is_refused_where_advisories_are_said_to_be_checked() {
    Facts bad = FactSheets.goodChange().advisories(Map.of(), 0, 1, 0L).facts();
    Facts critical =
        FactSheets.goodChange().advisories(Map.of(Severity.CRITICAL, 1), 0, 0, 0L).facts();
    Question checked = claiming(push(), Map.of("checked", Set.of("advisories")));
    assertThat(Gate.rule(checked, bad, BASELINE).outcome()).isEqualTo(Outcome.FORBIDDEN);
    assertThat(Gate.rule(checked, critical, BASELINE).outcome()).isEqualTo(Outcome.FORBIDDEN);
    assertThat(Gate.rule(checked, bad.without("advisories"), BASELINE).allowed())
        .as("who says it checked must bring the fact")
        .isFalse();
    assertThat(Gate.rule(push(), bad.without("advisories"), BASELINE).allowed())
        .as("baseline is usable without a database of advisories")
        .isTrue();
    assertThat(Gate.rule(push(), bad.without("advisories"), STRICT).allowed()).isFalse();
  }

  @Test
  void an_artifact_swapped_after_attestation_is_refused() {
    Facts other = FactSheets.provedArtifact().facts();
    Question swapped =
        claiming(deploy(workload(Map.of())), Map.of("artifact", "sha256:" + "cd".repeat(32)));
    assertThat(Gate.rule(deploy(workload(Map.of())), other, BASELINE).allowed()).isTrue();
    assertThat(Gate.rule(swapped, other, BASELINE))
        .as("of the artifact that came in its place nothing is known")
        .satisfies(
            ruling -> assertThat(ruling.outcome()).isEqualTo(Outcome.COULD_NOT_EVALUATE),
            ruling -> assertThat(ruling.missing()).containsExactly("artifact"));
    Question publish =
        new Question(
            WORKLOAD,
            Action.PUBLISH,
            new EntityRef("Artifact", "sha256:" + "cd".repeat(32)),
            Map.of(),
            List.of(workload(Map.of())));
    assertThat(Gate.rule(publish, other, BASELINE).allowed()).isFalse();
  }

  @Test
  void an_artifact_that_no_build_role_signed_is_refused() {
    for (FactSheet sheet :
        List.of(
            new FactSheet(),
            new FactSheet().artifact(FactSheets.DIGEST, false, List.of("build"), null, null, null),
            new FactSheet().artifact(FactSheets.DIGEST, true, List.of("test"), null, null, null))) {
      assertThat(Gate.rule(deploy(workload(Map.of())), sheet.facts(), BASELINE).allowed())
          .isFalse();
    }
  }

  @Test
  void a_run_of_another_repository_is_refused() {
    Entity other = workload(Map.of("repository", new EntityRef("Repository", "forge/2")));
    Ruling ruling = Gate.rule(deploy(other), FactSheets.provedArtifact().facts(), BASELINE);
    assertThat(ruling.policies())
        .extracting(PolicyRef::id)
        .containsExactly("deploy-from-declared-repository");
  }

  @Test
  void an_environment_that_declares_no_source_takes_nothing() {
    Question question =
        new Question(
            WORKLOAD,
            Action.DEPLOY,
            PRODUCTION,
            Map.of("artifact", FactSheets.DIGEST),
            List.of(workload(Map.of())));
    assertThat(Gate.rule(question, FactSheets.provedArtifact().facts(), BASELINE).allowed())
        .isFalse();
  }

  @Test
  void a_fork_or_change_request_gets_neither_deploy_nor_secret() {
    EntityRef secret = new EntityRef("Secret", "s");
    Entity known = new Entity(secret, Set.of(), Map.of("repositories", Set.of(REPOSITORY)));
    for (Map<String, Object> run :
        List.<Map<String, Object>>of(
            Map.of("fork", true),
            Map.of("event", "pull_request_target"),
            Map.of("event", "merge_request_event"),
            Map.of("ref", "refs/pull/1/merge"))) {
      assertThat(
              Gate.rule(deploy(workload(run)), FactSheets.provedArtifact().facts(), BASELINE)
                  .allowed())
          .isFalse();
      Question read =
          new Question(
              WORKLOAD, Action.READ_SECRET, secret, Map.of(), List.of(workload(run), known));
      assertThat(Gate.rule(read, Facts.NONE, BASELINE).allowed()).isFalse();
    }
    Question read =
        new Question(
            WORKLOAD,
            Action.READ_SECRET,
            secret,
            Map.of(),
            List.of(workload(Map.of("event", "push")), known));
    assertThat(Gate.rule(read, Facts.NONE, BASELINE).allowed()).isTrue();
  }

  @Test
  void an_agent_never_approves_and_neither_does_a_bot() {
    EntityRef change = new EntityRef("Change", "1");
    EntityRef agent = new EntityRef("Agent", "a");
    EntityRef person = new EntityRef("Person", "p");
    Facts facts = new FactSheet().factor(true, 10).device(true, true).facts();
    assertThat(Gate.rule(new Question(agent, Action.APPROVE, change), facts, BASELINE).allowed())
        .isFalse();
    Question bot =
        new Question(
            person,
            Action.APPROVE,
            change,
            Map.of(),
            List.of(new Entity(person, Set.of(), Map.of("bot", true))));
    assertThat(Gate.rule(bot, facts, BASELINE).outcome()).isEqualTo(Outcome.FORBIDDEN);
    assertThat(Gate.rule(new Question(person, Action.APPROVE, change), facts, STRICT).allowed())
        .isTrue();
  }

  @Test
  void strict_deploys_need_tests_provenance_advisories_token_and_a_second_person() {
    Facts all = FactSheets.everything();
    assertThat(Gate.rule(deploy(workload(Map.of())), all, STRICT).allowed()).isTrue();
    for (String fact :
        List.of(
            "tests",
            "artifact.builder",
            "artifact.sourceRepository",
            "advisories",
            "token",
            "approvals")) {
      assertThat(Gate.rule(deploy(workload(Map.of())), all.without(fact), STRICT).allowed())
          .as(fact)
          .isFalse();
    }
  }

  @Test
  void observe_allows_and_compare_tells_what_the_others_refuse() {
    var rulings = Gate.compare(push(), FactSheets.goodChange().secrets(1).facts());
    assertThat(rulings.get(Profile.OBSERVE)).isInstanceOf(Ruling.Allow.class);
    assertThat(rulings.get(Profile.BASELINE)).isInstanceOf(Ruling.Deny.class);
    assertThat(rulings.get(Profile.STRICT)).isInstanceOf(Ruling.Deny.class);
  }
}
