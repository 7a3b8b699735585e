package dev.sallyport.server.export;

import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.CanonicalJson;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// Says how the sinks do.
@RestController
final class ExportController {
  private final SiemPump pump;

  ExportController(SiemPump pump) {
    this.pump = pump;
  }

  @GetMapping("/v1/export")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> health(Caller caller) {
    if (!(caller instanceof Caller.Person)) {
      return ResponseEntity.status(HttpStatus.FORBIDDEN).build();
    }
    List<Map<String, Object>> sinks =
        pump.health().stream().map(ExportController::members).toList();
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .body(CanonicalJson.bytes(Map.of("sinks", sinks)));
  }

  private static Map<String, Object> members(SinkHealth health) {
    var members = new TreeMap<String, Object>();
    members.put("name", health.name());
    members.put("kind", health.kind());
    members.put("state", health.state());
    members.put("next", health.nextIndex());
    members.put("lag", health.lag());
    members.put("acknowledges", health.acknowledges());
    members.put(
        "oldestUnsent", health.oldestUnsent() == null ? "" : health.oldestUnsent().toString());
    members.put(
        "lastAcknowledged",
        health.lastAcknowledged() == null ? "" : health.lastAcknowledged().toString());
    members.put("error", health.error() == null ? "" : health.error());
    return members;
  }
}
