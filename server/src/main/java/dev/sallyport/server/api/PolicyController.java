package dev.sallyport.server.api;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.PolicyDiff;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Source;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Hits;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.decisions.Replay;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.policies.Policies;
import dev.sallyport.server.policies.PolicyVersion;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// The policy in force and its versions: seen, compared, published, rolled back.
///
/// Publishing is the action `administer` on `PolicySet::"in-force"`, so that the policy in force
/// says who may replace it. What it would change is shown before, by the same request with
/// `dryRun`.
@RestController
final class PolicyController {
  private static final int MAX_BYTES = 2 * Policies.MAX_BYTES;
  private static final int MAX_BYTES_ROLLBACK = 8 * 1024;
  private static final int MOST_VERSIONS = 200;

  /// The newest decisions that a candidate is tried on before it is published.
  private static final int REPLAYED = 1000;

  /// The flips that are shown; all are counted.
  private static final int MOST_FLIPS = 50;

  private final Policies policies;
  private final Replay replay;
  private final Hits hits;
  private final Decide decide;
  private final Clock clock;

  PolicyController(Policies policies, Replay replay, Hits hits, Decide decide, Clock clock) {
    this.policies = policies;
    this.replay = replay;
    this.clock = clock;
    this.hits = hits;
    this.decide = decide;
  }

  @GetMapping("/v1/policies")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> versions(Caller caller) {
    requirePerson(caller);
    var answer = new LinkedHashMap<String, Object>();
    answer.put("inForce", members(policies.version()));
    answer.put(
        "versions",
        policies.versions(MOST_VERSIONS).stream().map(PolicyController::members).toList());
    return json(HttpStatus.OK, answer);
  }

  @GetMapping("/v1/policies/version")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> version(Caller caller, @RequestParam("number") String number) {
    requirePerson(caller);
    PolicyVersion version = version(number);
    PolicySnapshot snapshot = policies.snapshot(version);
    Map<String, Object> answer = members(version);
    answer.put(
        "sources",
        snapshot.sources().stream()
            .map(source -> Map.of("name", source.name(), "text", source.text()))
            .toList());
    answer.put("policies", snapshot.policies().stream().map(PolicyController::members).toList());
    return json(HttpStatus.OK, answer);
  }

  @GetMapping("/v1/policies/diff")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> diff(
      Caller caller, @RequestParam("from") String from, @RequestParam("to") String to) {
    requirePerson(caller);
    PolicyVersion before = version(from);
    PolicyVersion after = version(to);
    var answer = new LinkedHashMap<String, Object>();
    answer.put("from", before.number());
    answer.put("to", after.number());
    answer.put("changes", changes(policies.snapshot(before), policies.snapshot(after)));
    return json(HttpStatus.OK, answer);
  }

  @GetMapping("/v1/policies/hits")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> hits(Caller caller) {
    requirePerson(caller);
    PolicySnapshot current = policies.current();
    Hits.Seen seen = hits.of(current);
    var answer = new LinkedHashMap<String, Object>();
    answer.put("inForce", members(policies.version()));
    answer.put("readTo", seen.readTo());
    answer.put("treeSize", seen.treeSize());
    answer.put("policies", seen.policies().stream().map(hit -> members(hit, current)).toList());
    return json(HttpStatus.OK, answer);
  }

  @PostMapping("/v1/policies")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> publish(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("sources", "reason", "expect", "dryRun");
    var wish = new Wish(body.text("reason"), body.number("expect", 0), body.truth("dryRun", false));
    PolicySnapshot candidate = candidate(body);
    return publish(
        caller,
        wish,
        candidate,
        warrant ->
            policies.publish(
                warrant.allow(),
                caller.actor(),
                candidate,
                wish.expected(),
                wish.reason(),
                warrant.recorded().index()));
  }

  @PostMapping("/v1/policies/rollback")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> rollBack(Caller caller, HttpServletRequest request) {
    JsonBody body =
        JsonBody.of(request, MAX_BYTES_ROLLBACK).only("to", "reason", "expect", "dryRun");
    var wish = new Wish(body.text("reason"), body.number("expect", 0), body.truth("dryRun", false));
    PolicyVersion to = version(Long.toString(body.number("to", 0)));
    return publish(
        caller,
        wish,
        policies.snapshot(to),
        warrant ->
            policies.rollBack(
                warrant.allow(),
                caller.actor(),
                to.number(),
                wish.expected(),
                wish.reason(),
                warrant.recorded().index()));
  }

  /// What somebody wants, besides the policy.
  ///
  /// @param expected the version that he looked at
  private record Wish(String reason, long expected, boolean dryRun) {}

  private interface Act {
    PolicyVersion with(Warrant warrant);
  }

