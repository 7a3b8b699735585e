package dev.sallyport.server.enforce;

import dev.sallyport.server.ledger.LedgerException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import tools.jackson.databind.json.JsonMapper;

/// Turns refusals into the errors of the OCI distribution specification, without insides.
@RestControllerAdvice("dev.sallyport.server.enforce")
@Order(Ordered.HIGHEST_PRECEDENCE)
final class OciProblems {
  private static final Logger LOG = LoggerFactory.getLogger(OciProblems.class);
  private static final JsonMapper JSON = new JsonMapper();

  @ExceptionHandler
  ResponseEntity<byte[]> refused(OciException refusal) {
    if (refusal.getCause() != null) {
      LOG.warn("{}: {}", refusal.getMessage(), refusal.getCause().toString());
    }
    return answer(
        refusal.status(), refusal.code(), String.valueOf(refusal.getMessage()), refusal.advice());
  }

  @ExceptionHandler
  ResponseEntity<byte[]> ledger(LedgerException failure) {
    LOG.error("the ledger took no entry", failure);
    return answer(503, "DENIED", "the ruling could not be recorded", List.of());
  }

  private static ResponseEntity<byte[]> answer(
      int status, String code, String message, List<String> advice) {
    var error = new LinkedHashMap<String, Object>();
    error.put("code", code);
    error.put("message", message);
    if (!advice.isEmpty()) {
      error.put("detail", Map.of("advice", advice));
    }
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_JSON)
        .body(
            JSON.writeValueAsString(Map.of("errors", List.of(error)))
                .getBytes(StandardCharsets.UTF_8));
  }
}
