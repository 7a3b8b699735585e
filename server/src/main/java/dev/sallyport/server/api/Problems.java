package dev.sallyport.server.api;

import dev.sallyport.gate.PolicyRefused;
import dev.sallyport.server.decisions.RetryMismatchException;
import dev.sallyport.server.ledger.LedgerException;
import dev.sallyport.server.policies.OutrunException;
import dev.sallyport.server.policies.PolicyUnknownException;
import dev.sallyport.server.releases.NoSuchPlaceException;
import dev.sallyport.server.standing.StandingUnknownException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/// Turns whatever went wrong into `application/problem+json` (RFC 9457), without insides.
@RestControllerAdvice({"dev.sallyport.server.api", "dev.sallyport.server.export"})
final class Problems {
  private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
  private static final int MOST_PROBLEMS = 1000;

  private static ResponseEntity<byte[]> answer(HttpStatusCode status, String word, String detail) {
    return answer(status, word, detail, new HttpHeaders());
  }

  private static ResponseEntity<byte[]> answer(
      HttpStatusCode status, String word, String detail, HttpHeaders headers) {
    var body = new LinkedHashMap<String, Object>();
    body.put("type", "urn:sallyport:problem:" + word);
    body.put("title", word.replace('-', ' '));
    body.put("status", status.value());
    body.put("detail", detail);
    return ResponseEntity.status(status)
        .headers(headers)
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(ApiJson.bytes(body));
  }

  @ExceptionHandler
  ResponseEntity<byte[]> refused(ProblemException problem) {
    var headers = new HttpHeaders();
    if (problem.challenge() != null) {
      headers.set(HttpHeaders.WWW_AUTHENTICATE, problem.challenge());
    }
    return answer(problem.status(), problem.word(), String.valueOf(problem.getMessage()), headers);
  }

  /// The whole answer of a ruling, so that who was refused learns what would satisfy it.
  @ExceptionHandler
  ResponseEntity<byte[]> denied(DeniedException refusal) {
    var body = new LinkedHashMap<String, Object>();
    body.put("type", "urn:sallyport:problem:denied");
    body.put("title", "denied");
    body.put("status", HttpStatus.FORBIDDEN.value());
    body.put("detail", String.valueOf(refusal.getMessage()));
    body.putAll(Answers.decision(refusal.denied().decision()));
    body.put("decision", "deny");
    body.put("reasons", refusal.denied().ruling().reasons());
    body.put("advice", refusal.denied().ruling().advice());
    body.put("missing", refusal.denied().ruling().missing());
    return ResponseEntity.status(HttpStatus.FORBIDDEN)
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(ApiJson.bytes(body));
  }

  @ExceptionHandler
  ResponseEntity<byte[]> noSuchPlace(NoSuchPlaceException refusal) {
    return answer(HttpStatus.NOT_FOUND, "no-place", String.valueOf(refusal.getMessage()));
  }

  @ExceptionHandler
  ResponseEntity<byte[]> unknownStanding(StandingUnknownException failure) {
    LOG.error("nobody can say how things stand", failure);
    return answer(
        HttpStatus.SERVICE_UNAVAILABLE, "standing-unknown", "how things stand is not known now");
  }

  @ExceptionHandler
  ResponseEntity<byte[]> unknownPolicy(PolicyUnknownException failure) {
    LOG.error("nobody can say which policy is in force", failure);
    return answer(
        HttpStatus.SERVICE_UNAVAILABLE,
        "policy-unknown",
        "which policy is in force is not known now");
  }

  @ExceptionHandler
  ResponseEntity<byte[]> outrun(OutrunException refusal) {
    return answer(HttpStatus.PRECONDITION_FAILED, "outrun", String.valueOf(refusal.getMessage()));
  }

  /// Every place that is wrong, so that one try shows all of them.
  @ExceptionHandler
  ResponseEntity<byte[]> refusedPolicy(PolicyRefused refusal) {
    var body = new LinkedHashMap<String, Object>();
    body.put("type", "urn:sallyport:problem:policy-refused");
    body.put("title", "policy refused");
    body.put("status", HttpStatus.UNPROCESSABLE_CONTENT.value());
    body.put("detail", String.valueOf(refusal.getMessage()));
    body.put(
        "problems",
        refusal.problems().stream()
            .limit(MOST_PROBLEMS)
            .map(problem ->
                Map.of(
                    "file", problem.file(),
                    "line", problem.line(),
                    "column", problem.column(),
                    "message", problem.message()))
            .toList());
    return ResponseEntity.status(HttpStatus.UNPROCESSABLE_CONTENT)
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(ApiJson.bytes(body));
  }

  @ExceptionHandler
  ResponseEntity<byte[]> otherQuestion(RetryMismatchException mismatch) {
    return answer(HttpStatus.CONFLICT, "retry-mismatch", String.valueOf(mismatch.getMessage()));
  }

  /// Nothing was acknowledged: the caller may try again, with the same retry key.
  @ExceptionHandler
  ResponseEntity<byte[]> ledger(LedgerException failure) {
    LOG.error("the ledger took no entry", failure);
    return answer(
        HttpStatus.SERVICE_UNAVAILABLE, "not-recorded", "the ruling could not be recorded");
  }

  @ExceptionHandler
  ResponseEntity<byte[]> unexpected(Exception failure) {
    if (failure instanceof ErrorResponse response) {
      return answer(response.getStatusCode(), "bad-request", "this cannot be asked so");
    }
    LOG.error("unexpected failure", failure);
    return answer(HttpStatus.INTERNAL_SERVER_ERROR, "internal", "something went wrong here");
  }
}
