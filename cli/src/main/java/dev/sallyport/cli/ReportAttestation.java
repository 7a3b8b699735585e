package dev.sallyport.cli;

import dev.sallyport.attest.Envelope;
import dev.sallyport.attest.Statement;
import dev.sallyport.attest.VerificationSummary;
import dev.sallyport.gate.Ruling;
import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.SigningKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The result as a signed statement: a SLSA Verification Summary about the commit, and the artifact
/// where one was given.
final class ReportAttestation {
  static final String VERIFIER = "https://sallyport.dev/verify";

  private ReportAttestation() {}

  static void write(VerifyReport report, Path keyFile, Path out) {
    String head = report.repository().head();
    if (head == null) {
      throw new UserError("there is no commit to attest", "commit something first");
    }
    SigningKey key;
    try {
      key = SigningKey.read(keyFile);
    } catch (KeyException e) {
      throw new UserError(
          String.valueOf(e.getMessage()), "make a key with `sallyport key new FILE`");
    }
    List<Statement.Subject> subjects = new ArrayList<>();
    subjects.add(new Statement.Subject(report.repository().name(), Map.of("gitCommit", head)));
    if (report.facts().asMap().get("artifact") instanceof Map<?, ?> artifact
        && Boolean.TRUE.equals(artifact.get("proved"))) {
      String digest = String.valueOf(artifact.get("digest"));
      subjects.add(Statement.Subject.sha256("artifact", digest.substring(digest.indexOf(':') + 1)));
    }
    // Could not tell is not passed: a summary has only two words, and only one of them may open a
    // door.
    boolean passed = report.verdict().equals("allow");
    String policyDigest =
        report.rulings().stream()
            .map(VerifyReport.Answer::ruling)
            .map(Ruling::policyDigest)
            .findFirst()
            .orElse("");
    VerificationSummary summary =
        new VerificationSummary(
            VERIFIER,
            Map.of("sallyport", Version.NUMBER),
            report.at(),
            "git+" + report.repository().name() + "@" + head,
            "sallyport:" + report.policyName(),
            policyDigest.substring(policyDigest.indexOf(':') + 1),
            passed,
            List.of());
    byte[] statement = summary.about(subjects).toJson();
    OutFile.write(out, Envelope.sign(Envelope.IN_TOTO, statement, key).toJson());
  }
}