  private ResponseEntity<byte[]> publish(
      Caller caller, Wish wish, PolicySnapshot candidate, Act act) {
    PolicyVersion before = policies.version();
    var answer = new LinkedHashMap<String, Object>();
    answer.put("inForce", members(before));
    answer.put("digest", candidate.digest());
    answer.put("changes", changes(policies.snapshot(before), candidate));
    Replay.Report played =
        replay.play(candidate.at(clock.instant()), Replay.Bounds.newest(REPLAYED));
    if (wish.dryRun()) {
      // What is shown speaks of rulings on others.
      var _ =
          warrant(
              caller, Action.EXPLAIN, new EntityRef("Record", "ledger"), wish, candidate, played);
    }
    answer.put("replay", members(played));
    try {
      if (wish.dryRun()) {
        return json(HttpStatus.OK, answer);
      }
      PolicyVersion published =
          act.with(warrant(caller, Action.ADMINISTER, Policies.IN_FORCE, wish, candidate, played));
      answer.put("version", members(published));
      return json(HttpStatus.CREATED, answer);
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  /// The entry of the ruling names the candidate by its digest. What the candidate opens is a fact
  /// only where every decision that was read could be put to it.
  private Warrant warrant(
      Caller caller,
      Action action,
      EntityRef resource,
      Wish wish,
      PolicySnapshot candidate,
      Replay.Report played) {
    var asked = asked(action, resource, wish);
    var known =
        new Known(
            List.of(new EntityRef("PolicySet", candidate.digest())),
            List.of(),
            sheet -> {
              if (action == Action.ADMINISTER && played.notReplayable() == 0) {
                sheet.replay(played.opened());
              }
            });
    return switch (decide.enforce(caller, asked, known, null)) {
      case Enforced.Allowed allowed -> allowed.warrant();
      case Enforced.Denied denied -> throw new DeniedException(denied);
    };
  }

  private static Asked asked(Action action, EntityRef resource, Wish wish) {
    try {
      return new Asked(action, resource, Map.of("reason", wish.reason()));
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, Object> members(Replay.Report played) {
    Map<String, Object> members = ReplayController.numbers(played);
    members.put(
        "flips", played.flips().stream().limit(MOST_FLIPS).map(ReplayController::members).toList());
    return members;
  }

  private static PolicySnapshot candidate(JsonBody body) {
    var sources = new ArrayList<Source>();
    for (JsonBody source : body.objects("sources")) {
      var named = source.only("name", "text");
      sources.add(new Source(named.text("name"), named.text("text")));
    }
    try {
      return Policies.checked(sources);
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private PolicyVersion version(String number) {
    if (!number.matches("[1-9][0-9]{0,17}")) {
      throw ProblemException.badRequest("a version is a whole number from 1");
    }
    return policies
        .version(Long.parseLong(number))
        .orElseThrow(
            () -> new ProblemException(HttpStatus.NOT_FOUND, "not-found", "no version " + number));
  }

  private static void requirePerson(Caller caller) {
    if (!(caller instanceof Caller.Person)) {
      throw new ProblemException(HttpStatus.FORBIDDEN, "forbidden", "only a person may look");
    }
  }

  private static List<Map<String, Object>> changes(PolicySnapshot before, PolicySnapshot after) {
    return PolicyDiff.between(before, after).stream()
        .map(change -> {
          var members = new LinkedHashMap<String, Object>();
          members.put("id", change.id());
          members.put("change", change.kind().word());
          members.put("effect", change.forbids() ? "forbid" : "permit");
          members.put("lines", change.lines());
          return (Map<String, Object>) members;
        })
        .toList();
  }

  private static Map<String, Object> members(PolicyVersion version) {
    var members = new LinkedHashMap<String, Object>();
    members.put("number", version.number());
    members.put("digest", version.digest().text());
    members.put("origin", version.origin());
    members.put("by", version.by());
    members.put("reason", version.reason());
    members.put("since", version.since().toString());
    members.put("entry", version.entry());
    return members;
  }

  private static Map<String, Object> members(PolicyRef policy) {
    var members = new LinkedHashMap<String, Object>();
    members.put("id", policy.id());
    members.put("effect", policy.forbids() ? "forbid" : "permit");
    members.put("file", policy.file());
    members.put("line", policy.line());
    members.put("column", policy.column());
    members.put("controls", policy.controls());
    if (policy.advice() != null) {
      members.put("advice", policy.advice());
    }
    if (policy.shadow() != null) {
      members.put("shadow", policy.shadow().toString());
    }
    return members;
  }

  private static Map<String, Object> members(Hits.Hit hit, PolicySnapshot policy) {
    var members = new LinkedHashMap<String, Object>();
    members.put("id", hit.id());
    members.put("effect", hit.forbids() ? "forbid" : "permit");
    members.put("counts", policy.counts(hit.id()));
    members.put("allowed", hit.allowed());
    members.put("refused", hit.refused());
    members.put("unclear", hit.unclear());
    members.put("shadow", hit.shadow());
    members.put("before", hit.before());
    if (hit.last() != null) {
      members.put("last", hit.last().toString());
      members.put("lastEntry", hit.lastEntry());
    }
    return members;
  }

  private static ResponseEntity<byte[]> json(HttpStatus status, Object value) {
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_JSON)
        .body(ApiJson.bytes(value));
  }
}
