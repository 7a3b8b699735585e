package dev.sallyport.cli;

import dev.sallyport.attest.CommitVerdict;
import dev.sallyport.attest.CommitVerdict.Outcome;
import dev.sallyport.scan.Finding;
import dev.sallyport.scan.NotChecked;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/// The report as one page that needs nothing else: no script, no font, no image from anywhere.
final class ReportHtml {
  private static final String STYLE =
      """
      :root{color-scheme:light dark;--ink:#16202b;--dim:#5b6875;--line:#dbe1e7;--paper:#fff;--soft:#f5f7f9;--good:#0b7a4b;--bad:#b3261e;--warn:#8a5a00}
      @media (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--dim:#9aa7b4;--line:#2c3640;--paper:#12181e;--soft:#1a222a;--good:#4cc38a;--bad:#ff8a80;--warn:#e6b450}}
      *{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
      main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.4rem;margin:0 0 .25rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:2rem 0 .5rem}
      .dim{color:var(--dim);font-size:.9rem;overflow-wrap:anywhere}.verdict{display:inline-block;font-weight:700;padding:.35rem .9rem;border-radius:.4rem;border:2px solid currentColor;margin:1rem 0}
      .allow,.good{color:var(--good)}.deny,.bad{color:var(--bad)}.could-not-tell,.warn{color:var(--warn)}
      ul{list-style:none;margin:0;padding:0}li{padding:.6rem .75rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}li:nth-child(odd){background:var(--soft)}
      code{font:.9em ui-monospace,monospace}b.tag{display:inline-block;min-width:9rem;margin-right:.5rem}
      """;

  private final StringBuilder out = new StringBuilder(8_192);
  private final VerifyReport report;

  private ReportHtml(VerifyReport report) {
    this.report = report;
  }

  static String render(VerifyReport report) {
    return new ReportHtml(report).page();
  }

  private String page() {
    String name = escape(report.repository().name());
    out.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
        .append(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">")
        .append("<title>")
        .append(report.verdict())
        .append(": ")
        .append(name)
        .append("</title><style>\n")
        .append(STYLE)
        .append("</style></head><body><main>\n<h1>")
        .append(name)
        .append("</h1>\n<p class=\"dim\">")
        .append(
            escape(
                report.repository().range()
                    + ", "
                    + report.commits().size()
                    + (report.commits().size() == 1 ? " commit" : " commits")
                    + "; trust from "
                    + report.trust().from()
                    + "; "
                    + report.policyNote()
                    + "; judged at "
                    + report.at()))
        .append("</p>\n<p class=\"verdict ")
        .append(report.verdict())
        .append("\" role=\"status\">")
        .append(report.verdict().replace('-', ' ').toUpperCase(Locale.ROOT))
        .append("</p>\n");
    rulings();
    section("Checked");
    for (VerifyReport.Checked one : report.checked()) {
      Boolean good = one.good();
      item(good == null ? "warn" : good ? "good" : "bad", one.what(), one.result(), "");
    }
    end();
    commits();
    findings();
    gaps();
    out.append("</main></body></html>\n");
    return out.toString();
  }

  private void rulings() {
    section("Rulings");
    Set<String> advice = new LinkedHashSet<>();
    for (VerifyReport.Answer answer : report.rulings()) {
      StringBuilder by = new StringBuilder();
      answer
          .ruling()
          .policies()
          .forEach(policy -> by.append(by.isEmpty() ? "" : ", ").append(policy));
      item(
          answer.ruling().allowed() ? "good" : "bad",
          answer.action().word(),
          answer.ruling().outcome().word(),
          by.toString());
      advice.addAll(answer.ruling().advice());
    }
    end();
    if (!advice.isEmpty()) {
      section("What would satisfy it");
      advice.forEach(one -> out.append("<li>").append(escape(one)).append("</li>\n"));
      end();
    }
  }

  private void commits() {
    if (report.commits().stream().allMatch(verdict -> verdict.outcome() == Outcome.GOOD)) {
      return;
    }
    section("Commits that are not proved");
    for (CommitVerdict verdict : report.commits()) {
      if (verdict.outcome() != Outcome.GOOD) {
        item(
            "warn",
            verdict.outcome().wireName(),
            verdict.id().substring(0, 12) + "  " + report.subjects().getOrDefault(verdict.id(), ""),
            verdict.reason() + (verdict.signer() == null ? "" : ", " + verdict.signer()));
      }
    }
    end();
  }

  private void findings() {
    if (report.findings().isEmpty()) {
      return;
    }
    section("Findings");
    for (Finding finding : report.findings()) {
      item(
          "bad",
          finding.severity().name().toLowerCase(Locale.ROOT),
          finding.path() + ":" + finding.line() + "  " + finding.message(),
          finding.rule() + " → " + finding.fix());
    }
    end();
  }

  private void gaps() {
    if (report.notChecked().isEmpty()) {
      return;
    }
    section("Not checked");
    for (NotChecked gap : report.notChecked()) {
      item("warn", "–", gap.what(), gap.why());
    }
    end();
  }

  private void section(String title) {
    out.append("<h2>").append(title).append("</h2>\n<ul>\n");
  }

  private void end() {
    out.append("</ul>\n");
  }

  private void item(String kind, String tag, String text, String small) {
    out.append("<li><b class=\"tag ")
        .append(kind)
        .append("\">")
        .append(escape(tag))
        .append("</b> ");
    out.append(escape(text));
    if (!small.isEmpty()) {
      out.append("<br><span class=\"dim\">").append(escape(small)).append("</span>");
    }
    out.append("</li>\n");
  }

  private static String escape(String text) {
    return Terminal.safe(text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
