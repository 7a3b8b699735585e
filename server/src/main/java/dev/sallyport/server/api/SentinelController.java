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
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.sentinel.Edge;
import dev.sallyport.server.sentinel.Incident;
import dev.sallyport.server.sentinel.Radius;
import dev.sallyport.server.sentinel.Response;
import dev.sallyport.server.sentinel.Responses;
import dev.sallyport.server.sentinel.Sentinel;
import dev.sallyport.server.standing.Thing;
import dev.sallyport.tlog.Hash;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What was seen, how far it reaches, and what is done about it.
@RestController
final class SentinelController {
  private static final int MAX_BYTES = 64 * 1024;
  private static final int MAX_LISTED = 200;
  private static final Duration CATCH_UP = Duration.ofSeconds(5);

  private final Decide decide;
  private final Ledger ledger;
  private final Sentinel sentinel;
  private final Radius radius;
  private final Responses responses;

  SentinelController(
      Decide decide, Ledger ledger, Sentinel sentinel, Radius radius, Responses responses) {
    this.decide = decide;
    this.ledger = ledger;
    this.sentinel = sentinel;
    this.radius = radius;
    this.responses = responses;
  }

  @GetMapping("/v1/radius")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> radius(Caller caller, @RequestParam("of") String of) {
    requirePerson(caller);
    EntityRef start = thing(of);
    boolean whole = sentinel.caughtUp(CATCH_UP);
    Radius.Reach reach = radius.of(start);
    var answer = new LinkedHashMap<String, Object>();
    answer.put("of", Thing.word(reach.of()));
    answer.putAll(reach.groups());
    answer.put("edges", reach.edges().stream().map(SentinelController::members).toList());
    answer.put("cut", reach.cut() || !whole);
    answer.put("readTo", sentinel.next());
    return json(HttpStatus.OK, answer);
  }

  @GetMapping("/v1/incidents")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> incidents(
      Caller caller,
      @RequestParam(name = "id", required = false) @Nullable String id,
      @RequestParam(name = "proofs", defaultValue = "false") String proofs) {
    requirePerson(caller);
    if (id == null) {
      return json(
          HttpStatus.OK,
          Map.of(
              "incidents",
              sentinel.incidents(MAX_LISTED).stream().map(SentinelController::members).toList()));
    }
    Incident.Whole whole = sentinel.incident(id).orElseThrow(() -> notFound("incident", id));
    Map<String, Object> answer = members(whole.incident());
    answer.put("things", whole.things().stream().map(Thing::word).toList());
    answer.put(
        "findings",
        whole.findings().stream().map(found -> members(found, "true".equals(proofs))).toList());
    answer.put(
        "responses",
        responses.newest(MAX_LISTED).stream()
            .filter(response -> id.equals(response.incident()))
            .map(Response::id)
            .toList());
    return json(HttpStatus.OK, answer);
  }

  @PostMapping("/v1/incidents/close")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> close(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("id", "reason");
    String id = body.text("id");
    String reason = body.text("reason");
    Incident incident =
        sentinel
            .incident(id)
            .map(Incident.Whole::incident)
            .filter(one -> one.closed() == null)
            .orElseThrow(() -> notFound("open incident", id));
    Warrant warrant = warrant(caller, new EntityRef("Machine", "sentinel"), reason);
    sentinel.close(warrant.allow(), caller.actor(), id, reason);
    return json(HttpStatus.OK, Map.of("closed", incident.id()));
  }

