package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.scan.Finding;
import dev.sallyport.scan.Kind;
import dev.sallyport.scan.Severity;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipelineRiskTest {
  @ParameterizedTest
  @CsvSource({
    "unpinned-action,MEDIUM,UNPINNED",
    "unpinned-include,HIGH,UNPINNED",
    "untrusted-checkout,CRITICAL,DANGEROUS_TRIGGER",
    "dangerous-trigger,HIGH,DANGEROUS_TRIGGER",
    "dangerous-trigger,LOW,OTHER",
    "script-injection,HIGH,INJECTION",
    "broad-permissions,MEDIUM,BROAD_PERMISSIONS",
    "secret-to-unpinned-action,HIGH,EXPOSED_SECRET",
    "all-secrets,HIGH,EXPOSED_SECRET",
    "self-hosted-runner,HIGH,SELF_HOSTED_RUNNER",
    "persisted-credentials,LOW,PERSISTED_CREDENTIALS",
    "a-rule-of-tomorrow,LOW,OTHER"
  })
  void each_rule_belongs_to_one_family(String rule, Severity severity, PipelineRisk family) {
    Finding finding =
        new Finding(
            "pipeline/" + rule,
            Kind.PIPELINE,
            severity,
            "a.yml",
            1,
            "m",
            "f",
            "x",
            null,
            List.of());
    assertThat(PipelineRisk.of(finding)).isEqualTo(family);
  }
}
