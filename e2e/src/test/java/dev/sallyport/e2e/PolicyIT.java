package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Policies as whoever writes them meets them.
class PolicyIT {
  private static final String GOOD =
      """
      @id("mine") permit(principal,action==Sallyport::Action::"push",resource) // for now
      when{context.facts has commits&&context.facts.commits.bad==0};
      """;

  @Test
  void every_mistake_of_a_file_is_named_with_its_place() throws IOException {
    Path folder = Program.scratch("policy");
    Files.writeString(
        folder.resolve("a.cedar"),
        """
        permit (principal, action, resource) when { 1 == };
        forbid (principal, action, resource)
          when { context.x. };
        permit (principal, action, resource);
        allow (principal, action, resource);
        """);
    Program.Answer answer = Program.sallyport(folder, "policy", "check", ".");
    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.out().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("a.cedar:1:50:"),
            line -> assertThat(line).contains("a.cedar:3:21:"),
            line -> assertThat(line).contains("a.cedar:5:1: expected `permit` or `forbid`"));
    Program.Answer sarif = Program.sallyport(folder, "policy", "check", "--format", "sarif", ".");
    assertThat(sarif.json().path("runs").path(0).path("results")).hasSize(3);
  }

  @Test
  void a_policy_that_can_err_is_refused_by_the_vocabulary_or_a_schema() throws IOException {
    Path folder = Program.scratch("policy");
    Files.writeString(folder.resolve("good.cedar"), GOOD);
    assertThat(Program.sallyport(folder, "policy", "check", ".").exitCode()).isZero();
    Files.writeString(folder.resolve("bad.cedar"), GOOD.replace("context.facts has commits&&", ""));
    Program.Answer answer =
        Program.sallyport(folder, "policy", "check", "--format", "json", "bad.cedar");
    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.json().path("problems").path(0).path("message").asString(""))
        .contains("test `context.facts has commits` before");
    Files.writeString(
        folder.resolve("s.cedarschema"),
        "entity User; action look appliesTo {principal: User, resource: User, context: {n?: Long}};");
    Files.writeString(
        folder.resolve("other.cedar"),
        "permit(principal, action, resource) when {context.n == 1};");
    Program.Answer schema =
        Program.sallyport(folder, "policy", "check", "--schema", "s.cedarschema", "other.cedar");
    assertThat(schema.exitCode()).isEqualTo(1);
    assertThat(schema.out()).contains("other.cedar:1:43: `n` may be absent");
  }

  @Test
  void what_a_policy_hides_from_its_reader_is_told() throws IOException {
    Path folder = Program.scratch("policy");
    Files.writeString(folder.resolve("a.cedar"), GOOD.replace("for now", "for now \u202e"));
    Program.Answer answer = Program.sallyport(folder, "policy", "check", ".");
    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.out())
        .contains("a.cedar:1:", "warning: U+202E", "turns the direction of writing");
  }

  @Test
  void a_file_is_laid_out_in_place_once() throws IOException {
    Path folder = Program.scratch("policy");
    Path file = Files.writeString(folder.resolve("a.cedar"), GOOD);
    assertThat(Program.sallyport(folder, "policy", "format", "--check", ".").exitCode())
        .isEqualTo(1);
    assertThat(file).hasContent(GOOD);
    assertThat(Program.sallyport(folder, "policy", "format", ".").exitCode()).isZero();
    assertThat(file)
        .hasContent(
            """
            @id("mine")
            permit (principal, action == Sallyport::Action::"push", resource) // for now
            when { context.facts has commits && context.facts.commits.bad == 0 };
            """);
    assertThat(Program.sallyport(folder, "policy", "format", "--check", ".").exitCode()).isZero();
  }

  @Test
  void text_and_json_translate_into_each_other() throws IOException {
    Path folder = Program.scratch("policy");
    Files.writeString(folder.resolve("a.cedar"), GOOD);
    Program.Answer json =
        Program.sallyport(folder, "policy", "translate", "--to", "json", "a.cedar");
    assertThat(json.json().path("staticPolicies").path("policy0").path("effect").asString(""))
        .isEqualTo("permit");
    Files.writeString(folder.resolve("a.json"), json.out());
    Program.Answer text =
        Program.sallyport(folder, "policy", "translate", "--to", "cedar", "a.json");
    Files.writeString(folder.resolve("b.cedar"), text.out());
    assertThat(Program.sallyport(folder, "policy", "translate", "--to", "json", "b.cedar").out())
        .isEqualTo(json.out());
  }

  @Test
  void cedars_own_tests_pass_as_they_are() throws IOException {
    Path root = SharedData.archive("cedar-corpus");
    Program.Answer all =
        Program.sallyport(
            Program.scratch("policy"),
            "policy",
            "run-cedar-tests",
            root.resolve("corpus-tests").toString(),
            root.resolve("tests").toString());
    assertThat(all.exitCode()).as("%s", all).isZero();
    assertThat(all.out()).matches("6[0-9]{3} passed, 0 failed\n");
  }

  @Test
  void a_test_of_cedar_that_is_not_so_is_told() throws IOException {
    Path root = SharedData.archive("cedar-corpus");
    Path test;
    try (var files = Files.list(root.resolve("corpus-tests"))) {
      test =
          files
              .filter(file -> file.toString().matches(".*[0-9a-f]{40}\\.json"))
              .sorted()
              .findFirst()
              .orElseThrow();
    }
    Path folder = Program.scratch("policy");
    Path own = Files.createDirectories(folder.resolve("corpus-tests"));
    String name = test.getFileName().toString().replace(".json", "");
    for (String end : new String[] {".cedar", ".cedarschema", ".entities.json"}) {
      Files.copy(test.resolveSibling(name + end), own.resolve(name + end));
    }
    String text = Files.readString(test);
    Files.writeString(
        own.resolve(name + ".json"),
        text.contains("\"allow\"")
            ? text.replaceFirst("\"allow\"", "\"deny\"")
            : text.replaceFirst("\"deny\"", "\"allow\""));
    Program.Answer answer =
        Program.sallyport(folder, "policy", "run-cedar-tests", "--corpus", own.toString());
    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.out()).endsWith("0 passed, 1 failed\n");
  }

  private static final String DEPLOY =
      """
      @id("deploy-proved")
      permit (principal is Sallyport::Workload, action == Sallyport::Action::"deploy", resource)
      when { principal.repository == Sallyport::Repository::"f/1" }
      when { context.facts has artifact && context.facts.artifact.proved };

      @id("tested")
      forbid (principal, action == Sallyport::Action::"deploy", resource)
      unless { context.facts has tests && context.facts.tests.failed == 0 };
      """;

  private static final String THINGS =
      """
      things:
        job: {type: Workload, id: f/1/main, attrs: {repository: {type: Repository, id: f/1}}}
        other: {type: Workload, id: f/2/main, attrs: {repository: {type: Repository, id: f/2}}}
        prod: {type: Environment, id: prod}
      """;

  private static final String TESTS =
      THINGS
          + """
          tests:
            - name: what is proved and tested is deployed
              principal: job
              action: deploy
              resource: prod
              facts:
                artifact: {digest: "sha256:00", proved: true, roles: [build]}
                tests: {passed: 3, failed: 0, skipped: 0}
              expect: allowed
              by: [deploy-proved]
            - name: what failed is not
              principal: job
              action: deploy
              resource: prod
              facts: {tests: {passed: 3, failed: 1, skipped: 0}}
              expect: forbidden
              by: [tested]
            - name: what nobody tested is not
              principal: other
              action: deploy
              resource: prod
              expect: could-not-evaluate
              missing: [tests]
          """;

  private static Path withPolicy() throws IOException {
    Path folder = Program.scratch("policy");
    Files.createDirectory(folder.resolve("policy"));
    Files.writeString(folder.resolve("policy/deploy.cedar"), DEPLOY);
    Files.writeString(folder.resolve("policy/deploy.test.yaml"), TESTS);
    Files.writeString(folder.resolve("things.yaml"), THINGS);
    return folder;
  }

  @Test
  void tests_beside_a_policy_are_run_and_what_they_never_saw_is_named() throws IOException {
    Path folder = withPolicy();
    Program.Answer passed =
        Program.sallyport(folder, "policy", "test", "policy", "--coverage", "--min-coverage", "80");
    assertThat(passed.exitCode()).as(passed.out() + passed.err()).isZero();
    assertThat(passed.out())
        .contains("3 passed, 0 failed", "`context.facts.artifact.proved` was never false");

    Files.writeString(
        folder.resolve("policy/deploy.cedar"), DEPLOY.replace("failed == 0", "failed == 1"));
    Program.Answer failed = Program.sallyport(folder, "policy", "test", "policy", "--json");
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.json().path("failed").asInt()).isEqualTo(2);
    assertThat(failed.json().path("tests").path(0).path("wrong").path(0).asString(""))
        .contains("expected allowed, got forbidden: forbidden by `tested`");

    Files.writeString(folder.resolve("policy/bad.test.yaml"), "tests: [{name: x, expect: maybe}]");
    Program.Answer bad = Program.sallyport(folder, "policy", "test", "policy");
    assertThat(bad.exitCode()).isEqualTo(2);
    assertThat(bad.err()).contains("bad.test.yaml", "`expect` is allow, deny");
  }

  @Test
  void a_refusal_is_explained_and_what_would_turn_it_is_said() throws IOException {
    Path folder = withPolicy();
    Program.Answer why =
        Program.sallyport(
            folder,
            "policy",
            "why-not",
            "policy/deploy.test.yaml",
            "--test",
            "what failed is not",
            "--policy",
            "policy");
    assertThat(why.exitCode()).isEqualTo(1);
    assertThat(why.out())
        .contains(
            "DENY  forbidden",
            "context.facts.tests.failed is 1",
            "the fewest facts that would turn it:",
            "artifact checked, with proved = true",
            "tests.failed is 0, not 1");
  }

  @Test
  void who_can_and_what_can_ask_every_question() throws IOException {
    Path folder = withPolicy();
    Program.Answer who =
        Program.sallyport(
            folder,
            "policy",
            "who-can",
            "deploy",
            "prod",
            "--things",
            "things.yaml",
            "--policy",
            "policy",
            "--json");
    assertThat(who.exitCode()).isZero();
    assertThat(who.json().path("found").path(0).path("can").asString("")).isEqualTo("if");
    assertThat(who.json().path("found").path(0).path("missing").toString())
        .isEqualTo("[\"artifact\",\"tests\"]");
    assertThat(who.json().path("found").path(1).path("can").asString("")).isEqualTo("no");
    Program.Answer what =
        Program.sallyport(
            folder, "policy", "what-can", "other", "--things", "things.yaml", "--policy", "policy");
    assertThat(what.exitCode()).isEqualTo(1);
    assertThat(what.out()).contains("4 asked: 4 no");
  }
}
