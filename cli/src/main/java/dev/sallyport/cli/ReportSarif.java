package dev.sallyport.cli;

import dev.sallyport.attest.CommitVerdict;
import dev.sallyport.attest.CommitVerdict.Outcome;
import dev.sallyport.scan.Finding;
import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Severity;
import dev.sallyport.scan.Suppressed;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The report as SARIF 2.1.0 (OASIS), for code scanning of forges.
final class ReportSarif {
  private ReportSarif() {}

  static String render(VerifyReport report) {
    ObjectNode root = Json.object();
    root.put("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    root.put("version", "2.1.0");
    ObjectNode run = root.putArray("runs").addObject();
    ObjectNode driver = run.putObject("tool").putObject("driver");
    driver.put("name", "sallyport");
    driver.put("version", Version.NUMBER);
    driver.put("informationUri", "https://sallyport.dev");
    ArrayNode rules = driver.putArray("rules");
    ArrayNode results = run.putArray("results");
    Map<String, Integer> ruleIndex = new LinkedHashMap<>();
    for (Finding finding : report.findings()) {
      result(finding, results, rules, ruleIndex);
    }
    for (Suppressed one : report.suppressed()) {
      ObjectNode result = result(one.finding(), results, rules, ruleIndex);
      ObjectNode suppression = result.putArray("suppressions").addObject();
      suppression.put("kind", "external");
      suppression.put("justification", one.reason());
    }
    for (CommitVerdict verdict : report.commits()) {
      if (verdict.outcome() != Outcome.GOOD) {
        commit(verdict, results, rules, ruleIndex);
      }
    }
    ObjectNode invocation = run.putArray("invocations").addObject();
    invocation.put("executionSuccessful", !report.verdict().equals("could-not-tell"));
    invocation.put("exitCode", report.exitCode());
    ArrayNode notes = invocation.putArray("toolExecutionNotifications");
    for (NotChecked gap : report.notChecked()) {
      ObjectNode note = notes.addObject();
      note.put("level", "warning");
      note.putObject("message").put("text", "not checked: " + gap.what() + ": " + gap.why());
    }
    run.put("columnKind", "utf16CodeUnits");
    return Json.pretty(root) + "\n";
  }

  private static ObjectNode result(
      Finding finding, ArrayNode results, ArrayNode rules, Map<String, Integer> index) {
    ObjectNode result = results.addObject();
    result.put("ruleId", finding.rule());
    result.put("ruleIndex", rule(finding.rule(), finding.fix(), rules, index));
    result.put("level", level(finding.severity()));
    result.putObject("message").put("text", finding.message() + ". " + finding.fix());
    ObjectNode physical = result.putArray("locations").addObject().putObject("physicalLocation");
    physical.putObject("artifactLocation").put("uri", uri(finding.path()));
    if (finding.line() > 0) {
      physical.putObject("region").put("startLine", finding.line());
    }
    result.putObject("partialFingerprints").put("sallyport/v1", finding.fingerprint());
    return result;
  }

  private static void commit(
      CommitVerdict verdict, ArrayNode results, ArrayNode rules, Map<String, Integer> index) {
    String rule = "commit/" + verdict.outcome().wireName();
    ObjectNode result = results.addObject();
    result.put("ruleId", rule);
    result.put("ruleIndex", rule(rule, "sign the commit with a declared key", rules, index));
    result.put("level", verdict.outcome() == Outcome.WEB_FLOW ? "note" : "warning");
    result
        .putObject("message")
        .put(
            "text",
            "commit "
                + verdict.id()
                + " is "
                + verdict.outcome().wireName()
                + ": "
                + verdict.reason());
    result.putObject("partialFingerprints").put("sallyport/v1", verdict.id());
  }

  private static int rule(String id, String help, ArrayNode rules, Map<String, Integer> index) {
    return index.computeIfAbsent(
        id,
        name -> {
          ObjectNode rule = rules.addObject();
          rule.put("id", name);
          rule.putObject("shortDescription").put("text", name);
          rule.putObject("help").put("text", help);
          return rules.size() - 1;
        });
  }

  private static String level(Severity severity) {
    return switch (severity) {
      case CRITICAL, HIGH -> "error";
      case MEDIUM -> "warning";
      case LOW -> "note";
    };
  }

  /// A path as a relative URI reference (RFC 3986): what is not unreserved is percent-encoded.
  private static String uri(String path) {
    StringBuilder uri = new StringBuilder();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "/-._~".indexOf(c) >= 0;
      if (plain) {
        uri.append(c);
      } else {
        uri.append('%').append(String.format("%02X", b & 0xff));
      }
    }
    return uri.toString();
  }
}
