package dev.sallyport.scan.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sallyport.scan.Finding;
import dev.sallyport.scan.Report;
import dev.sallyport.scan.Severity;
import dev.sallyport.scan.Source;
import dev.sallyport.scan.TextFile;
import dev.sallyport.testdata.Seed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final String DIGEST = "@sha256:" + "ab".repeat(32);

  // ---- GitHub

  @Test
  void an_action_by_tag_is_found_on_its_line_and_one_by_commit_is_not() {
    var findings =
        workflow(
            """
            on: push
            permissions: {}
            jobs:
              build:
                runs-on: ubuntu-latest
                steps:
                  - uses: someone/thing@v4
                  - uses: someone/thing@%s # v4
                  - uses: ./local
                  - uses: docker://alpine:3.20
                  - uses: docker://alpine%s
            """
                .formatted(COMMIT, DIGEST));
    assertThat(findings)
        .extracting(Finding::rule, Finding::line)
        .containsExactly(
            tuple("pipeline/unpinned-action", 7), tuple("pipeline/unpinned-image", 10));
  }

  @Test
  void a_pull_request_target_that_builds_the_head_is_critical_with_its_secret() {
    var findings =
        workflow(
            """
            on: pull_request_target
            permissions: {}
            jobs:
              build:
                runs-on: ubuntu-latest
                steps:
                  - uses: actions/checkout@%s
                    with:
                      ref: ${{ github.event.pull_request.head.sha }}
                      persist-credentials: false
                  - run: npm install
                    env:
                      TOKEN: ${{ secrets.DEPLOY }}
            """
                .formatted(COMMIT));
    assertThat(findings)
        .extracting(Finding::rule, Finding::severity, Finding::line)
        .containsExactly(
            tuple("pipeline/untrusted-checkout", Severity.CRITICAL, 9),
            tuple("pipeline/secret-beside-untrusted-code", Severity.CRITICAL, 13));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gh pr checkout $NUMBER",
        "git fetch origin pull/7/head && git checkout FETCH_HEAD",
        "git checkout ${{ github.event.pull_request.head.sha }}",
        "git fetch origin $GITHUB_HEAD_REF"
      })
  void the_head_checked_out_by_hand_is_found_too(String command) {
    var findings =
        workflow(
            "on: [pull_request_target]\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: "
                + command
                + "\n      - run: make\n");
    assertThat(findings).extracting(Finding::rule).contains("pipeline/untrusted-checkout");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "github.event.issue.title",
        "github.event.pull_request.body",
        "github.event.comment.body",
        "github.head_ref",
        "github['head_ref']",
        "github.event['pull_request']['title']",
        "github.event.pull_request.head.ref",
        "github.event.commits[0].message",
        "github.event.head_commit.author.name",
        "github.event.workflow_run.head_branch",
        "format('{0}', github.event.review.body)",
        "toJSON(github.event)",
        "github.event.pull_request.title || 'none'",
      })
  void text_of_strangers_pasted_into_a_script_is_found_on_its_line(String expression) {
    var findings = workflow(script("echo one\n          echo \"${{ " + expression + " }}\""));
    assertThat(findings)
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.rule()).isEqualTo("pipeline/script-injection");
          assertThat(finding.line()).isEqualTo(9);
          assertThat(finding.controls()).contains("CICD-SEC-4", "CWE-78");
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "github.sha",
        "github.event.pull_request.number",
        "github.event.pull_request.head.sha",
        "github.event.pull_request.title == 'x'",
        "contains(github.event.issue.title, 'x')",
        "secrets.TOKEN",
        "github.event_name",
        "runner.os"
      })
  void what_no_stranger_writes_may_stand_in_a_script(String expression) {
    assertThat(workflow(script("echo \"${{ " + expression + " }}\""))).isEmpty();
  }

  @Test
  void an_environment_variable_between_makes_it_safe_and_github_script_does_not() {
    var findings =
        workflow(
            """
            on: issues
            permissions: {}
            jobs:
              a:
                runs-on: x
                steps:
                  - run: echo "$TITLE"
                    env:
                      TITLE: ${{ github.event.issue.title }}
                  - uses: actions/github-script@%s
                    with:
                      script: console.log("${{ github.event.issue.title }}")
            """
                .formatted(COMMIT));
    assertThat(findings)
        .extracting(Finding::rule, Finding::line, Finding::severity)
        .containsExactly(tuple("pipeline/script-injection", 12, Severity.CRITICAL));
  }

  @ParameterizedTest
  @CsvSource({
    "'permissions: write-all', HIGH",
    "'permissions: {contents: write}', LOW",
    "'', MEDIUM",
    "'permissions: read-all', ",
    "'permissions:', ",
    "'permissions: {}', ",
  })
  void a_broad_token_is_found(String permissions, Severity severity) {
    var findings =
        workflow(
            "on: push\n"
                + permissions
                + "\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make\n");
    if (severity == null) {
      assertThat(findings).isEmpty();
    } else {
      assertThat(findings)
          .extracting(Finding::rule, Finding::severity)
          .containsExactly(tuple("pipeline/broad-permissions", severity));
    }
  }

  @Test
  void permissions_on_every_job_are_enough() {
    assertThat(
            workflow(
                "on: push\njobs:\n  a:\n    permissions: {contents: read}\n    runs-on: x\n    steps:\n      - run: make\n"))
        .isEmpty();
  }

  @Test
  void secrets_are_not_handed_to_what_can_change() {
    var findings =
        workflow(
            """
            on: push
            permissions: {}
            jobs:
              a:
                uses: other/flows/.github/workflows/x.yml@main
                secrets: inherit
              b:
                runs-on: x
                env:
                  ALL: ${{ toJSON(secrets) }}
                steps:
                  - uses: other/action@v1
                    with:
                      token: ${{ secrets.NPM }}
              c:
                uses: ./.github/workflows/y.yml
                secrets: inherit
            """);
    assertThat(findings)
        .extracting(Finding::rule, Finding::line)
        .containsExactly(
            tuple("pipeline/unpinned-reusable-workflow", 5),
            tuple("pipeline/secrets-inherit", 6),
            tuple("pipeline/all-secrets", 10),
            tuple("pipeline/unpinned-action", 12),
            tuple("pipeline/secret-to-unpinned-action", 14));
  }

  @Test
  void a_self_hosted_runner_is_found_where_strangers_start_it() {
    String flow =
        "on: %s\npermissions: {}\njobs:\n  a:\n    runs-on: [self-hosted, linux]\n    steps:\n      - run: make\n";
    assertThat(workflow(flow.formatted("pull_request")))
        .extracting(Finding::rule, Finding::line)
        .containsExactly(tuple("pipeline/self-hosted-runner", 5));
    assertThat(workflow(flow.formatted("workflow_dispatch"))).isEmpty();
  }

  @Test
  void a_checkout_that_keeps_its_token_counts_more_before_an_upload() {
    String flow =
        "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@"
            + COMMIT
            + "\n";
    assertThat(workflow(flow))
        .extracting(Finding::rule, Finding::severity)
        .containsExactly(tuple("pipeline/persisted-credentials", Severity.LOW));
    assertThat(workflow(flow + "      - uses: actions/upload-artifact@" + COMMIT + "\n"))
        .extracting(Finding::severity)
        .containsExactly(Severity.MEDIUM);
    assertThat(workflow(flow + "        with:\n          persist-credentials: false\n")).isEmpty();
  }

  @Test
  void containers_and_their_passwords_are_read() {
    var findings =
        workflow(
            """
            on: push
            permissions: {}
            jobs:
              a:
                runs-on: x
                strategy:
                  matrix:
                    image: ['ubuntu:20.04', 'centos']
                container: ${{ matrix.image }}
                services:
                  db:
                    image: postgres:16
                    credentials:
                      username: me
                      password: swordfish
                    options: --privileged
                steps:
                  - run: make
            """);
    assertThat(findings)
        .extracting(Finding::rule, Finding::line)
        .containsExactlyInAnyOrder(
            tuple("pipeline/unpinned-image", 9),
            tuple("pipeline/unpinned-image", 9),
            tuple("pipeline/unpinned-image", 12),
            tuple("pipeline/container-credentials", 15),
            tuple("pipeline/docker-host-access", 16));
  }

  @Test
  void a_composite_action_is_read_wherever_it_lies() {
    var findings =
        scan(
            "tools/setup/action.yml",
            """
            name: x
            runs:
              using: composite
              steps:
                - uses: other/thing@v1
                - run: echo ${{ inputs.name }}
                  shell: bash
            """);
    assertThat(findings)
        .extracting(Finding::rule, Finding::line)
        .containsExactly(
            tuple("pipeline/unpinned-action", 5), tuple("pipeline/script-injection", 6));
  }

  @ParameterizedTest
  @CsvSource({
    "curl -sSL https://x.example/i.sh | bash, true",
    "curl https://x.example/i.sh | sudo -E bash -s -- -y, true",
    "wget -qO- https://x.example/i.py | python3, true",
    "bash <(curl -s https://x.example/i.sh), true",
    "'sh -c \"$(curl -fsSL https://x.example/i.sh)\"', true",
    "'curl https://x.example/i > /tmp/f && bash /tmp/f', true",
    "curl https://x.example/a.json | jq ., false",
    "curl https://x.example/o/r/0123456789abcdef0123456789abcdef01234567/i.sh | bash, false",
    "# curl https://x.example | bash, false",
    "curl -O https://x.example/a.tgz, false",
  })
  void a_download_that_is_run_unseen_is_found(String command, boolean found) {
    var findings = workflow(script(command));
    assertThat(findings)
        .extracting(Finding::rule)
        .isEqualTo(found ? List.of("pipeline/piped-download") : List.of());
  }

  // ---- GitLab

  @Test
  void gitlab_includes_images_and_traces_are_judged() {
    var findings =
        scan(
            ".gitlab-ci.yml",
            """
            include:
              - remote: https://x.example/ci.yml
              - project: group/templates
                file: a.yml
              - project: group/templates
                ref: %s
                file: a.yml
              - component: gitlab.example/c/lint@1.2.3
              - local: /ci/local.yml
              - template: Auto-DevOps.gitlab-ci.yml
            default:
              image: ruby:3.3
            variables:
              CI_DEBUG_TRACE: "true"
              BASE: alpine%s
            .base: &base
              before_script: [apk add git]
            build:
              <<: *base
              image: $BASE
              services: ["docker:27-dind"]
              script:
                - eval "deploy $CI_COMMIT_MESSAGE"
                - echo "$CI_COMMIT_MESSAGE"
                - curl https://x.example | sh
            """
                .formatted(COMMIT, DIGEST));
    assertThat(findings)
        .extracting(Finding::rule, Finding::line)
        .containsExactlyInAnyOrder(
            tuple("pipeline/unpinned-include", 2),
            tuple("pipeline/unpinned-include", 3),
            tuple("pipeline/unpinned-include", 8),
            tuple("pipeline/unpinned-image", 12),
            tuple("pipeline/debug-trace", 14),
            tuple("pipeline/unpinned-image", 21),
            tuple("pipeline/docker-host-access", 21),
            tuple("pipeline/script-injection", 23),
            tuple("pipeline/piped-download", 25));
  }

  @Test
  void a_file_that_gitlab_takes_in_is_read_wherever_it_lies() {
    var main = file(".gitlab-ci.yml", "include:\n  - local: '/ci/*.yml'\n");
    var part = file("ci/part.yml", "job:\n  image: ruby:3\n  script: make\n");
    var other = file("other/part.yml", "job:\n  image: ruby:3\n");
    var report = Pipeline.scan(Source.of(List.of(part, other, main)));
    assertThat(report.findings()).extracting(Finding::path).containsExactly("ci/part.yml");
  }

  @Test
  void a_file_taken_in_over_many_steps_is_read_and_is_part_of_the_pipeline() {
    var files = new ArrayList<TextFile>();
    files.add(file(".gitlab-ci.yml", "include: ci/00.yml\n"));
    for (int step = 0; step < 20; step++) {
      files.add(file("ci/%02d.yml".formatted(step), "include: ci/%02d.yml\n".formatted(step + 1)));
    }
    files.add(file("ci/20.yml", "include: '/deep/**.yml'\njob:\n  image: ruby:3\n"));
    assertThat(Pipeline.scan(Source.of(files)).findings())
        .extracting(Finding::path)
        .containsExactly("ci/20.yml");
    assertThat(List.of("ci/07.yml", "ci/20.yml", "deep/a/b.yml", "ci/21.yml", "deep/a"))
        .filteredOn(Pipeline.included(Source.of(files)))
        .containsExactly("ci/07.yml", "ci/20.yml", "deep/a/b.yml");
  }

  @Test
  @Timeout(10)
  void an_include_pattern_of_many_stars_does_not_hang() {
    var main = file(".gitlab-ci.yml", "include: '" + "*a".repeat(90) + "b.yml'\n");
    var hostile = file("a".repeat(200) + ".yml", "job:\n  image: ruby:3\n");
    assertThat(Pipeline.scan(Source.of(List.of(main, hostile))).findings()).isEmpty();
  }

  // ---- Jenkins

  @Test
  void a_jenkinsfile_is_read_without_being_run() {
    var findings =
        scan(
            "Jenkinsfile",
            """
            @Library(['shared@main', 'pinned@%s', 'bare']) _
            // sh "curl https://x | bash"
            pipeline {
              agent { docker { image 'maven:3.9' ; args '-v /var/run/docker.sock:/var/run/docker.sock' } }
              stages {
                stage('a') {
                  steps {
                    sh "echo ${env.CHANGE_TITLE}"
                    sh 'echo "$CHANGE_TITLE"'
                    sh '''
                      curl https://x.example | bash
                    '''
                    withCredentials([string(credentialsId: 'x', variable: 'TOKEN')]) {
                      sh "push --token ${TOKEN}"
                      sh 'push --token "$TOKEN"'
                    }
                    sh "deploy ${params.WHERE}"
                  }
                }
              }
            }
            """
                .formatted(COMMIT));
    assertThat(findings)
        .extracting(Finding::rule, Finding::line)
        .containsExactlyInAnyOrder(
            tuple("pipeline/unpinned-library", 1),
            tuple("pipeline/unpinned-library", 1),
            tuple("pipeline/unpinned-image", 4),
            tuple("pipeline/docker-host-access", 4),
            tuple("pipeline/script-injection", 8),
            tuple("pipeline/piped-download", 11),
            tuple("pipeline/secret-in-script", 14),
            tuple("pipeline/script-injection", 17));
  }

  // ---- Dockerfile

  @Test
  void images_of_a_dockerfile_are_pinned_or_found() {
    var findings =
        scan(
            "build/Dockerfile.prod",
            """
            # syntax=docker/dockerfile:1
            ARG BASE=debian:12
            ARG PINNED=debian%1$s
            FROM --platform=linux/amd64 $BASE AS one
            FROM ${PINNED} AS two
            FROM one AS three
            FROM scratch
            COPY --from=one /a /a
            COPY --from=nginx:1 /b /b
            FROM ${UNSET}
            RUN curl https://x.example/i.sh \\
                # a comment inside
                | bash
            RUN <<EOF
            FROM nothing
            EOF
            ADD https://x.example/a.tgz /
            ADD --checksum=sha256:00 https://x.example/a.tgz /
            """
                .formatted(DIGEST));
    assertThat(findings)
        .extracting(Finding::rule, Finding::line)
        .containsExactlyInAnyOrder(
            tuple("pipeline/unpinned-image", 1),
            tuple("pipeline/unpinned-image", 4),
            tuple("pipeline/unpinned-image", 9),
            tuple("pipeline/unpinned-image", 10),
            tuple("pipeline/piped-download", 11),
            tuple("pipeline/unverified-download", 17));
  }

  // ---- identity and hostile input

  @Test
  void lines_added_above_do_not_change_a_fingerprint_and_twins_differ() {
    String flow = script("curl https://x.example | bash\n          curl https://x.example | bash");
    var before = workflow(flow);
    var after = workflow("# one\n\n# two\n" + flow);
    assertThat(after)
        .extracting(Finding::fingerprint)
        .containsExactlyElementsOf(before.stream().map(Finding::fingerprint).toList());
    assertThat(before).extracting(Finding::fingerprint).doesNotHaveDuplicates().hasSize(2);
  }

  @Test
  void broken_yaml_is_named_with_line_and_column_and_the_others_are_read() {
    var broken = file(".github/workflows/a.yml", "on: push\njobs:\n  a: [\n");
    var twice = file(".github/workflows/b.yml", "on: push\non: pull_request\njobs: {}\n");
    var good = file("Dockerfile", "FROM alpine\n");
    Report report = Pipeline.scan(Source.of(List.of(broken, twice, good)));
    assertThat(report.findings()).hasSize(1);
    assertThat(report.notChecked())
        .extracting(gap -> gap.what())
        .containsExactly(".github/workflows/a.yml", ".github/workflows/b.yml");
    assertThat(report.notChecked().getFirst().why()).contains("line 4, column 1");
    assertThat(report.notChecked().getLast().why())
        .contains("line 2, column 1")
        .contains("`on` stands twice");
  }

  @Test
  void a_pipeline_of_a_system_that_is_not_read_is_named() {
    assertThat(Pipeline.scan(file(".circleci/config.yml", "jobs: {}")).notChecked()).hasSize(1);
  }

  @Test
  @Timeout(10)
  void a_billion_laughs_and_a_deep_document_end_quickly_as_gaps() {
    var laughs = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 40; i++) {
      laughs.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    assertThat(Pipeline.scan(file(".gitlab-ci.yml", laughs.toString())).notChecked()).hasSize(1);
    assertThat(Pipeline.scan(file(".gitlab-ci.yml", "[".repeat(200_000))).notChecked()).hasSize(1);
    assertThat(Pipeline.scan(file(".gitlab-ci.yml", "a: &a\n  b: *a\n")).notChecked()).hasSize(1);
    assertThat(
            Pipeline.scan(file(".gitlab-ci.yml", "- !!javax.script.ScriptEngineManager [x]\n"))
                .findings())
        .isEmpty();
  }

  @Test
  @Timeout(30)
  void any_text_is_survived_by_every_reader() {
    String words =
        "on: push\njobs:\n  a:\n    steps:\n      - run: ${{ github.head_ref }} | curl x | bash \\\n 'FROM x AS y <<EOF \"\"\" sh \"$X\" @Library( [*a, &a {";
    Seed.forAll(
        400,
        chance -> {
          var text = new StringBuilder();
          while (text.length() < 400) {
            int from = chance.nextInt(words.length());
            text.append(words, from, Math.min(words.length(), from + chance.nextInt(30)));
          }
          for (String path :
              List.of(
                  ".github/workflows/a.yml",
                  "action.yml",
                  ".gitlab-ci.yml",
                  "Jenkinsfile",
                  "Dockerfile")) {
            Pipeline.scan(file(path, text.toString()));
          }
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".github/workflows/a.yml",
        "sub/.github/workflows/a.yaml",
        "action.yaml",
        "x/action.yml",
        ".gitlab-ci.yml",
        "Jenkinsfile",
        "ci/Jenkinsfile.release",
        "Dockerfile",
        "x/Containerfile",
        "app.dockerfile",
        "CODEOWNERS",
        ".github/CODEOWNERS",
        ".github/dependabot.yml",
        "azure-pipelines.yml",
        ".circleci/config.yml",
        ".ci/run",
        "renovate.json"
      })
  void a_change_to_the_pipeline_or_its_guards_is_a_pipeline_change(String path) {
    assertThat(PipelineFiles.isPipelineFile(path)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "README.md",
        "src/Dockerfiles.java",
        "src/Dockerfile.java",
        "Jenkinsfile.md",
        "workflows/a.yml",
        "docs/actions.yml",
        ".dockerignore",
        "Dockerfile.dockerignore"
      })
  void other_files_are_not(String path) {
    assertThat(PipelineFiles.isPipelineFile(path)).isFalse();
  }

  private static String script(String commands) {
    return "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          "
        + commands
        + "\n";
  }

  private static List<Finding> workflow(String text) {
    return scan(".github/workflows/ci.yml", text);
  }

  private static List<Finding> scan(String path, String text) {
    Report report = Pipeline.scan(file(path, text));
    assertThat(report.notChecked()).isEmpty();
    return report.findings();
  }

  private static TextFile file(String path, String text) {
    return new TextFile(path, text.getBytes(StandardCharsets.UTF_8));
  }
}
