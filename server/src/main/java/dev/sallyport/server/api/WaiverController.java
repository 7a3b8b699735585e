package dev.sallyport.server.api;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Waiver;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.decisions.Refusals;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.standing.GivenWaiver;
import dev.sallyport.server.standing.Thing;
import dev.sallyport.server.standing.Waivers;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/// Waivers of refusals: given, seen, ended. Giving is the action `waive` on the refusal; ending
/// closes something again, and is the action `contain` on whom it was given to.
@RestController
final class WaiverController {
  private static final int MAX_BYTES = 8 * 1024;
  private static final long HOUR = Duration.ofHours(1).toSeconds();
  private static final Set<String> CONTAINED = Set.of("Repository", "Person", "Machine");

  private final Decide decide;
  private final Refusals refusals;
  private final Waivers waivers;
  private final Clock clock;

  WaiverController(Decide decide, Refusals refusals, Waivers waivers, Clock clock) {
    this.decide = decide;
    this.refusals = refusals;
    this.waivers = waivers;
    this.clock = clock;
  }

  @PostMapping("/v1/waivers")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> give(Caller caller, HttpServletRequest request) {
    requirePerson(caller);
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("entry", "reason", "seconds");
    String reason = body.text("reason");
    Duration lifetime = Duration.ofSeconds(body.number("seconds", HOUR));
    if (!body.members().containsKey("entry")) {
      throw ProblemException.badRequest("wanted a whole number `entry`");
    }
    return switch (refusals.at(body.number("entry", 0))) {
      case Refusals.Found.None(String why) ->
          throw new ProblemException(HttpStatus.UNPROCESSABLE_CONTENT, "not-waivable", why);
      case Refusals.Found.Refusal refusal -> give(caller, refusal, reason, lifetime);
    };
  }

  private ResponseEntity<byte[]> give(
      Caller caller, Refusals.Found.Refusal refusal, String reason, Duration lifetime) {
    Warrant warrant =
        warrant(
            caller,
            Action.WAIVE,
            refusal.record(),
            Map.of("reason", reason, "seconds", lifetime.toSeconds()),
            refusal.known());
    try {
      GivenWaiver given =
          waivers.give(
              warrant.allow(),
              caller.actor(),
              new Waivers.Draft(
                  refusal.index(), refusal.scope(), refusal.policies(), refusal.permits(), reason),
              lifetime,
              "ruling " + warrant.recorded().index());
      return json(HttpStatus.CREATED, members(given, clock.instant()));
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  @GetMapping("/v1/waivers")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> waivers(Caller caller) {
    requirePerson(caller);
    Instant now = clock.instant();
    return json(
        HttpStatus.OK,
        Map.of("waivers", waivers.newest().stream().map(one -> members(one, now)).toList()));
  }

  @PostMapping("/v1/waivers/end")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> end(Caller caller, HttpServletRequest request) {
    requirePerson(caller);
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("id", "reason");
    String id = body.text("id");
    String reason = body.text("reason");
    GivenWaiver given = waivers.find(id).orElseThrow(() -> noWaiver(id));
    Waiver.Scope scope = given.waiver().scope();
    EntityRef on = CONTAINED.contains(scope.who().type()) ? scope.who() : scope.resource();
    Warrant warrant = warrant(caller, Action.CONTAIN, on, Map.of("reason", reason), Known.NOTHING);
    return json(
        HttpStatus.OK,
        members(
            waivers
                .end(warrant.allow(), caller.actor(), id, reason)
                .orElseThrow(() -> noWaiver(id)),
            clock.instant()));
  }

  private static ProblemException noWaiver(String id) {
    return new ProblemException(HttpStatus.NOT_FOUND, "not-found", "no waiver `" + id + "`");
  }

  private static void requirePerson(Caller caller) {
    if (!(caller instanceof Caller.Person)) {
      throw new ProblemException(HttpStatus.FORBIDDEN, "forbidden", "only a person may");
    }
  }

  private Warrant warrant(
      Caller caller, Action action, EntityRef on, Map<String, Object> claimed, Known known) {
    try {
      return switch (decide.enforce(caller, new Asked(action, on, claimed), known, null)) {
        case Enforced.Allowed allowed -> allowed.warrant();
        case Enforced.Denied denied -> throw new DeniedException(denied);
      };
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, Object> members(GivenWaiver given, Instant now) {
    Waiver waiver = given.waiver();
    Waiver.Scope scope = waiver.scope();
    var members = new LinkedHashMap<String, Object>();
    members.put("id", waiver.id());
    members.put("state", given.isLive(now) ? "live" : given.ended() == null ? "over" : "ended");
    members.put("entry", given.refusal());
    members.put("who", Thing.word(scope.who()));
    members.put("run", new TreeMap<>(scope.run()));
    members.put("action", scope.action().word());
    members.put("resource", Thing.word(scope.resource()));
    members.put("claimed", new TreeMap<>(scope.claimed()));
    members.put("policies", waiver.policies().keySet().stream().sorted().toList());
    members.put("permits", waiver.permits());
    members.put("reason", waiver.reason());
    members.put("by", given.by());
    members.put("since", given.since().toString());
    members.put("until", given.until().toString());
    members.put("uses", given.uses());
    if (given.ended() != null) {
      members.put("ended", given.ended().toString());
    }
    if (given.lastUsed() != null) {
      members.put("lastUsed", given.lastUsed().toString());
    }
    return members;
  }

  private static ResponseEntity<byte[]> json(HttpStatus status, Object value) {
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_JSON)
        .body(ApiJson.bytes(value));
  }
}
