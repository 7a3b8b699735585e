package dev.sallyport.server.api;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.tokens.RegistryTokens;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/// Tokens for registry clients, by ruling.
@RestController
final class RegistryTokenController {
  private static final int MAX_BYTES = 4 * 1024;

  private final Decide decide;
  private final RegistryTokens tokens;
  private final Settings settings;

  RegistryTokenController(Decide decide, RegistryTokens tokens, Settings settings) {
    this.decide = decide;
    this.tokens = tokens;
    this.settings = settings;
  }

  @PostMapping("/v1/registry-tokens")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> mint(Caller caller, HttpServletRequest request) {
    JsonBody body = JsonBody.of(request, MAX_BYTES).only("repository", "actions");
    String name = body.text("repository");
    Set<String> actions = Set.copyOf(body.texts("actions"));
    if (actions.isEmpty() || !RegistryTokens.ACTIONS.containsAll(actions)) {
      throw ProblemException.badRequest("`actions` are pull, push or both");
    }
    if (!(caller instanceof Caller.Workload workload)) {
      throw new ProblemException(
          HttpStatus.FORBIDDEN, "forbidden", "only a run is given a registry token");
    }
    // Whose repository a name of the registry is, is the operator's word, never the caller's.
    Settings.Registry registry = settings.registry();
    String source = registry == null ? null : registry.repositories().get(name);
    if (source == null) {
      throw new ProblemException(
          HttpStatus.NOT_FOUND, "not-found", "no such repository behind this door");
    }
    var asked =
        new Asked(Action.MINT, new EntityRef("Repository", source), Map.of("registry", name));
    return switch (decide.enforce(caller, asked, Known.NOTHING, null)) {
      case Enforced.Denied denied -> throw new DeniedException(denied);
      case Enforced.Allowed allowed when !source.equals(workload.repository()) ->
          throw new ProblemException(
              HttpStatus.FORBIDDEN, "forbidden", "`" + name + "` is another repository's");
      case Enforced.Allowed allowed -> {
        RegistryTokens.Fresh fresh = tokens.mint(allowed.warrant(), name, actions);
        var answer = new LinkedHashMap<String, Object>();
        answer.put("token", fresh.token());
        answer.put("expires_in", RegistryTokens.LIFETIME.toSeconds());
        answer.put("registry", request.getHeader("Host"));
        yield ResponseEntity.ok()
            .contentType(MediaType.APPLICATION_JSON)
            .body(ApiJson.bytes(answer));
      }
    };
  }
}
