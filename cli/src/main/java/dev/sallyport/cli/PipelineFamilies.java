package dev.sallyport.cli;

import dev.sallyport.gate.PipelineRisk;
import dev.sallyport.scan.Finding;
import dev.sallyport.scan.Severity;

/// Which family of the vocabulary a pipeline finding belongs to.
final class PipelineFamilies {
  private PipelineFamilies() {}

  static PipelineRisk of(Finding finding) {
    String rule = finding.rule().substring(finding.rule().indexOf('/') + 1);
    return switch (rule) {
      case "unpinned-action",
          "unpinned-reusable-workflow",
          "unpinned-image",
          "unpinned-include",
          "unpinned-library" ->
          PipelineRisk.UNPINNED;
      case "untrusted-checkout" -> PipelineRisk.DANGEROUS_TRIGGER;
      // A privileged trigger that runs nothing of the stranger's is a habit to lose, not a hole.
      case "dangerous-trigger" ->
          finding.severity().compareTo(Severity.HIGH) >= 0
              ? PipelineRisk.DANGEROUS_TRIGGER
              : PipelineRisk.OTHER;
      case "script-injection" -> PipelineRisk.INJECTION;
      case "broad-permissions" -> PipelineRisk.BROAD_PERMISSIONS;
      case "persisted-credentials" -> PipelineRisk.PERSISTED_CREDENTIALS;
      case "self-hosted-runner" -> PipelineRisk.SELF_HOSTED_RUNNER;
      default ->
          rule.startsWith("secret") || rule.equals("all-secrets")
              ? PipelineRisk.EXPOSED_SECRET
              : PipelineRisk.OTHER;
    };
  }
}
