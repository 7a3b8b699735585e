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
import dev.sallyport.server.secrets.Leased;
import dev.sallyport.server.secrets.SealedException;
import dev.sallyport.server.secrets.SecretBroker;
import dev.sallyport.server.secrets.SecretSource;
import dev.sallyport.server.standing.SecretDeclaration;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RestController;

/// Secrets: put and declared by their owner, read by steps.
@RestController
final class SecretController {
  private static final int MAX_BYTES = 128 * 1024;

  private final SecretBroker broker;
  private final Decide decide;

  SecretController(SecretBroker broker, Decide decide) {
    this.broker = broker;
    this.decide = decide;
  }

  @PutMapping("/v1/secrets")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> put(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("path", "value");
    return checked(() -> {
      String path = body.text("path");
      byte[] value = decoded(body.text("value"));
      Warrant warrant = warrant(caller, SecretBroker.secret(path));
      SecretSource.Version version = broker.put(warrant, path, value);
      return json(HttpStatus.CREATED, Map.of("path", version.path(), "version", version.number()));
    });
  }

  private static byte[] decoded(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      // The cause is dropped: its message would quote the value's characters.
      throw ProblemException.badRequest("`value` is not base64");
    }
  }

  @GetMapping("/v1/secrets")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> list(Caller caller) {
    List<Map<String, Object>> secrets =
        broker.list(warrant(caller, SecretBroker.EVERY)).stream()
            .map(SecretController::members)
            .toList();
    return json(HttpStatus.OK, Map.of("secrets", secrets));
  }

  private static Map<String, Object> members(SecretBroker.Listed listed) {
    var members = new LinkedHashMap<String, Object>();
    members.put("path", listed.path());
    SecretSource.Version version = listed.version();
    members.put("version", version == null ? 0 : version.number());
    if (version != null) {
      members.put("by", version.by());
      members.put("at", version.at().toString());
    }
    SecretDeclaration declared = listed.declaration();
    if (declared != null) {
      putIfDeclared(members, "repositories", declared.repositories());
      putIfDeclared(members, "refs", declared.refs());
      putIfDeclared(members, "steps", declared.steps());
      putIfDeclared(members, "environments", declared.environments());
    }
    return members;
  }

  private static void putIfDeclared(
      Map<String, Object> members, String name, @Nullable Set<String> words) {
    if (words != null) {
      members.put(name, List.copyOf(new TreeSet<>(words)));
    }
  }

  @PutMapping("/v1/secrets/policy")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> declare(Caller caller, HttpServletRequest request) {
    JsonBody body =
        JsonBody.of(request, MAX_BYTES)
            .only("path", "repositories", "refs", "steps", "environments");
    return checked(() -> {
      var declared =
          new SecretDeclaration(
              body.text("path"),
              words(body, "repositories"),
              words(body, "refs"),
              words(body, "steps"),
              words(body, "environments"));
      broker.declare(warrant(caller, SecretBroker.secret(declared.path())), declared);
      return json(HttpStatus.OK, Map.of("path", declared.path()));
    });
  }

  private static @Nullable Set<String> words(JsonBody body, String name) {
    return body.members().containsKey(name) ? Set.copyOf(body.texts(name)) : null;
  }

  @PostMapping("/v1/steps/secrets")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> lease(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("step", "path", "name");
    String retryKey = RetryKey.of(request);
    return checked(() ->
        switch (broker.lease(
            caller, body.text("step"), body.text("path"), body.text("name"), retryKey)) {
          case Leased.Given given -> given(given);
          case Leased.Denied(var denied) -> throw new DeniedException(denied);
          case Leased.Unknown _ ->
              throw new ProblemException(HttpStatus.NOT_FOUND, "not-found", "no such secret");
          case Leased.NoStep _ ->
              throw new ProblemException(
                  HttpStatus.CONFLICT, "no-step", "no such step of this key and run is open");
        });
  }

  private static ResponseEntity<byte[]> given(Leased.Given given) {
    try {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("value", Base64.getEncoder().encodeToString(given.value()));
      answer.put("lease", given.lease().id());
      answer.put("version", given.lease().version());
      answer.put("until", given.lease().until().toString());
      return json(HttpStatus.OK, answer);
    } finally {
      Arrays.fill(given.value(), (byte) 0);
    }
  }

  private Warrant warrant(Caller caller, EntityRef secret) {
    var asked = new Asked(Action.ADMINISTER, secret, Map.of());
    return switch (decide.enforce(caller, asked, Known.NOTHING, null)) {
      case Enforced.Allowed allowed -> allowed.warrant();
      case Enforced.Denied denied -> throw new DeniedException(denied);
    };
  }

  private static ResponseEntity<byte[]> checked(Supplier<ResponseEntity<byte[]>> work) {
    try {
      return work.get();
    } catch (SealedException e) {
      throw new ProblemException(
          HttpStatus.SERVICE_UNAVAILABLE, "sealed", String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static ResponseEntity<byte[]> json(HttpStatus status, Map<String, Object> answer) {
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_JSON)
        .body(ApiJson.bytes(answer));
  }
}
