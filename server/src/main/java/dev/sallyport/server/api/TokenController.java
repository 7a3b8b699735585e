package dev.sallyport.server.api;

import dev.sallyport.credential.BoundTokens;
import dev.sallyport.credential.Checked;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.tokens.TokenDesk;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/// Token exchange (RFC 8693): a CI job's token, once, for one of ours bound to the job's key.
@RestController
final class TokenController {
  private static final String PATH = "/v1/token";
  private static final int MAX_BYTES = 32 * 1024;
  private static final String EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
  private static final Set<String> SUBJECT_TYPES =
      Set.of("urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token");
  private static final String ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  private static final Set<String> KNOWN =
      Set.of(
          "grant_type", "subject_token", "subject_token_type", "requested_token_type", "assertion");
  private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

  private final TokenDesk desk;

  TokenController(TokenDesk desk) {
    this.desk = desk;
  }

  @PostMapping(PATH)
  @AskedBy(value = AskedBy.Who.ANYONE, because = "the token in the body is the proof")
  ResponseEntity<byte[]> exchange(HttpServletRequest request) {
    Map<String, String> form =
        form(ApiJson.body(request, MediaType.APPLICATION_FORM_URLENCODED_VALUE, MAX_BYTES));
    Optional<String> proof = CallerGuard.single(request, "DPoP");
    if (proof.isEmpty()) {
      return error("invalid_dpop_proof", "no-proof", "wanted one DPoP proof");
    }
    return switch (form.getOrDefault("grant_type", "")) {
      case EXCHANGE -> exchange(form, proof.get());
      case ASSERTION -> exchangeOwner(form, proof.get());
      default ->
          error(
              "unsupported_grant_type",
              "grant-type",
              "wanted grant_type " + EXCHANGE + " or " + ASSERTION);
    };
  }

  private ResponseEntity<byte[]> exchange(Map<String, String> form, String proof) {
    String subject = form.get("subject_token");
    if (subject == null
        || form.containsKey("assertion")
        || !SUBJECT_TYPES.contains(form.getOrDefault("subject_token_type", ""))
        || !form.getOrDefault("requested_token_type", ACCESS_TOKEN).equals(ACCESS_TOKEN)) {
      return error(
          "invalid_request", "malformed", "wanted subject_token and subject_token_type jwt");
    }
    return answer(desk.exchange(subject, proof, PATH));
  }

  /// RFC 7523: the owner of the server's folder, by his own assertion.
  private ResponseEntity<byte[]> exchangeOwner(Map<String, String> form, String proof) {
    String assertion = form.get("assertion");
    if (assertion == null || form.size() != 2) {
      return error("invalid_request", "malformed", "wanted assertion, and nothing else");
    }
    return answer(desk.exchangeOwner(assertion, proof, PATH));
  }

  private static ResponseEntity<byte[]> answer(Checked<BoundTokens.Minted> checked) {
    return switch (checked) {
      case Checked.Accepted<BoundTokens.Minted>(BoundTokens.Minted minted) -> granted(minted);
      case Checked.Refused<BoundTokens.Minted> refused ->
          error(
              refused.detail().startsWith("proof") ? "invalid_dpop_proof" : "invalid_grant",
              refused.reason().word(),
              refused.detail());
    };
  }

  private static ResponseEntity<byte[]> granted(BoundTokens.Minted minted) {
    var answer = new LinkedHashMap<String, Object>();
    answer.put("access_token", minted.token());
    answer.put("issued_token_type", ACCESS_TOKEN);
    answer.put("token_type", "DPoP");
    answer.put("expires_in", BoundTokens.LIFETIME.toSeconds());
    return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(ApiJson.bytes(answer));
  }

  /// RFC 6749 section 5.2; `reason` is ours, for machines that want to tell refusals apart.
  private static ResponseEntity<byte[]> error(String error, String reason, String description) {
    var answer = new LinkedHashMap<String, Object>();
    answer.put("error", error);
    answer.put("error_description", description);
    answer.put("reason", reason);
    return ResponseEntity.status(HttpStatus.BAD_REQUEST)
        .contentType(MediaType.APPLICATION_JSON)
        .body(ApiJson.bytes(answer));
  }

  /// One value for each name (RFC 6749 section 3.2); an unknown name is refused.
  private static Map<String, String> form(byte[] body) {
    var form = new HashMap<String, String>();
    for (String pair : new String(body, StandardCharsets.US_ASCII).split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 0) {
        throw ProblemException.badRequest("not a form");
      }
      try {
        String name = URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8);
        String value = URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
        if (!KNOWN.contains(name) || form.put(name, value) != null) {
          throw ProblemException.badRequest("a form member is unknown or stands there twice");
        }
      } catch (IllegalArgumentException e) {
        throw ProblemException.badRequest("not a form");
      }
    }
    return form;
  }
}
