package dev.sallyport.server.api;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.releases.Deployment;
import dev.sallyport.server.releases.Place;
import dev.sallyport.server.releases.Releases;
import dev.sallyport.server.releases.RunningRelease;
import dev.sallyport.server.releases.TicketAnswer;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Deploys: a question in, a ticket out; the ticket started; what became of it.
@RestController
final class DeployController {
  private static final int MAX_BYTES = 16 * 1024;
  private static final Pattern RETRY_KEY = Pattern.compile("[\\x21-\\x7e]{1,128}");
  private static final Pattern REPOSITORY =
      Pattern.compile("[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*){0,7}");

  private final Decide decide;
  private final Releases releases;

  DeployController(Decide decide, Releases releases) {
    this.decide = decide;
    this.releases = releases;
  }

  @PostMapping("/v1/deploys")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> ask(Caller caller, HttpServletRequest request) {
    JsonBody body =
        JsonBody.of(request, MAX_BYTES).only("service", "environment", "artifact", "repository");
    String repository = body.text("repository");
    if (repository.length() > 255 || !REPOSITORY.matcher(repository).matches()) {
      throw ProblemException.badRequest("`repository` is no name of a registry's repository");
    }
    String retryKey = request.getHeader("Idempotency-Key");
    if (retryKey != null && !RETRY_KEY.matcher(retryKey).matches()) {
      throw ProblemException.badRequest("Idempotency-Key has 1 to 128 visible ASCII characters");
    }
    try {
      Place place = new Place(body.text("service"), body.text("environment"));
      var asked =
          new Asked(
              Action.DEPLOY,
              new EntityRef("Environment", place.environment()),
              Map.of("artifact", body.text("artifact")));
      // One question to one service: asked with the same key for another it is another question.
      String key = retryKey == null ? null : retryKey + " " + place.service();
      Enforced enforced = decide.enforce(caller, asked, known(place), key);
      return switch (enforced) {
        case Enforced.Denied denied -> throw new DeniedException(denied);
        case Enforced.Allowed allowed -> {
          Releases.Issued issued = releases.issue(allowed.warrant(), place, repository);
          var answer = new LinkedHashMap<>(Answers.decision(allowed.decision()));
          answer.put("ticket", issued.ticket());
          answer.put("deployment", issued.deployment().id());
          answer.put("expires", issued.deployment().expires().toString());
          yield json(HttpStatus.CREATED, answer);
        }
      };
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  /// The service and the host that serves it: a hold on either stops the deploy.
  private Known known(Place place) {
    var touches = new ArrayList<EntityRef>();
    touches.add(new EntityRef("Service", place.service()));
    releases.machineOf(place).ifPresent(touches::add);
    return new Known(touches, List.of(), _ -> {});
  }

  @PostMapping("/v1/deploys/start")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> start(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("ticket");
    return switch (releases.start(caller, body.text("ticket"))) {
      case TicketAnswer.Granted(Deployment deployment) -> json(HttpStatus.OK, members(deployment));
      case TicketAnswer.Refused(String reason) ->
          throw new ProblemException(HttpStatus.FORBIDDEN, "ticket-refused", reason);
    };
  }

  @GetMapping("/v1/deploys")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> state(Caller caller, @RequestParam("id") String id) {
    Deployment deployment =
        releases
            .find(id)
            .filter(
                one -> caller instanceof Caller.Person || one.caller().equals(caller.actor().id()))
            .orElseThrow(() ->
                new ProblemException(
                    HttpStatus.NOT_FOUND, "not-found", "no deployment `" + id + "` of yours"));
    return json(HttpStatus.OK, members(deployment));
  }

  @GetMapping("/v1/releases")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> running(Caller caller) {
    if (!(caller instanceof Caller.Person)) {
      throw new ProblemException(HttpStatus.FORBIDDEN, "forbidden", "only a person may look");
    }
    return json(
        HttpStatus.OK,
        Map.of("places", releases.running().stream().map(DeployController::members).toList()));
  }

  private static Map<String, Object> members(Deployment deployment) {
    var members = new LinkedHashMap<String, Object>();
    members.put("deployment", deployment.id());
    members.put("kind", deployment.kind().word());
    members.put("service", deployment.place().service());
    members.put("environment", deployment.place().environment());
    members.put("host", deployment.host());
    members.put("artifact", deployment.artifact());
    members.put("state", deployment.state().word());
    members.put("over", deployment.state().isOver());
    members.put("health", deployment.health());
    members.put("seconds", deployment.seconds());
    members.put("detail", deployment.detail());
    members.put("previous", text(deployment.previous()));
    return members;
  }

  private static Map<String, Object> members(RunningRelease running) {
    var members = new LinkedHashMap<String, Object>();
    members.put("service", running.place().service());
    members.put("environment", running.place().environment());
    members.put("host", running.host());
    members.put("expected", text(running.expected()));
    members.put("reported", text(running.reported()));
    members.put("state", running.state());
    members.put("health", running.health());
    members.put("detail", running.detail());
    members.put("since", running.since().toString());
    members.put("heard", running.heard() == null ? "never" : running.heard().toString());
    members.put("silent", running.silent());
    members.put("deployment", text(running.deployment()));
    return members;
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static ResponseEntity<byte[]> json(HttpStatus status, Object value) {
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_JSON)
        .body(ApiJson.bytes(value));
  }
}
