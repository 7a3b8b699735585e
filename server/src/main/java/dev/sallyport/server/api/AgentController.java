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
import dev.sallyport.server.releases.Agents;
import dev.sallyport.server.releases.Agents.Entrance;
import dev.sallyport.server.releases.Deployment;
import dev.sallyport.server.releases.Place;
import dev.sallyport.server.releases.Releases;
import dev.sallyport.server.releases.TicketAnswer;
import dev.sallyport.server.settings.ServerAddress;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/// Hosts' agents: let in on the port for all, everything else on the port for machines.
@RestController
final class AgentController {
  private static final int MAX_BYTES = 64 * 1024;
  private static final long MAX_WAIT_SECONDS = 20;

  private final Decide decide;
  private final Agents agents;
  private final Releases releases;
  private final ServerAddress address;

  AgentController(Decide decide, Agents agents, Releases releases, ServerAddress address) {
    this.decide = decide;
    this.agents = agents;
    this.releases = releases;
    this.address = address;
  }

  @PostMapping("/v1/agents/code")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> code(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("host", "services", "environment");
    String host = body.text("host");
    try {
      var asked = new Asked(Action.ADMINISTER, new EntityRef("Machine", "host/" + host), Map.of());
      Warrant warrant =
          switch (decide.enforce(caller, asked, Known.NOTHING, null)) {
            case Enforced.Allowed allowed -> allowed.warrant();
            case Enforced.Denied denied -> throw new DeniedException(denied);
          };
      String code =
          agents.makeCode(warrant, host, body.texts("services"), body.text("environment"));
      return json(HttpStatus.CREATED, Map.of("code", code));
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  @PostMapping("/v1/agents")
  @AskedBy(value = AskedBy.Who.ANYONE, because = "the one-time code in it is the proof")
  ResponseEntity<byte[]> enrol(HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("code", "csr");
    return entered(agents.enrol(body.text("code"), body.text("csr")));
  }

  @PostMapping("/v1/agents/renew")
  @AskedBy(AskedBy.Who.MACHINE)
  ResponseEntity<byte[]> renew(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("csr");
    return entered(agents.renew(machine(caller), body.text("csr")));
  }

  private ResponseEntity<byte[]> entered(Entrance entrance) {
    return switch (entrance) {
      case Entrance.Welcome(String host, String certificate) -> {
        var answer = new LinkedHashMap<String, Object>();
        answer.put("host", host);
        answer.put("certificate", certificate);
        answer.put("port", address.ofMachines().getPort());
        yield json(HttpStatus.OK, answer);
      }
      case Entrance.Refused(String reason) ->
          throw new ProblemException(HttpStatus.FORBIDDEN, "not-let-in", reason);
    };
  }

  @PostMapping("/v1/agents/work")
  @AskedBy(AskedBy.Who.MACHINE)
  ResponseEntity<byte[]> work(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("places", "waitSeconds");
    Set<Place> places = new HashSet<>();
    body.objects("places").forEach(one -> places.add(place(one.only("service", "environment"))));
    long wait = Math.min(MAX_WAIT_SECONDS, body.number("waitSeconds", 0));
    var tickets = new ArrayList<Map<String, Object>>();
    for (Agents.Offer offer : agents.work(machine(caller), places, Duration.ofSeconds(wait))) {
      Map<String, Object> members = place(offer.deployment().place());
      members.put("kind", offer.deployment().kind().word());
      members.put("deployment", offer.deployment().id());
      members.put("ticket", offer.ticket());
      tickets.add(members);
    }
    return json(HttpStatus.OK, Map.of("tickets", tickets));
  }

  @PostMapping("/v1/tickets/redeem")
  @AskedBy(AskedBy.Who.MACHINE)
  ResponseEntity<byte[]> redeem(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("ticket", "nonce");
    return switch (releases.redeem(machine(caller), body.text("ticket"), body.text("nonce"))) {
      case TicketAnswer.Granted(Deployment deployment) -> {
        Map<String, Object> answer = place(deployment.place());
        answer.put("deployment", deployment.id());
        answer.put("kind", deployment.kind().word());
        answer.put("digest", deployment.artifact());
        answer.put("registryRepository", deployment.repository());
        yield json(HttpStatus.OK, answer);
      }
      case TicketAnswer.Refused(String reason) ->
          throw new ProblemException(HttpStatus.FORBIDDEN, "ticket-refused", reason);
    };
  }

  @PostMapping("/v1/agents/report")
  @AskedBy(AskedBy.Who.MACHINE)
  ResponseEntity<byte[]> report(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("places");
    List<Agents.Said> said = new ArrayList<>();
    for (JsonBody one : body.objects("places")) {
      one.only(
          "service", "environment", "deployment", "digest", "state", "health", "seconds", "detail");
      String detail = one.textOrNull("detail");
      try {
        said.add(
            new Agents.Said(
                place(one),
                one.textOrNull("deployment"),
                one.textOrNull("digest"),
                one.text("state"),
                one.text("health"),
                one.number("seconds", 0),
                detail == null ? "" : detail));
      } catch (IllegalArgumentException e) {
        throw ProblemException.badRequest(String.valueOf(e.getMessage()));
      }
    }
    Agents.Reply reply = agents.report(machine(caller), said);
    var held = new ArrayList<Map<String, Object>>();
    reply
        .held()
        .forEach((place, reason) -> {
          Map<String, Object> members = place(place);
          members.put("reason", reason);
          held.add(members);
        });
    var stop = new ArrayList<Map<String, Object>>();
    reply
        .stop()
        .forEach((place, digest) -> {
          Map<String, Object> members = place(place);
          members.put("digest", digest);
          stop.add(members);
        });
    return json(
        HttpStatus.OK,
        Map.of(
            "acknowledged",
            reply.acknowledged().stream().sorted().toList(),
            "held",
            held,
            "stop",
            stop));
  }

  private static Caller.Machine machine(Caller caller) {
    if (caller instanceof Caller.Machine machine) {
      return machine;
    }
    throw new IllegalStateException("the guard lets machines through here only");
  }

  private static Place place(JsonBody body) {
    try {
      return new Place(body.text("service"), body.text("environment"));
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, Object> place(Place place) {
    var members = new LinkedHashMap<String, Object>();
    members.put("service", place.service());
    members.put("environment", place.environment());
    return members;
  }

  private static ResponseEntity<byte[]> json(HttpStatus status, Object value) {
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_JSON)
        .body(ApiJson.bytes(value));
  }
}
