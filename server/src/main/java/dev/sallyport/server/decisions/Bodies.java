package dev.sallyport.server.decisions;

import dev.sallyport.gate.Facts;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.gate.Ruling;
import dev.sallyport.gate.Tried;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.CanonicalJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Writes and reads the bodies of decisions: why it was ruled so.
final class Bodies {
  private static final JsonMapper JSON = new JsonMapper();

  private Bodies() {}

  static byte[] write(
      Ruling ruling, Asked asked, Facts facts, Caller caller, boolean enforced, String salt) {
    return write(ruling, asked, facts, caller, enforced, Map.of(), salt);
  }

  static byte[] write(
      Ruling ruling,
      Asked asked,
      Facts facts,
      Caller caller,
      boolean enforced,
      Map<String, Object> more,
      String salt) {
    var body = new TreeMap<String, Object>(more);
    body.put("policies", ruling.policies().stream().map(Bodies::policy).toList());
    body.put("reasons", ruling.reasons());
    body.put("advice", ruling.advice());
    body.put("missing", ruling.missing());
    body.put("facts", plain(facts.asMap()));
    body.put("claimed", asked.claims());
    body.put("caller", caller instanceof Caller.Workload workload ? workload.claims() : Map.of());
    body.put("enforced", enforced);
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
    return CanonicalJson.bytes(body);
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

  /// Facts hold references to entities too; JSON names them by type and id.
  private static Object plain(Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        var plain = new TreeMap<String, Object>();
        map.forEach((name, member) -> plain.put((String) name, plain(member)));
        yield plain;
      }
      case List<?> list -> {
        var plain = new ArrayList<Object>();
        list.forEach(element -> plain.add(plain(element)));
        yield plain;
      }
      case String text -> text;
      case Long number -> number;
      case Integer number -> number;
      case Boolean truth -> truth;
      default -> value.toString();
    };
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
