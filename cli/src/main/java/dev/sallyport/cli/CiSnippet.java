package dev.sallyport.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/// The check as each CI system writes it. All call the same command; where it is a required check
/// outside the change's reach it is a gate, inside a job it is advice.
enum CiSnippet {
  /// GitHub Actions.
  GITHUB(
      ".github/workflows",
      "github.yml",
      "copy .sallyport/ci/github.yml to .github/workflows/sallyport.yml and make it a required check",
      """
      # Sallyport on every pull request. `sallyport` must be on the runner's PATH: a checkout of it, and its launcher.
      name: sallyport
      on:
        pull_request:
        push:
          branches: [main]
      permissions:
        contents: read
      jobs:
        verify:
          runs-on: ubuntu-latest
          steps:
            - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
              with:
                fetch-depth: 0
                persist-credentials: false
            - name: verify
              env:
                BASE: ${{ github.event.pull_request.base.sha || github.event.before }}
                HEAD: ${{ github.event.pull_request.head.sha || github.sha }}
              run: sallyport verify --range "$BASE..$HEAD"
      """),
  /// GitLab CI.
  GITLAB(
      ".gitlab-ci.yml",
      "gitlab.yml",
      "include .sallyport/ci/gitlab.yml in .gitlab-ci.yml (include: local)",
      """
      # Sallyport on every merge request. `sallyport` must be on the runner's PATH.
      sallyport:
        stage: test
        variables:
          GIT_DEPTH: "0"
        rules:
          - if: $CI_PIPELINE_SOURCE == "merge_request_event"
        script:
          - sallyport verify --range "$CI_MERGE_REQUEST_DIFF_BASE_SHA..$CI_COMMIT_SHA"
      """),
  /// Jenkins.
  JENKINS(
      "Jenkinsfile",
      "Jenkinsfile.stage",
      "put the stage of .sallyport/ci/Jenkinsfile.stage first in your Jenkinsfile",
      """
      // Sallyport first. `sallyport` must be on the agent's PATH, and the clone must not be shallow.
      stage('Sallyport') {
        steps {
          sh 'sallyport verify --range "origin/${CHANGE_TARGET:-main}..HEAD"'
        }
      }
      """);

  private final String marker;
  private final String fileName;
  private final String hint;
  private final String text;

  CiSnippet(String marker, String fileName, String hint, String text) {
    this.marker = marker;
    this.fileName = fileName;
    this.hint = hint;
    this.text = text;
  }

  boolean usedIn(Path top) {
    return Files.exists(top.resolve(marker));
  }

  String fileName() {
    return fileName;
  }

  String hint() {
    return hint;
  }

  String text() {
    return text;
  }
}
