package dev.sallyport.server.api;

import dev.sallyport.credential.Checked;
import dev.sallyport.gate.Action;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.runs.Product;
import dev.sallyport.server.runs.Runs;
import dev.sallyport.server.runs.Step;
import dev.sallyport.server.secrets.SecretBroker;
import dev.sallyport.server.steps.Begun;
import dev.sallyport.server.steps.Reported;
import dev.sallyport.server.steps.StepDesk;
import dev.sallyport.server.steps.Wanted;
import dev.sallyport.server.tokens.TokenDesk;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/// Steps: asked for, and reported when they ended.
@RestController
final class StepController {
  private static final String END = "/v1/steps/end";
  private static final int MAX_BEGIN_BYTES = 16 * 1024;
  private static final int MAX_END_BYTES = 1024 * 1024;

  private final StepDesk steps;
  private final SecretBroker secrets;
  private final TokenDesk tokens;

  StepController(StepDesk steps, SecretBroker secrets, TokenDesk tokens) {
    this.steps = steps;
    this.secrets = secrets;
    this.tokens = tokens;
  }

  @PostMapping("/v1/steps")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> begin(Caller caller, HttpServletRequest request) {
    JsonBody body =
        JsonBody.of(request, MAX_BEGIN_BYTES)
            .only(
                "action",
                "step",
                "commit",
                "tree",
                "ref",
                "pipeline",
                "runner",
                "isolation",
                "secrets");
    String retryKey = RetryKey.of(request);
    try {
      var wanted =
          new Wanted(
              Action.of(body.text("action"))
                  .orElseThrow(() -> new IllegalArgumentException("a step is `build` or `test`")),
              body.text("step"),
              body.textOrNull("commit"),
              body.textOrNull("tree"),
              body.textOrNull("ref"),
              body.textOrNull("pipeline"),
              body.textOrNull("runner"),
              body.text("isolation"),
              secrets(body));
      return switch (steps.begin(caller, wanted, retryKey)) {
        case Begun.Let(Step step, var decision) -> {
          var answer = new LinkedHashMap<String, Object>(Answers.decision(decision));
          answer.put("step", step.id());
          yield json(answer);
        }
        case Begun.Denied(var denied) -> json(Answers.denied(denied));
      };
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, String> secrets(JsonBody body) {
    if (!(body.members().getOrDefault("secrets", Map.of()) instanceof Map<?, ?> given)) {
      throw ProblemException.badRequest("wanted an object `secrets` of names and paths");
    }
    var secrets = new TreeMap<String, String>();
    given.forEach((name, path) -> {
      if (!(path instanceof String text)) {
        throw ProblemException.badRequest("wanted an object `secrets` of names and paths");
      }
      secrets.put(String.valueOf(name), text);
    });
    return secrets;
  }

  @PostMapping(END)
  @AskedBy(
      value = AskedBy.Who.ANYONE,
      because = "the proof of the key that began the step is the proof; its token may be over")
  ResponseEntity<byte[]> end(HttpServletRequest request) {
    String proof =
        CallerGuard.single(request, "DPoP")
            .orElseThrow(() ->
                new ProblemException(HttpStatus.UNAUTHORIZED, "no-proof", "wanted one DPoP proof"));
    JsonBody body =
        JsonBody.of(request, MAX_END_BYTES)
            .only(
                "step",
                "exit",
                "seconds",
                "abandoned",
                "products",
                "dependencies",
                "usedSecrets",
                "junit");
    String thumbprint =
        switch (tokens.holds(proof, END)) {
          case Checked.Accepted<String>(String key) -> key;
          case Checked.Refused<String> refused ->
              throw new ProblemException(
                  HttpStatus.UNAUTHORIZED, refused.reason().word(), refused.detail());
        };
    try {
      String id = body.text("step");
      StepDesk.Ending ending =
          steps
              .end(id, thumbprint, reported(body))
              .orElseThrow(() ->
                  new ProblemException(
                      HttpStatus.NOT_FOUND, "not-found", "this key began no such step"));
      secrets.endStep(id);
      var answer = new LinkedHashMap<String, Object>();
      answer.put("step", id);
      answer.put("outcome", outcome(ending.step()));
      answer.put("entry", ending.entry());
      byte[] statement = ending.statement();
      if (statement != null) {
        answer.put("statement", Base64.getEncoder().encodeToString(statement));
      }
      return json(answer);
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static String outcome(Step step) {
    Step.Ended ended = step.ended();
    return ended == null ? "" : ended.outcome();
  }

  private static Reported reported(JsonBody body) {
    List<Product> products =
        body.objects("products").stream()
            .map(product ->
                new Product(
                    product.only("name", "digest").text("name"),
                    new Digest(product.text("digest"))))
            .toList();
    List<Step.Tests> tests =
        body.objects("junit").stream()
            .map(one -> one.only("passed", "failed", "skipped", "errors"))
            .map(one ->
                new Step.Tests(
                    count(one, "passed"),
                    count(one, "failed") + count(one, "errors"),
                    count(one, "skipped")))
            .toList();
    return new Reported(
        (int) Math.min(Integer.MAX_VALUE, body.number("exit", 256)),
        body.number("seconds", 0),
        body.truth("abandoned", false),
        products,
        body.texts("dependencies", Runs.MAX_DEPENDENCIES),
        body.texts("usedSecrets"),
        tests);
  }

  private static long count(JsonBody body, String name) {
    return Math.min(1_000_000_000L, body.number(name, 0));
  }

  private static ResponseEntity<byte[]> json(Map<String, Object> answer) {
    return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(ApiJson.bytes(answer));
  }
}
