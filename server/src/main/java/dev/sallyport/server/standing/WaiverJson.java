package dev.sallyport.server.standing;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Waiver;
import dev.sallyport.server.ledger.CanonicalJson;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a waiver is for, as canonical JSON: for the row that keeps it and the entry that says it.
final class WaiverJson {
  private static final JsonMapper JSON = new JsonMapper();

  private WaiverJson() {}

  static Map<String, Object> members(Waiver waiver) {
    Waiver.Scope scope = waiver.scope();
    return new TreeMap<>(
        Map.of(
            "who", ref(scope.who()),
            "run", scope.run(),
            "action", scope.action().word(),
            "resource", ref(scope.resource()),
            "claimed", scope.claimed(),
            "policies", waiver.policies(),
            "permits", waiver.permits()));
  }

  static String text(Waiver waiver) {
    return new String(CanonicalJson.bytes(members(waiver)), StandardCharsets.UTF_8);
  }

  /// Reads what [#text] wrote.
  ///
  /// @throws IllegalArgumentException for anything else: then nobody knows what is waived
  static Waiver read(String id, String text, String reason) {
    JsonNode json = JSON.readTree(text);
    String action = json.path("action").asString("");
    return new Waiver(
        id,
        new Waiver.Scope(
            ref(json.path("who")),
            texts(json.path("run")),
            Action.of(action)
                .orElseThrow(() -> new IllegalArgumentException("no action `" + action + "`")),
            ref(json.path("resource")),
            texts(json.path("claimed"))),
        texts(json.path("policies")),
        json.path("permits").booleanValue(),
        reason);
  }

  private static Map<String, Object> ref(EntityRef ref) {
    return Map.of("type", ref.type(), "id", ref.id());
  }

  private static EntityRef ref(JsonNode json) {
    return new EntityRef(json.path("type").asString(""), json.path("id").asString(""));
  }

  private static Map<String, String> texts(JsonNode json) {
    return JSON.convertValue(json, new TypeReference<Map<String, String>>() {});
  }
}
