package dev.sallyport.server.api;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.standing.HeldThing;
import dev.sallyport.server.standing.Standing;
import dev.sallyport.server.standing.Thing;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/// Holds: set, seen, lifted. Each is the action `contain` on the thing.
@RestController
final class HoldController {
  private static final int MAX_BYTES = 8 * 1024;
  private static final long DAY = Duration.ofDays(1).toSeconds();

  private final Decide decide;
  private final Standing standing;

  HoldController(Decide decide, Standing standing) {
    this.decide = decide;
    this.standing = standing;
  }

  @PostMapping("/v1/holds")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> hold(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("on", "reason", "seconds");
    EntityRef on = thing(body.text("on"));
    String reason = body.text("reason");
    Duration lifetime = Duration.ofSeconds(body.number("seconds", DAY));
    Warrant warrant = warrant(caller, on, reason);
    try {
      HeldThing held =
          standing.hold(
              warrant.allow(),
              caller.actor(),
              on,
              reason,
              lifetime,
              "ruling " + warrant.recorded().index());
      return json(HttpStatus.CREATED, members(held));
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  @GetMapping("/v1/holds")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> holds(Caller caller) {
    if (!(caller instanceof Caller.Person)) {
      throw new ProblemException(HttpStatus.FORBIDDEN, "forbidden", "only a person may look");
    }
    return json(
        HttpStatus.OK,
        Map.of("holds", standing.view().all().stream().map(HoldController::members).toList()));
  }

  @PostMapping("/v1/holds/lift")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> lift(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("id", "reason");
    String id = body.text("id");
    String reason = body.text("reason");
    HeldThing held =
        standing.view().all().stream()
            .filter(one -> one.id().equals(id))
            .findFirst()
            .orElseThrow(() ->
                new ProblemException(HttpStatus.NOT_FOUND, "not-found", "no hold `" + id + "`"));
    Warrant warrant = warrant(caller, held.on(), reason);
    standing.lift(warrant.allow(), caller.actor(), id, reason);
    return json(HttpStatus.OK, members(held));
  }

  private Warrant warrant(Caller caller, EntityRef on, String reason) {
    try {
      var asked = new Asked(Action.CONTAIN, on, Map.of("reason", reason));
      return switch (decide.enforce(caller, asked, Known.NOTHING, null)) {
        case Enforced.Allowed allowed -> allowed.warrant();
        case Enforced.Denied denied -> throw new DeniedException(denied);
      };
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static EntityRef thing(String text) {
    try {
      return Thing.parse(text);
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, Object> members(HeldThing held) {
    var members = new LinkedHashMap<String, Object>();
    members.put("id", held.id());
    members.put("on", Thing.word(held.on()));
    members.put("withdrawn", held.tombstone());
    members.put("reason", held.reason());
    members.put("by", held.by());
    members.put("since", held.since().toString());
    members.put("until", held.until() == null ? "" : held.until().toString());
    return members;
  }

  private static ResponseEntity<byte[]> json(HttpStatus status, Object value) {
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_JSON)
        .body(ApiJson.bytes(value));
  }
}
