package dev.sallyport.gate;

import dev.sallyport.scan.Finding;
import dev.sallyport.scan.Severity;

/// The families of pipeline findings that policies speak of (OWASP CI/CD Top 10).
public enum PipelineRisk {
  /// An action, image or include that is not pinned by digest (CICD-SEC-3).
  UNPINNED("unpinned"),
  /// A privileged trigger that checks out or runs what a stranger sent (CICD-SEC-4).
  DANGEROUS_TRIGGER("dangerousTrigger"),
  /// An untrusted expression inside a script (CICD-SEC-4).
  INJECTION("injection"),
  /// A token that may do more than the job needs (CICD-SEC-5).
  BROAD_PERMISSIONS("broadPermissions"),
  /// A secret handed to a step that is not trusted (CICD-SEC-6).
  EXPOSED_SECRET("exposedSecret"),
  /// A self-hosted runner that strangers can start (CICD-SEC-7).
  SELF_HOSTED_RUNNER("selfHostedRunner"),
  /// Checkout leaves its credential behind for later steps (CICD-SEC-6).
  PERSISTED_CREDENTIALS("persistedCredentials"),
  /// Everything else that the scanner knows.
  OTHER("other");

  private final String word;

  PipelineRisk(String word) {
    this.word = word;
  }

  /// The member of the `pipeline` fact that counts this family.
  public String word() {
    return word;
  }

  /// The family of a pipeline finding, by its rule; an unknown rule is [#OTHER].
  public static PipelineRisk of(Finding finding) {
    String rule = finding.rule().substring(finding.rule().indexOf('/') + 1);
    return switch (rule) {
      case "unpinned-action",
          "unpinned-reusable-workflow",
          "unpinned-image",
          "unpinned-include",
          "unpinned-library" ->
          UNPINNED;
      case "untrusted-checkout" -> DANGEROUS_TRIGGER;
      // A privileged trigger that runs nothing of the stranger's is a habit to lose, not a hole.
      case "dangerous-trigger" ->
          finding.severity().compareTo(Severity.HIGH) >= 0 ? DANGEROUS_TRIGGER : OTHER;
      case "script-injection" -> INJECTION;
      case "broad-permissions" -> BROAD_PERMISSIONS;
      case "persisted-credentials" -> PERSISTED_CREDENTIALS;
      case "self-hosted-runner" -> SELF_HOSTED_RUNNER;
      default -> rule.startsWith("secret") || rule.equals("all-secrets") ? EXPOSED_SECRET : OTHER;
    };
  }
}