  @PostMapping("/v1/contain")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> contain(Caller caller, HttpServletRequest request) {
    JsonBody body =
        JsonBody.of(request, MAX_BYTES).only("target", "with", "reason", "dryRun", "mayStop");
    String reason = body.textOrNull("reason");
    var wanted =
        new Responses.Wanted(
            thing(body.text("target")),
            body.texts("with").stream().map(SentinelController::thing).toList(),
            reason == null ? "contained" : reason,
            body.truth("mayStop", false));
    try {
      if (body.truth("dryRun", false)) {
        requirePerson(caller);
        return json(
            HttpStatus.OK,
            Map.of("response", "", "state", "dry-run", "steps", steps(responses.dryRun(wanted))));
      }
      wanted.avoid().forEach(thing -> warrant(caller, Responses.askedOn(thing), wanted.reason()));
      Warrant warrant = warrant(caller, Responses.askedOn(wanted.target()), wanted.reason());
      return json(HttpStatus.ACCEPTED, members(responses.contain(warrant, wanted)));
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  @PostMapping("/v1/contain/undo")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> undo(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("response", "tombstones", "reason");
    String id = body.text("response");
    String reason = body.text("reason");
    Response response = responses.response(id).orElseThrow(() -> notFound("response", id));
    Warrant warrant = warrant(caller, Responses.askedOn(response.target()), reason);
    return json(
        HttpStatus.ACCEPTED,
        responses
            .undo(warrant, id, body.truth("tombstones", false), reason)
            .map(this::members)
            .orElseThrow(() -> notFound("response", id)));
  }

  @GetMapping("/v1/responses")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> responses(
      Caller caller, @RequestParam(name = "id", required = false) @Nullable String id) {
    requirePerson(caller);
    if (id != null) {
      return json(
          HttpStatus.OK,
          members(responses.response(id).orElseThrow(() -> notFound("response", id))));
    }
    var answer = new LinkedHashMap<String, Object>();
    answer.put("automatic", responses.automatic());
    answer.put(
        "responses", responses.newest(MAX_LISTED).stream().map(SentinelController::head).toList());
    return json(HttpStatus.OK, answer);
  }

  @PostMapping("/v1/responses/switch")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> switchAutomatic(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("on", "reason");
    String reason = body.textOrNull("reason");
    if (!body.members().containsKey("on")) {
      throw ProblemException.badRequest("wanted true or false as `on`");
    }
    boolean on = body.truth("on", false);
    Warrant warrant =
        warrant(caller, new EntityRef("Machine", "sentinel"), reason == null ? "switched" : reason);
    responses.switchAutomatic(warrant, on, reason == null ? "switched" : reason);
    return json(HttpStatus.OK, Map.of("automatic", responses.automatic()));
  }

  /// Entries with what explains them, for whoever plays the detectors again.
  @GetMapping("/v1/detect/entries")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> entries(Caller caller, @RequestParam("from") String from) {
    requirePerson(caller);
    if (!from.matches("0|[1-9][0-9]{0,17}")) {
      throw ProblemException.badRequest("`from` must be a whole number");
    }
    ask(caller, Action.EXPLAIN, new EntityRef("Record", "ledger"), "replay of detections");
    var entries = new ArrayList<Map<String, Object>>();
    for (Ledger.Recorded recorded : ledger.entries(Long.parseLong(from), Ledger.MAX_PAGE)) {
      var one = new LinkedHashMap<String, Object>();
      one.put("index", recorded.index());
      one.putAll(ApiJson.object(recorded.entry().bytes()));
      Digest body = recorded.entry().body();
      if (body != null) {
        ledger.body(body).ifPresent(bytes -> one.put("why", ApiJson.object(bytes)));
      }
      entries.add(one);
    }
    return json(HttpStatus.OK, Map.of("entries", entries, "treeSize", ledger.head().size()));
  }

  private Warrant warrant(Caller caller, EntityRef on, String reason) {
    return ask(caller, Action.CONTAIN, on, reason);
  }

  private Warrant ask(Caller caller, Action action, EntityRef on, String reason) {
    try {
      var asked = new Asked(action, on, Map.of("reason", reason));
      return switch (decide.enforce(caller, asked, Known.NOTHING, null)) {
        case Enforced.Allowed allowed -> allowed.warrant();
        case Enforced.Denied denied -> throw new DeniedException(denied);
      };
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static void requirePerson(Caller caller) {
    if (!(caller instanceof Caller.Person)) {
      throw new ProblemException(HttpStatus.FORBIDDEN, "forbidden", "only a person may look");
    }
  }

  private static ProblemException notFound(String what, String id) {
    return new ProblemException(HttpStatus.NOT_FOUND, "not-found", "no " + what + " `" + id + "`");
  }

  private static EntityRef thing(String text) {
    try {
      return Thing.parse(text);
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, Object> members(Edge edge) {
    var members = new LinkedHashMap<String, Object>();
    members.put("from", Thing.word(edge.from()));
    members.put("to", Thing.word(edge.to()));
    members.put("kind", edge.kind());
    members.put("how", edge.enforced() ? "enforced" : "claimed");
    members.put("entry", edge.entry());
    return members;
  }

  private static Map<String, Object> members(Incident incident) {
    var members = new LinkedHashMap<String, Object>();
    members.put("id", incident.id());
    members.put("matter", Thing.word(incident.matter()));
    members.put("severity", incident.severity().word());
    members.put("title", incident.title());
    members.put("opened", incident.opened().toString());
    members.put("entry", incident.entry());
    members.put("grown", incident.grown().toString());
    members.put("closed", incident.closed() == null ? "" : incident.closed().toString());
    return members;
  }

  private Map<String, Object> members(Incident.Found found, boolean proofs) {
    var members = new LinkedHashMap<String, Object>();
    members.put("id", found.id());
    members.put("entry", found.entry());
    members.put("rule", found.rule());
    members.put("severity", found.severity().word());
    members.put("time", found.time().toString());
    members.put("text", found.text());
    members.put(
        "evidence", found.evidence().stream().map(index -> evidence(index, proofs)).toList());
    return members;
  }

  private Map<String, Object> evidence(long index, boolean proofs) {
    var members = new LinkedHashMap<String, Object>();
    members.put("index", index);
    ledger
        .entry(index)
        .ifPresent(recorded -> {
          members.put("leafHash", recorded.leafHash().base64());
          if (proofs) {
            Ledger.Proof proof = ledger.prove(recorded);
            members.put("entry", Answers.entry(recorded));
            members.put("checkpoint", proof.head().note());
            members.put("proof", proof.path().stream().map(Hash::base64).toList());
          }
        });
    return members;
  }

  private static Map<String, Object> head(Response response) {
    var members = new LinkedHashMap<String, Object>();
    members.put("response", response.id());
    members.put("target", Thing.word(response.target()));
    members.put("with", response.avoid().stream().map(Thing::word).toList());
    members.put("tier", response.tier().word());
    members.put("playbook", response.playbook());
    members.put("automatic", response.automatic());
    members.put("incident", response.incident() == null ? "" : response.incident());
    members.put("reason", response.reason());
    members.put("state", response.state().word());
    members.put("due", response.due().toString());
    return members;
  }

  private Map<String, Object> members(Response response) {
    Map<String, Object> members = head(response);
    members.put("steps", steps(responses.steps(response.id())));
    return members;
  }

  private static List<Map<String, Object>> steps(List<Response.Step> steps) {
    return steps.stream()
        .map(step -> {
          Map<String, Object> members = new LinkedHashMap<>();
          members.put("place", step.place());
          members.put("kind", step.kind().word());
          members.put("thing", Thing.word(step.thing()));
          members.put("detail", step.detail());
          members.put("state", step.state());
          members.put("result", step.result());
          members.put("entry", step.entry());
          return members;
        })
        .toList();
  }

  private static ResponseEntity<byte[]> json(HttpStatus status, Object value) {
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_JSON)
        .body(ApiJson.bytes(value));
  }
}
