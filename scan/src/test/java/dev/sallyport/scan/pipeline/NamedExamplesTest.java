package dev.sallyport.scan.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.scan.Finding;
import dev.sallyport.scan.TextFile;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Examples of other checkers, whose file names say what is right or wrong with them.
class NamedExamplesTest {
  @Test
  void no_example_of_any_system_is_a_crash() throws IOException {
    Path root = SharedData.archive("ciconfig");
    int files = 0;
    int findings = 0;
    int gaps = 0;
    try (var paths = Files.walk(root)) {
      for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
        byte[] bytes = Files.readAllBytes(path);
        // Each file is shown to each reader: most see what was never meant for them.
        for (String as :
            List.of(
                ".github/workflows/x.yml",
                "action.yml",
                ".gitlab-ci.yml",
                "Jenkinsfile",
                "Dockerfile")) {
          var report = Pipeline.scan(new TextFile(as, bytes));
          findings += report.findings().size();
          gaps += report.notChecked().size();
          files++;
        }
      }
    }
    System.err.println(
        "ciconfig: " + files + " readings, " + findings + " findings, " + gaps + " gaps");
    assertThat(files).isGreaterThan(1000);
  }

  @ParameterizedTest
  @CsvSource({
    "workflow-pinned, 0",
    "workflow-not-pinned, 2",
    "workflow-mix-pinned-and-non-pinned-github, 1",
    "workflow-mix-pinned-and-non-pinned-non-github, 1",
    "workflow-mix-github-and-non-github-not-pinned, 2",
    "workflow-anchor, 2",
    "github-workflow-multiple-unpinned-uses, 2",
  })
  void pins_are_counted_as_the_name_says(String name, int unpinned) throws IOException {
    var findings = scan("scorecard/checks/raw/testdata/.github/workflows/" + name + ".yaml");
    assertThat(findings.stream().filter(f -> f.rule().startsWith("pipeline/unpinned-")))
        .hasSize(unpinned);
  }

  @ParameterizedTest
  @CsvSource({
    "untrusted-checkout, pipeline/untrusted-checkout",
    "untrusted-checkout-workflow_run, pipeline/untrusted-checkout",
    "untrusted-script-injection, pipeline/script-injection",
    "untrusted-script-injection-tojson, pipeline/script-injection",
  })
  void a_dangerous_pattern_is_found(String name, String rule) throws IOException {
    var findings =
        scan(
            "scorecard/checks/testdata/.github/workflows/github-workflow-dangerous-pattern-"
                + name
                + ".yml");
    assertThat(findings).extracting(Finding::rule).contains(rule);
  }

  @ParameterizedTest
  @CsvSource({
    "scorecard/checks/testdata/.github/workflows/github-workflow-permissions-absent.yaml, true",
    "scorecard/checks/testdata/.github/workflows/github-workflow-permissions-actions.yaml, true",
    "scorecard/checks/testdata/.github/workflows/github-workflow-permissions-contents.yaml, true",
    "scorecard/checks/testdata/.github/workflows/github-workflow-permissions-secevent-deployments.yaml, true",
    "scorecard/checks/testdata/.github/workflows/github-workflow-permissions-reads.yaml, false",
    "scorecard/checks/testdata/.github/workflows/github-workflow-permissions-top-level-only.yaml, false",
    "scorecard/checks/testdata/.github/workflows/github-workflow-permissions-jobs-only.yaml, false",
    "checkov/tests/github_actions/checks/graph_checks/resources/ReadOnlyTopLevelPermissions/.github/workflows/pass.yaml, false",
    "checkov/tests/github_actions/checks/graph_checks/resources/ReadOnlyTopLevelPermissions/.github/workflows/fail.yaml, true",
    "checkov/tests/github_actions/checks/graph_checks/resources/ReadOnlyTopLevelPermissions/.github/workflows/default.yaml, true",
    "checkov/tests/github_actions/checks/graph_checks/resources/ReadOnlyTopLevelPermissions/.github/workflows/scope.yaml, true",
  })
  void permissions_are_judged_as_the_name_says(String path, boolean broad) throws IOException {
    var rules = scan(path).stream().map(Finding::rule).toList();
    assertThat(rules.contains("pipeline/broad-permissions")).isEqualTo(broad);
  }

  @Test
  void an_injection_is_found_before_its_fix_and_not_after() throws IOException {
    Path folder =
        SharedData.archive("ciconfig")
            .resolve(
                "scorecard/probes/hasDangerousWorkflowScriptInjection/internal/patch/testdata");
    try (var paths = Files.list(folder)) {
      for (Path path : paths.filter(p -> p.toString().endsWith(".yaml")).sorted().toList()) {
        long injections =
            Pipeline.scan(new TextFile(".github/workflows/x.yml", Files.readAllBytes(path)))
                .findings()
                .stream()
                .filter(f -> f.rule().equals("pipeline/script-injection"))
                .count();
        String name = path.getFileName().toString();
        if (name.endsWith("_fixed.yaml")) {
          assertThat(injections).as(name).isZero();
        } else if (!name.contains("_fixed") && !name.startsWith("ignorePattern")) {
          assertThat(injections).as(name).isPositive();
        }
      }
    }
  }

  @Test
  void the_lines_of_a_mixed_workflow_are_told_apart() throws IOException {
    var findings = scan("poutine/scanner/testdata/.github/workflows/valid.yml");
    assertThat(findings)
        .extracting(Finding::rule)
        .contains(
            "pipeline/untrusted-checkout",
            "pipeline/self-hosted-runner",
            "pipeline/script-injection",
            "pipeline/piped-download",
            "pipeline/unpinned-action");
    assertThat(findings.stream().filter(f -> f.rule().equals("pipeline/piped-download")))
        .extracting(Finding::line)
        .containsExactly(71, 76);
  }

  @ParameterizedTest
  @CsvSource({
    "checkov/tests/dockerfile/graph_builder/checks/resources/RunUnsafeCurl/pass/Dockerfile",
    "checkov/tests/dockerfile/checks/example_RootUser/success/Dockerfile",
  })
  void a_dockerfile_named_pass_downloads_nothing_unseen(String path) throws IOException {
    Path file = SharedData.archive("ciconfig").resolve(path);
    var rules = Pipeline.scan(new TextFile("Dockerfile", Files.readAllBytes(file))).findings();
    assertThat(rules).extracting(Finding::rule).doesNotContain("pipeline/piped-download");
  }

  private static List<Finding> scan(String path) throws IOException {
    Path file = SharedData.archive("ciconfig").resolve(path);
    return Pipeline.scan(new TextFile(".github/workflows/x.yml", Files.readAllBytes(file)))
        .findings();
  }
}
