package dev.sallyport.cli;

import dev.sallyport.attest.CommitVerdict;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.scan.Finding;
import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Suppressed;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The report as JSON: the published contract of docs/reference/verify-report.schema.json.
final class ReportJson {
  private ReportJson() {}

  static String render(VerifyReport report) {
    return Json.pretty(tree(report)) + "\n";
  }

  static ObjectNode tree(VerifyReport report) {
    ObjectNode root = Json.object();
    root.put("version", 1);
    root.put("verdict", report.verdict());
    root.put("profile", report.policyName());
    root.put("at", report.at().toString());
    ObjectNode repository = root.putObject("repository");
    repository.put("name", report.repository().name());
    repository.put("base", report.repository().base());
    repository.put("head", report.repository().head());
    repository.put("range", report.repository().range());
    root.put("trust", report.trust().state());
    ObjectNode trust = root.putObject("trustSource");
    trust.put("from", report.trust().from());
    trust.put("declared", report.trust().declared());
    trust.put("policy", report.policyNote());
    root.set("facts", Json.MAPPER.valueToTree(report.facts().asMap()));
    ArrayNode commits = root.putArray("commits");
    for (CommitVerdict verdict : report.commits()) {
      CommitsCommand.write(verdict, commits.addObject());
    }
    ArrayNode findings = root.putArray("findings");
    report.findings().forEach(finding -> write(finding, findings.addObject()));
    ArrayNode suppressed = root.putArray("suppressed");
    for (Suppressed one : report.suppressed()) {
      ObjectNode node = suppressed.addObject();
      write(one.finding(), node);
      node.put("suppressedBecause", one.reason());
    }
    ArrayNode components = root.putArray("components");
    for (VerifyReport.Component component : report.components()) {
      ObjectNode node = components.addObject();
      node.put("purl", component.purl());
      node.put("name", component.name());
      node.put("version", component.version());
      node.put("path", component.path());
    }
    ArrayNode checked = root.putArray("checked");
    for (VerifyReport.Checked one : report.checked()) {
      ObjectNode node = checked.addObject();
      node.put("what", one.what());
      node.put("result", one.result());
      node.put("good", one.good());
    }
    ArrayNode notChecked = root.putArray("notChecked");
    for (NotChecked gap : report.notChecked()) {
      ObjectNode node = notChecked.addObject();
      node.put("what", gap.what());
      node.put("why", gap.why());
    }
    ruling(report, root);
    return root;
  }

  private static void write(Finding finding, ObjectNode node) {
    node.put("rule", finding.rule());
    node.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
    node.put("path", finding.path());
    node.put("line", finding.line());
    node.put("message", finding.message());
    node.put("fingerprint", finding.fingerprint());
    node.put("fix", finding.fix());
    node.put("commit", finding.commit());
    ArrayNode controls = node.putArray("controls");
    finding.controls().forEach(controls::add);
  }

  /// `ruling` is the whole answer; `rulings` has the one of each question.
  private static void ruling(VerifyReport report, ObjectNode root) {
    ObjectNode whole = root.putObject("ruling");
    boolean allowed =
        !report.rulings().isEmpty()
            && report.rulings().stream().allMatch(answer -> answer.ruling().allowed());
    whole.put("decision", allowed ? "allow" : "deny");
    ArrayNode policies = whole.putArray("policies");
    ArrayNode wouldSatisfy = whole.putArray("wouldSatisfy");
    Set<String> seenPolicies = new LinkedHashSet<>();
    Set<String> seenAdvice = new LinkedHashSet<>();
    for (VerifyReport.Answer answer : report.rulings()) {
      if (allowed || !answer.ruling().allowed()) {
        for (PolicyRef policy : answer.ruling().policies()) {
          if (seenPolicies.add(policy.id())) {
            write(policy, policies.addObject());
          }
        }
        seenAdvice.addAll(answer.ruling().advice());
      }
    }
    seenAdvice.forEach(wouldSatisfy::add);
    ArrayNode rulings = root.putArray("rulings");
    for (VerifyReport.Answer answer : report.rulings()) {
      ObjectNode node = rulings.addObject();
      node.put("action", answer.action().word());
      node.put("resource", answer.resource());
      node.put("decision", answer.ruling().allowed() ? "allow" : "deny");
      node.put("outcome", answer.ruling().outcome().word());
      ArrayNode decided = node.putArray("policies");
      answer.ruling().policies().forEach(policy -> write(policy, decided.addObject()));
      ArrayNode reasons = node.putArray("reasons");
      answer.ruling().reasons().forEach(reasons::add);
      ArrayNode advice = node.putArray("wouldSatisfy");
      answer.ruling().advice().forEach(advice::add);
      ArrayNode missing = node.putArray("missing");
      answer.ruling().missing().forEach(missing::add);
      node.put("policyDigest", answer.ruling().policyDigest());
    }
    if (!report.otherProfiles().isEmpty()) {
      ObjectNode others = root.putObject("otherProfiles");
      report
          .otherProfiles()
          .forEach((profile, allow) -> others.put(profile.word(), allow ? "allow" : "deny"));
    }
  }

  private static void write(PolicyRef policy, ObjectNode node) {
    node.put("id", policy.id());
    node.put("effect", policy.forbids() ? "forbid" : "permit");
    node.put("file", policy.file());
    node.put("line", policy.line());
    node.put("column", policy.column());
    ArrayNode controls = node.putArray("controls");
    policy.controls().forEach(controls::add);
  }
}
