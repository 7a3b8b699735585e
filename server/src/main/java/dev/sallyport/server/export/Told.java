package dev.sallyport.server.export;

import dev.sallyport.server.ledger.Entry;
import dev.sallyport.server.ledger.Ledger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// One entry as receivers get it.
///
/// `dedup` is the same for every telling of one entry and for no other: receivers that see it twice
/// drop one. With it and `leafHash` anybody finds the entry in the log and proves it.
///
/// @param json one line of JSON: docs/reference/export.md
record Told(long index, Instant time, String dedup, String json) {
  /// Whatever reads the lines, be it a terminal: nothing in them moves a cursor or turns a word.
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  /// @param body what explains it, or nothing where it was erased
  static Told of(String origin, Ledger.Recorded recorded, byte[] body) {
    String dedup = origin + "/" + recorded.index();
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("dedup", dedup);
    members.put("origin", origin);
    members.put("index", recorded.index());
    members.put("leafHash", recorded.leafHash().base64());
    Entry entry = recorded.entry();
    members.putAll(object(entry.bytes()));
    if (body.length > 0) {
      Map<String, Object> why = object(body);
      why.remove("salt");
      members.put("why", why);
    }
    return new Told(
        recorded.index(),
        entry.time(),
        dedup,
        new String(JSON.writeValueAsBytes(members), StandardCharsets.UTF_8));
  }

  private static Map<String, Object> object(byte[] json) {
    return new LinkedHashMap<>(
        JSON.readValue(json, new TypeReference<LinkedHashMap<String, Object>>() {}));
  }
}
