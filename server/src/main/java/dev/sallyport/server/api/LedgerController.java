package dev.sallyport.server.api;

import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.tlog.Hash;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// The log as a client or an auditor reads it.
@RestController
final class LedgerController {
  private final Ledger ledger;

  LedgerController(Ledger ledger) {
    this.ledger = ledger;
  }

  @GetMapping("/v1/health")
  @AskedBy(value = AskedBy.Who.ANYONE, because = "it says that we run and whose log this is")
  ResponseEntity<byte[]> health() {
    var answer = new LinkedHashMap<String, Object>();
    answer.put("status", "ok");
    answer.put("logKey", ledger.logKey().encoded());
    answer.put("treeSize", ledger.head().size());
    answer.put("witnesses", 0);
    return json(answer);
  }

  @GetMapping("/v1/ledger/checkpoint")
  @AskedBy(value = AskedBy.Who.ANYONE, because = "whoever keeps heads watches us")
  ResponseEntity<byte[]> checkpoint() {
    return ResponseEntity.ok()
        .contentType(new MediaType("text", "plain", StandardCharsets.UTF_8))
        .body(ledger.head().note().getBytes(StandardCharsets.UTF_8));
  }

  @GetMapping("/v1/ledger/entries")
  @AskedBy(AskedBy.Who.TOKEN_HOLDER)
  ResponseEntity<byte[]> entries(
      Caller caller,
      @RequestParam("from") String from,
      @RequestParam(name = "limit", defaultValue = "100") String limit) {
    // A job gets its own entries with its answers; all others' are none of its business.
    if (!(caller instanceof Caller.Person)) {
      throw new ProblemException(HttpStatus.FORBIDDEN, "forbidden", "only a person may look");
    }
    long first = number("from", from);
    long most = number("limit", limit);
    var answer = new LinkedHashMap<String, Object>();
    answer.put(
        "entries",
        ledger.entries(first, (int) Math.min(most, Ledger.MAX_PAGE)).stream()
            .map(Answers::entry)
            .toList());
    answer.put("treeSize", ledger.head().size());
    return json(answer);
  }

  @GetMapping("/v1/ledger/proof/inclusion")
  @AskedBy(value = AskedBy.Who.ANYONE, because = "a proof is hashes and says nothing by itself")
  ResponseEntity<byte[]> inclusion(
      @RequestParam("index") String index, @RequestParam("size") String size) {
    long leaf = number("index", index);
    long tree = number("size", size);
    return proof(() -> ledger.inclusion(leaf, tree));
  }

  @GetMapping("/v1/ledger/proof/consistency")
  @AskedBy(value = AskedBy.Who.ANYONE, because = "a proof is hashes and says nothing by itself")
  ResponseEntity<byte[]> consistency(
      @RequestParam("from") String from, @RequestParam("to") String to) {
    long older = number("from", from);
    long newer = number("to", to);
    return proof(() -> ledger.consistency(older, newer));
  }

  private static ResponseEntity<byte[]> proof(Supplier<List<Hash>> maker) {
    try {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("proof", maker.get().stream().map(Hash::base64).toList());
      return json(answer);
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static long number(String name, String text) {
    if (!text.matches("0|[1-9][0-9]{0,17}")) {
      throw ProblemException.badRequest("`" + name + "` must be a whole number");
    }
    return Long.parseLong(text);
  }

  private static ResponseEntity<byte[]> json(Object answer) {
    return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(ApiJson.bytes(answer));
  }
}
