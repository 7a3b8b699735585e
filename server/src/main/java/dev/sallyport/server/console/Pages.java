package dev.sallyport.server.console;

import dev.sallyport.cedar.Explained;
import dev.sallyport.gate.Rehearsal;
import dev.sallyport.gate.Remedy;
import dev.sallyport.gate.Why;
import dev.sallyport.server.decisions.Decision;
import dev.sallyport.server.decisions.Recall;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.Entry;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.tlog.Hash;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Fills pages and renders them: functions that a test calls without a server.
final class Pages {
  private static final TemplateEngine ENGINE = TemplateEngine.createPrecompiled(ContentType.Html);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);
  private static final Set<String> GOOD =
      Set.of(
          "allowed",
          "minted",
          "signed-in",
          "begun",
          "in-force",
          "succeeded",
          "leased",
          "issued",
          "started",
          "redeemed",
          "live",
          "done",
          "finished",
          "enrolled",
          "shown");
  private static final Set<String> BAD =
      Set.of(
          "forbidden",
          "not-permitted",
          "could-not-evaluate",
          "refused",
          "failed",
          "undone",
          "found",
          "opened",
          "withdrawn",
          "held",
          "silent");
  private static final int SHORT_DIGEST = "sha256:".length() + 12;

  private static final Decision.Explanation NOTHING =
      new Decision.Explanation(
          List.of(), List.of(), List.of(), List.of(), Map.of(), Map.of(), Map.of(), List.of(),
          false);

  private Pages() {}

  static String render(SignInPage page) {
    return render("signInPage.jte", page);
  }

  static String render(RulingsPage page) {
    return render("rulingsPage.jte", page);
  }

  static String render(RulingPage page) {
    return render("rulingPage.jte", page);
  }

  static String render(RunsPage page) {
    return render("runsPage.jte", page);
  }

  static String render(RunPage page) {
    return render("runPage.jte", page);
  }

  static String render(IncidentsPage page) {
    return render("incidentsPage.jte", page);
  }

  static String render(IncidentPage page) {
    return render("incidentPage.jte", page);
  }

  static String render(ContainPage page) {
    return render("containPage.jte", page);
  }

  static String render(ReleasesPage page) {
    return render("releasesPage.jte", page);
  }

  static String render(ReleasePage page) {
    return render("releasePage.jte", page);
  }

  static String render(PoliciesPage page) {
    return render("policiesPage.jte", page);
  }

  static String render(PolicyVersionPage page) {
    return render("policyVersionPage.jte", page);
  }

  static String render(PasskeyPage page) {
    return render("passkeyPage.jte", page);
  }

  /// A time for people, in UTC.
  static String time(Instant instant) {
    return TIME.format(instant);
  }

  private static String render(String template, Object page) {
    var output = new StringOutput();
    ENGINE.render(template, page, output);
    return output.toString();
  }

  static RulingsPage.Row row(Ledger.Recorded recorded) {
    Entry entry = recorded.entry();
    return new RulingsPage.Row(
        recorded.index(),
        entry.time().toString(),
        TIME.format(entry.time()),
        entry.type().word(),
        entry.action(),
        entry.subject().stream().map(Pages::shortly).collect(Collectors.joining(", ")),
        entry.actor().id(),
        entry.outcome(),
        GOOD.contains(entry.outcome()) ? "good" : BAD.contains(entry.outcome()) ? "bad" : "plain");
  }

  private static String shortly(Subject subject) {
    String id = subject.id();
    String shorter = Digest.isDigest(id) ? id.substring(0, SHORT_DIGEST) + "…" : id;
    return subject.type() + " " + shorter;
  }

  static boolean isRuling(Ledger.Recorded recorded) {
    return switch (recorded.entry().type()) {
      case DECISION, EVIDENCE -> true;
      case GENESIS,
          TOKEN,
          SIGN_IN,
          POLICY,
          STEP,
          SECRET,
          TICKET,
          DEPLOYMENT,
          AGENT,
          HOLD,
          WAIVER,
          FINDING,
          INCIDENT,
          RESPONSE,
          EXPORT ->
          false;
    };
  }

  /// What each policy made of the question, by the policy that ruled; empty where its text is gone.
  static Optional<RulingPage.Clauses> clauses(Recall.Recalled recalled) {
    return recalled
        .policy()
        .map(policy -> {
          Why why = Rehearsal.why(recalled.asked(), policy);
          Remedy remedy = why.remedy();
          return new RulingPage.Clauses(
              why.policies().stream()
                  .filter(one -> one.explained().outcome() != Explained.Outcome.OUT_OF_SCOPE)
                  .map(Pages::clauses)
                  .toList(),
              remedy == null || recalled.stood()
                  ? List.of()
                  : remedy.possible()
                      ? remedy.changes().stream().map(Remedy.Change::sentence).toList()
                      : remedy.blocking(),
              remedy != null && remedy.possible());
        });
  }

  private static RulingPage.Judged clauses(Why.One one) {
    Explained explained = one.explained();
    return new RulingPage.Judged(
        one.policy().id(),
        one.policy().forbids() ? "forbid" : "permit",
        switch (explained.outcome()) {
          case HOLDS -> "holds";
          case FAILS, OUT_OF_SCOPE -> "does not hold";
          case ERRS -> "errs: " + explained.error();
        },
        explained.clauses().stream()
            .map(clause ->
                new RulingPage.Clause(
                    clause.text(),
                    switch (clause.came()) {
                      case TRUE -> "true";
                      case FALSE -> "false";
                      case ERRED -> "erred";
                      case NOT_REACHED -> "not reached";
                    },
                    clause.seen().stream()
                        .map(seen ->
                            seen.path()
                                + (seen.value() == null ? " is not there" : " is " + seen.value()))
                        .toList()))
            .toList());
  }

  static RulingPage ruling(
      Decision decision, RulingPage.Clauses clauses, long treeSize, String formToken) {
    Ledger.Recorded recorded = decision.recorded();
    Entry entry = recorded.entry();
    Decision.Explanation kept = decision.explanation();
    Decision.Explanation why = kept == null || !isRuling(recorded) ? NOTHING : kept;
    return new RulingPage(
        row(recorded),
        isRuling(recorded),
        kept == null,
        entry.subject().stream().map(one -> one.type() + " " + one.id()).toList(),
        why.reasons(),
        why.advice(),
        why.missing(),
        why.policies().stream().map(Pages::policy).toList(),
        why.shadow().stream().map(Pages::shadow).toList(),
        clauses,
        pairs(why.facts()),
        pairs(why.claimed()),
        pairs(why.caller()),
        entry.evidence().stream().map(Digest::text).toList(),
        entry.policy() == null ? "" : entry.policy().text(),
        recorded.leafHash().base64(),
        decision.proof().path().stream().map(Hash::base64).toList(),
        decision.proof().head().note(),
        new String(entry.bytes(), StandardCharsets.UTF_8),
        recorded.index() > 0,
        recorded.index() + 1 < treeSize,
        formToken);
  }

  private static String shadow(Map<String, Object> tried) {
    Object would = tried.get("would");
    return "`%s` would have %s%s"
        .formatted(
            tried.get("id"),
            "forbid".equals(would) ? "refused" : "permit".equals(would) ? "let through" : "erred",
            Boolean.TRUE.equals(tried.get("changes")) ? ", and the ruling been another" : "");
  }

  private static RulingPage.Policy policy(Map<String, Object> policy) {
    Object controls = policy.get("controls");
    return new RulingPage.Policy(
        String.valueOf(policy.get("id")),
        String.valueOf(policy.get("effect")),
        policy.get("file") + ":" + policy.get("line"),
        controls instanceof List<?> list
            ? list.stream().map(String::valueOf).collect(Collectors.joining(", "))
            : "");
  }

  /// Groups become `group.member`, lists one line.
  private static List<RulingPage.Pair> pairs(Map<String, Object> members) {
    var pairs = new ArrayList<RulingPage.Pair>();
    members.forEach((name, value) -> add(pairs, name, value));
    return pairs;
  }

  private static void add(List<RulingPage.Pair> pairs, String name, Object value) {
    switch (value) {
      case Map<?, ?> group -> group.forEach((member, one) -> add(pairs, name + "." + member, one));
      case List<?> list ->
          pairs.add(
              new RulingPage.Pair(
                  name,
                  list.isEmpty()
                      ? "none"
                      : list.stream().map(String::valueOf).collect(Collectors.joining(", "))));
      default -> pairs.add(new RulingPage.Pair(name, String.valueOf(value)));
    }
  }
}
