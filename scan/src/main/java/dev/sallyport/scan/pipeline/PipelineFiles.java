package dev.sallyport.scan.pipeline;

import java.util.Locale;
import java.util.regex.Pattern;

/// Tells by its path whether a file is part of the pipeline: a change to one is a change of what
/// the build does and is judged as such.
///
/// CODEOWNERS counts, since it names who must agree to a change of the others, and so do the files
/// that let bots change dependencies, whichever system reads them. Which of the files we can also
/// read is [Kind].
public final class PipelineFiles {
  private static final Pattern WORKFLOW =
      Pattern.compile("(?:.*/)?\\.(?:github|gitea|forgejo)/workflows/[^/]+\\.ya?ml");
  private static final Pattern ACTION = Pattern.compile("(?:.*/)?action\\.ya?ml");
  private static final Pattern GITLAB =
      Pattern.compile(
          "(?:.*/)?(?:[^/]*\\.gitlab-ci\\.ya?ml|\\.gitlab-ci/.+\\.ya?ml|\\.gitlab/ci/.+\\.ya?ml)");
  private static final Pattern JENKINS =
      Pattern.compile("(?:.*/)?(?:jenkinsfile(?:[._-][^/]*)?|[^/]+\\.jenkinsfile)");
  private static final Pattern DOCKER =
      Pattern.compile(
          "(?:.*/)?(?:(?:docker|container)file(?:[._-][^/]*)?|[^/]+\\.(?:docker|container)file)");
  // `Dockerfile.java` is a program about Dockerfiles, `Jenkinsfile.md` a text.
  private static final Pattern PROGRAM =
      Pattern.compile(
          ".*\\.(?:java|kts?|scala|py|go|rs|rb|[cm]?[jt]sx?|cs|php|md|rst|adoc|html?|txt|json|dockerignore)");
  private static final Pattern NOT_READ =
      Pattern.compile(
          "(?:.*/)?(?:azure-pipelines[^/]*\\.ya?ml|\\.azure-pipelines/.+|\\.circleci/.+"
              + "|bitbucket-pipelines\\.ya?ml|\\.travis\\.ya?ml|\\.drone\\.(?:ya?ml|star|jsonnet)"
              + "|\\.woodpecker(?:\\.ya?ml|/.+)|\\.buildkite/.+|\\.teamcity/.+|\\.?appveyor\\.ya?ml"
              + "|cloudbuild\\.(?:ya?ml|json)|buildspec\\.ya?ml|\\.tekton/.+|\\.semaphore/.+"
              + "|\\.cirrus\\.(?:yml|star)|codefresh\\.ya?ml|skaffold\\.ya?ml|docker-bake\\.(?:hcl|json))");
  private static final Pattern GUARD =
      Pattern.compile(
          "(?:.*/)?(?:codeowners|\\.github/(?:actions/.+|dependabot\\.ya?ml|settings\\.ya?ml"
              + "|scripts/.+)|\\.gitlab/(?:codeowners|merge_request_approvals.*)"
              + "|\\.?renovate(?:rc)?(?:\\.json5?)?|\\.pre-commit-config\\.ya?ml|\\.husky/.+"
              // Scripts that some server runs: part of the pipeline, and no definition that says
              // who starts it.
              + "|\\.ci/.+)");

  private PipelineFiles() {}

  /// What reads a file.
  public enum Kind {
    /// A workflow of GitHub Actions, or of the forges that share its form.
    GITHUB_WORKFLOW,
    /// A composite, container or JavaScript action.
    GITHUB_ACTION,
    /// GitLab CI, the main file or one of its usual parts.
    GITLAB_CI,
    /// A Jenkins pipeline.
    JENKINSFILE,
    /// A recipe for an image.
    DOCKERFILE,
    /// A pipeline of a system that we don't read yet: named, never passed over.
    NOT_READ,
    /// No pipeline, but it decides who may change one.
    GUARD,
    /// No part of the pipeline.
    NONE
  }

  /// True where a change to this path changes the pipeline or who guards it.
  public static boolean isPipelineFile(String path) {
    return kindOf(path) != Kind.NONE;
  }

  /// What reads this path. Case is ignored, as it is by the file systems that pipelines run on.
  public static Kind kindOf(String path) {
    String lower = path.toLowerCase(Locale.ROOT);
    if (WORKFLOW.matcher(lower).matches()) {
      return Kind.GITHUB_WORKFLOW;
    }
    if (ACTION.matcher(lower).matches()) {
      return Kind.GITHUB_ACTION;
    }
    if (GITLAB.matcher(lower).matches()) {
      return Kind.GITLAB_CI;
    }
    boolean program = PROGRAM.matcher(lower).matches();
    if (!program && JENKINS.matcher(lower).matches()) {
      return Kind.JENKINSFILE;
    }
    if (!program && DOCKER.matcher(lower).matches()) {
      return Kind.DOCKERFILE;
    }
    if (NOT_READ.matcher(lower).matches()) {
      return Kind.NOT_READ;
    }
    return GUARD.matcher(lower).matches() ? Kind.GUARD : Kind.NONE;
  }
}
