package dev.sallyport.cli;

import dev.sallyport.attest.CommitVerdict;
import dev.sallyport.attest.CommitVerdict.Outcome;
import dev.sallyport.cli.Terminal.Style;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.scan.Finding;
import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Severity;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The report for a person at a terminal: what was proved, what was not, who decided, what would
/// satisfy.
final class ReportText {
  private static final int SOME = 12;

  private final VerifyReport report;
  private final boolean colours;
  private final int limit;
  private final StringBuilder out = new StringBuilder();

  ReportText(VerifyReport report, boolean colours, boolean everything) {
    this.report = report;
    this.colours = colours;
    this.limit = everything ? Integer.MAX_VALUE : SOME;
  }

  String render() {
    head();
    for (VerifyReport.Checked one : report.checked()) {
      checked(one);
    }
    commits();
    findings();
    notChecked();
    verdict();
    return out.toString();
  }

  private void line(String text) {
    out.append(text).append('\n');
  }

  private String styled(Style style, String text) {
    return style.on(text, colours);
  }

  private void head() {
    VerifyReport.Judged judged = report.repository();
    line(
        styled(Style.BOLD, Terminal.safe(judged.name()))
            + "  "
            + Terminal.safe(judged.range())
            + ", "
            + count(report.commits().size(), "commit"));
    line(
        styled(
            Style.DIM,
            "trust from "
                + Terminal.safe(report.trust().from())
                + " ("
                + count(report.trust().declared(), "signer")
                + "); "
                + report.policyNote()
                + "; judged at "
                + report.at()));
    line("");
  }

  private static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private void checked(VerifyReport.Checked one) {
    Boolean good = one.good();
    String mark =
        good == null
            ? styled(Style.YELLOW, "–")
            : good ? styled(Style.GREEN, "✓") : styled(Style.RED, "✗");
    line("  " + mark + " " + pad(one.what(), 14) + Terminal.safe(one.result()));
  }

  private static String pad(String text, int width) {
    String safe = Terminal.safe(text);
    return safe.length() >= width ? safe + "  " : safe + " ".repeat(width - safe.length());
  }

  private void commits() {
    List<CommitVerdict> bad =
        report.commits().stream()
            .filter(verdict -> limit > SOME || verdict.outcome() != Outcome.GOOD)
            .toList();
    if (bad.isEmpty()) {
      return;
    }
    line("");
    line(styled(Style.BOLD, "Commits that are not proved"));
    bad.stream()
        .limit(limit)
        .forEach(verdict -> {
          String outcome = verdict.outcome().wireName();
          Style style = verdict.outcome() == Outcome.GOOD ? Style.GREEN : Style.YELLOW;
          line(
              "  "
                  + verdict.id().substring(0, 10)
                  + "  "
                  + styled(style, pad(outcome, 15))
                  + Terminal.safe(report.subjects().getOrDefault(verdict.id(), ""))
                  + styled(
                      Style.DIM,
                      "  ("
                          + verdict.reason()
                          + (verdict.signer() == null ? "" : ", " + Terminal.safe(verdict.signer()))
                          + ")"));
        });
    more(bad.size());
  }

  private void findings() {
    if (report.findings().isEmpty()) {
      return;
    }
    line("");
    line(styled(Style.BOLD, "Findings"));
    report.findings().stream()
        .limit(limit)
        .forEach(finding -> {
          line(
              "  "
                  + severity(finding)
                  + Terminal.safe(finding.path())
                  + (finding.line() > 0 ? ":" + finding.line() : "")
                  + "  "
                  + Terminal.safe(finding.message())
                  + styled(Style.DIM, "  " + finding.rule() + inCommit(finding)));
          line("  " + " ".repeat(10) + styled(Style.DIM, "→ " + Terminal.safe(finding.fix())));
        });
    more(report.findings().size());
  }

  private static String inCommit(Finding finding) {
    String commit = finding.commit();
    return commit == null ? "" : " in " + commit.substring(0, Math.min(10, commit.length()));
  }

  private String severity(Finding finding) {
    String word = pad(finding.severity().name().toLowerCase(Locale.ROOT), 10);
    return finding.severity().compareTo(Severity.HIGH) >= 0
        ? styled(Style.RED, word)
        : styled(Style.YELLOW, word);
  }

  private void notChecked() {
    if (report.notChecked().isEmpty()) {
      return;
    }
    line("");
    line(styled(Style.BOLD, "Not checked"));
    for (NotChecked gap : report.notChecked().stream().limit(limit).toList()) {
      line("  – " + Terminal.safe(gap.what()) + ": " + Terminal.safe(gap.why()));
    }
    more(report.notChecked().size());
  }

  private void more(int size) {
    if (size > limit) {
      line(styled(Style.DIM, "  … and " + (size - limit) + " more (--verbose, --format json)"));
    }
  }

  private void verdict() {
    line("");
    for (VerifyReport.Answer answer : report.rulings()) {
      if (!answer.ruling().allowed()) {
        line(
            styled(Style.RED, "✗ ")
                + styled(Style.BOLD, answer.action().word())
                + " "
                + answer.ruling().outcome().word()
                + by(answer.ruling().policies()));
      } else {
        line(
            styled(Style.GREEN, "✓ ")
                + styled(Style.BOLD, answer.action().word())
                + " allowed"
                + by(answer.ruling().policies()));
      }
    }
    Set<String> advice = new LinkedHashSet<>();
    report.rulings().forEach(answer -> advice.addAll(answer.ruling().advice()));
    if (!advice.isEmpty()) {
      line("  what would satisfy it:");
      advice.forEach(one -> line("    - " + Terminal.safe(one)));
    }
    report
        .otherProfiles()
        .forEach((profile, allowed) ->
            line(
                styled(
                    Style.DIM,
                    "  " + profile.word() + " would have " + (allowed ? "allowed" : "refused"))));
    line("");
    switch (report.verdict()) {
      case "allow" -> line(styled(Style.GREEN, "ALLOW"));
      case "deny" -> line(styled(Style.RED, "DENY"));
      default -> couldNotTell();
    }
  }

  private void couldNotTell() {
    line(styled(Style.YELLOW, "COULD NOT TELL"));
    String mend = report.repository().mend();
    if (mend != null) {
      line("  the history could not be read, so that nothing is proved of it; " + mend);
    } else if (report.rulings().isEmpty()) {
      line("  there is nothing to judge: the repository has no commit yet");
    } else {
      line(
          "  trust: unanchored. The range has no base to read signers and policy from, and a change");
      line(
          "  must not vouch for itself. Name a base (--range main..HEAD), or look first with --trust-here.");
    }
  }

  private String by(List<PolicyRef> policies) {
    StringBuilder text = new StringBuilder();
    for (PolicyRef policy : policies.stream().limit(6).toList()) {
      text.append(text.isEmpty() ? " by " : ", ").append(Terminal.safe(policy.toString()));
    }
    if (policies.size() > 6) {
      text.append(" and ").append(policies.size() - 6).append(" more");
    }
    return styled(Style.DIM, text.toString());
  }
}
