package dev.sallyport.server.api;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Source;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.decisions.Recall;
import dev.sallyport.server.decisions.Replay;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.policies.Policies;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// A candidate policy tried on recorded decisions. What it shows speaks of rulings on others: it is
/// the action `explain`.
@RestController
final class ReplayController {
  private static final int MAX_BYTES = 8 << 20;

  /// What one request reads; whoever wants more goes on at `next`.
  private static final int PIECE = 1000;

  private final Replay replay;
  private final Recall recall;
  private final Ledger ledger;
  private final Decide decide;
  private final Clock clock;

  ReplayController(Replay replay, Recall recall, Ledger ledger, Decide decide, Clock clock) {
    this.replay = replay;
    this.recall = recall;
    this.ledger = ledger;
    this.decide = decide;
    this.clock = clock;
  }

  @PostMapping("/v1/policies/replay")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> replay(Caller caller, HttpServletRequest request) {
    if (!(caller instanceof Caller.Person)) {
      throw new ProblemException(HttpStatus.FORBIDDEN, "forbidden", "only a person may look");
    }
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("sources", "last", "before", "since");
    Long before = body.members().containsKey("before") ? body.number("before", 0) : null;
    Replay.Bounds bounds;
    PolicySnapshot candidate;
    try {
      int last = (int) Math.min(body.number("last", PIECE), PIECE);
      bounds = new Replay.Bounds(before, last, since(body.textOrNull("since")));
      candidate =
          Policies.checked(
                  body.objects("sources").stream()
                      .map(one -> one.only("name", "text"))
                      .map(one -> new Source(one.text("name"), one.text("text")))
                      .toList())
              .at(clock.instant());
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
    requireExplain(caller, "replay of " + candidate.digest());
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .body(ApiJson.bytes(members(replay.play(candidate, bounds))));
  }

  /// What was asked in the decision of an entry, and the policy that ruled: enough to ask why.
  @GetMapping("/v1/decisions/case")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> recalled(
      Caller caller, @RequestParam(name = "entry", defaultValue = "") String index) {
    if (!(caller instanceof Caller.Person)) {
      throw new ProblemException(HttpStatus.FORBIDDEN, "forbidden", "only a person may look");
    }
    if (!index.matches("0|[1-9][0-9]{0,17}")) {
      throw ProblemException.badRequest("`entry` is the number of an entry");
    }
    requireExplain(caller, "why of entry " + index);
    Recall.Recalled found =
        ledger
            .entry(Long.parseLong(index))
            .flatMap(recall::of)
            .orElseThrow(() ->
                new ProblemException(
                    HttpStatus.NOT_FOUND,
                    "not-found",
                    "entry " + index + " is no decision of which enough was kept"));
    var answer = new LinkedHashMap<String, Object>();
    answer.put("entry", found.recorded().index());
    answer.put("time", found.recorded().entry().time().toString());
    answer.put("outcome", found.recorded().entry().outcome());
    answer.put("besidePolicy", found.stood());
    answer.put("case", found.asked().asMap());
    found
        .policy()
        .ifPresent(policy ->
            answer.put(
                "policy",
                Map.of(
                    "name",
                    policy.name(),
                    "digest",
                    policy.digest(),
                    "sources",
                    policy.sources().stream()
                        .map(source -> Map.of("name", source.name(), "text", source.text()))
                        .toList())));
    return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(ApiJson.bytes(answer));
  }

  /// However many pieces one client asks for: one reason is one entry.
  private void requireExplain(Caller caller, String reason) {
    var asked =
        new Asked(Action.EXPLAIN, new EntityRef("Record", "ledger"), Map.of("reason", reason));
    switch (decide.enforce(caller, asked, Known.NOTHING, reason)) {
      case Enforced.Allowed _ -> {}
      case Enforced.Denied denied -> throw new DeniedException(denied);
    }
  }

  private static @Nullable Instant since(@Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw ProblemException.badRequest("`since` is a time as 2026-11-25T12:00:00Z");
    }
  }

  private static Map<String, Object> members(Replay.Report report) {
    Map<String, Object> members = numbers(report);
    members.put("flips", report.flips().stream().map(ReplayController::members).toList());
    if (report.next() != null) {
      members.put("next", report.next());
    }
    return members;
  }

  /// How many of what came of it.
  static Map<String, Object> numbers(Replay.Report report) {
    var members = new LinkedHashMap<String, Object>();
    members.put("candidate", report.candidate());
    members.put("decisions", report.decisions());
    members.put("notReplayable", report.notReplayable());
    members.put("waived", report.waived());
    members.put("opened", report.opened());
    members.put("closed", report.closed());
    members.put("opens", new TreeMap<>(report.opens()));
    members.put("closes", new TreeMap<>(report.closes()));
    return members;
  }

  static Map<String, Object> members(Replay.Flip flip) {
    var members = new LinkedHashMap<String, Object>();
    members.put("entry", flip.index());
    members.put("time", flip.time().toString());
    if (flip.run() != null) {
      members.put("run", flip.run());
    }
    members.put("change", flip.opened() ? "DENY->ALLOW" : "ALLOW->DENY");
    members.put("was", flip.was());
    members.put("outcome", flip.verdict().outcome().word());
    members.put("policies", flip.verdict().policies());
    members.put("causes", flip.causes());
    members.put("reasons", flip.verdict().reasons());
    members.put("advice", flip.verdict().advice());
    members.put("missing", flip.verdict().missing());
    members.put("case", flip.asked().asMap());
    return members;
  }
}
