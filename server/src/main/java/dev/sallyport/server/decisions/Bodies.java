package dev.sallyport.server.decisions;

import dev.sallyport.gate.Case;
import dev.sallyport.gate.Hold;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.gate.Ruling;
import dev.sallyport.gate.Tried;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.CanonicalJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Writes and reads the bodies of decisions: why it was ruled so.
final class Bodies {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int MAX_BYTES = 1 << 20;

  /// Members of a case that stand beside it in the body, where entries always had them.
  private static final Set<String> BESIDE_CASE = Set.of("claimed", "facts");

  private Bodies() {}

  /// What stands in a body besides the ruling.
  ///
  /// @param holds those that refused, whatever policy says; empty where none did
  /// @param standingKnown false where nobody could say how things stood: then that refused
  /// @param more members of its own
  record Told(
      Case asked,
      Caller caller,
      boolean enforced,
      List<Hold> holds,
      boolean standingKnown,
      Map<String, Object> more) {}

  static byte[] write(Ruling ruling, Told told, String salt) {
    var body = new TreeMap<String, Object>(told.more());
    body.put("policies", ruling.policies().stream().map(Bodies::policy).toList());
    body.put("reasons", ruling.reasons());
    body.put("advice", ruling.advice());
    body.put("missing", ruling.missing());
    // The case is all of what was asked; two of its members keep the places where they are read.
    Map<String, Object> asked = told.asked().asMap();
    for (String member : BESIDE_CASE) {
      body.put(member, asked.getOrDefault(member, Map.of()));
    }
    asked.keySet().removeAll(BESIDE_CASE);
    body.put("case", asked);
    Caller caller = told.caller();
    body.put("caller", caller instanceof Caller.Workload workload ? workload.claims() : Map.of());
    body.put("enforced", told.enforced());
    if (!told.holds().isEmpty()) {
      body.put("holds", told.holds().stream().map(Bodies::hold).toList());
    }
    if (!told.standingKnown()) {
      body.put("standing", "unknown");
    }
    if (ruling instanceof Ruling.Allow allow && !allow.waivers().isEmpty()) {
      body.put("waivers", allow.waivers());
    }
    if (!ruling.tried().isEmpty()) {
      body.put("shadow", ruling.tried().stream().map(Bodies::tried).toList());
    }
    putIfKnown(body, "network", caller.seen().address());
    putIfKnown(body, "key", caller.seen().key());
    putIfKnown(body, "token", caller.seen().token());
    // The body holds names and claims that could be guessed from its digest.
    body.put("salt", salt);
    byte[] whole = CanonicalJson.bytes(body);
    if (whole.length <= MAX_BYTES) {
      return whole;
    }
    // Better a decision that cannot be replayed than one that cannot be recorded.
    body.remove("case");
    return CanonicalJson.bytes(body);
  }

  private static Map<String, Object> hold(Hold hold) {
    return Map.of(
        "on", Map.of("type", hold.on().type(), "id", hold.on().id()), "reason", hold.reason());
  }

  private static void putIfKnown(Map<String, Object> body, String name, @Nullable String value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  private static Map<String, Object> policy(PolicyRef policy) {
    var member = new LinkedHashMap<String, Object>();
    member.put("id", policy.id());
    member.put("effect", policy.forbids() ? "forbid" : "permit");
    member.put("file", policy.file());
    member.put("line", policy.line());
    member.put("column", policy.column());
    member.put("controls", policy.controls());
    member.put("digest", policy.digest());
    if (policy.advice() != null) {
      member.put("advice", policy.advice());
    }
    return member;
  }

  private static Map<String, Object> tried(Tried tried) {
    return Map.of(
        "id",
        tried.policy().id(),
        "effect",
        tried.policy().forbids() ? "forbid" : "permit",
        "digest",
        tried.policy().digest(),
        "would",
        tried.would().word(),
        "changes",
        tried.changes());
  }

  /// What was kept of a question and its answer.
  ///
  /// @param policies those that decided, as they were written
  /// @param missing the facts for want of which a refusal was in doubt
  /// @param stood whether something else than policy refused: a hold, or that nobody could say how
  ///   things stood
  /// @param waived whether the answer stood on a waiver
  record Kept(
      Case asked,
      List<Map<String, Object>> policies,
      List<String> missing,
      boolean stood,
      boolean waived) {}

  /// Reads what can be ruled on again; empty where the case was not kept, or is none of today's
  /// vocabulary.
  static Optional<Kept> kept(byte[] body) {
    Map<String, Object> members = JSON.readValue(body, new TypeReference<Map<String, Object>>() {});
    if (!members.containsKey("case")) {
      return Optional.empty();
    }
    var whole = object(members.get("case"));
    for (String member : BESIDE_CASE) {
      whole.put(member, object(members.get(member)));
    }
    try {
      return Optional.of(
          new Kept(
              Case.of(whole),
              objects(members.get("policies")),
              texts(members.get("missing")),
              members.containsKey("holds") || members.containsKey("standing"),
              members.containsKey("waivers")));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  static Decision.Explanation read(byte[] body) {
    Map<String, Object> members = JSON.readValue(body, new TypeReference<Map<String, Object>>() {});
    return new Decision.Explanation(
        objects(members.get("policies")),
        texts(members.get("reasons")),
        texts(members.get("advice")),
        texts(members.get("missing")),
        object(members.get("facts")),
        object(members.get("claimed")),
        object(members.get("caller")),
        objects(members.get("shadow")),
        Boolean.TRUE.equals(members.get("enforced")));
  }

  private static List<Map<String, Object>> objects(@Nullable Object value) {
    var objects = new ArrayList<Map<String, Object>>();
    if (value instanceof List<?> list) {
      list.forEach(element -> objects.add(object(element)));
    }
    return objects;
  }

  private static List<String> texts(@Nullable Object value) {
    return value instanceof List<?> list ? list.stream().map(String::valueOf).toList() : List.of();
  }

  private static Map<String, Object> object(@Nullable Object value) {
    var object = new TreeMap<String, Object>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, member) -> object.put(String.valueOf(name), member));
    }
    return object;
  }
}
