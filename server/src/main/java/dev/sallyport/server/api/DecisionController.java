package dev.sallyport.server.api;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Decision;
import dev.sallyport.server.evidence.EvidenceStore;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Digest;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RestController;

/// Questions in, rulings out; statements in, whether they count out. It decides nothing.
@RestController
final class DecisionController {
  private static final int MAX_BYTES = 64 * 1024;
  private static final Set<String> MEMBERS = Set.of("action", "resource", "claimed");

  private final Decide decide;

  DecisionController(Decide decide) {
    this.decide = decide;
  }

  @PostMapping("/v1/decisions")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> rule(Caller caller, HttpServletRequest request) {
    String retryKey = RetryKey.of(request);
    Asked asked =
        asked(ApiJson.object(ApiJson.body(request, MediaType.APPLICATION_JSON_VALUE, MAX_BYTES)));
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .body(ApiJson.bytes(Answers.decision(decide.rule(caller, asked, retryKey))));
  }

  private static Asked asked(Map<String, Object> body) {
    only(body, MEMBERS, "");
    String word = text(body, "action");
    Action action =
        Action.of(word)
            .orElseThrow(() -> ProblemException.badRequest("unknown action `" + word + "`"));
    if (!(body.get("resource") instanceof Map<?, ?> given)) {
      throw ProblemException.badRequest("wanted an object `resource`");
    }
    Map<String, Object> resource = members(given);
    only(resource, Set.of("type", "id"), "resource.");
    if (!(body.getOrDefault("claimed", Map.of()) instanceof Map<?, ?> claims)) {
      throw ProblemException.badRequest("wanted an object `claimed`");
    }
    try {
      return new Asked(
          action, new EntityRef(text(resource, "type"), text(resource, "id")), members(claims));
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, Object> members(Map<?, ?> given) {
    var members = new TreeMap<String, Object>();
    for (var member : given.entrySet()) {
      Object value = member.getValue();
      if (value == null) {
        throw ProblemException.badRequest("`" + member.getKey() + "` is null: leave it out");
      }
      members.put(String.valueOf(member.getKey()), value);
    }
    return members;
  }

  private static void only(Map<String, Object> body, Set<String> names, String where) {
    for (String name : body.keySet()) {
      if (!names.contains(name)) {
        throw ProblemException.badRequest("unknown member `" + where + name + "`");
      }
    }
  }

  private static String text(Map<String, Object> body, String name) {
    if (body.get(name) instanceof String text) {
      return text;
    }
    throw ProblemException.badRequest("wanted a text `" + name + "`");
  }

  @PutMapping("/v1/evidence")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> attest(Caller caller, HttpServletRequest request) {
    byte[] envelope =
        ApiJson.body(request, MediaType.APPLICATION_JSON_VALUE, EvidenceStore.MAX_BYTES);
    return switch (decide.admit(caller, envelope)) {
      case Decide.Admission.Admitted(var evidence, Decision decision) -> {
        var answer = new LinkedHashMap<String, Object>();
        answer.put("admitted", true);
        answer.put("digest", evidence.digest().text());
        answer.put("roles", evidence.roles().stream().sorted().toList());
        answer.put("signers", evidence.signers());
        answer.put("subjects", evidence.subjects().stream().map(Digest::text).toList());
        answer.put("commits", evidence.commits());
        yield evidence(HttpStatus.CREATED, answer, decision);
      }
      case Decide.Admission.Turned(String reason, Decision decision) -> {
        var answer = new LinkedHashMap<String, Object>();
        answer.put("admitted", false);
        answer.put("digest", Digest.of(envelope).text());
        answer.put("detail", reason);
        yield evidence(HttpStatus.UNPROCESSABLE_CONTENT, answer, decision);
      }
    };
  }

  private static ResponseEntity<byte[]> evidence(
      HttpStatus status, Map<String, Object> answer, Decision decision) {
    answer.put("entry", Answers.entry(decision.recorded()));
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_JSON)
        .body(ApiJson.bytes(answer));
  }
}
