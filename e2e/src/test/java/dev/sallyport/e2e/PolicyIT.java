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
}
