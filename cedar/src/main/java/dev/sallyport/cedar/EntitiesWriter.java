package dev.sallyport.cedar;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Writes Cedar's JSON form of entities, so that it can be read without a schema.
final class EntitiesWriter {
  private EntitiesWriter() {}

  /// In the order of their names, and so are parents and attributes.
  static List<Object> entities(Entities entities) {
    return entities.all().stream()
        .sorted(Comparator.comparing(entity -> entity.uid().toString()))
        .<Object>map(EntitiesWriter::entity)
        .toList();
  }

  private static Map<String, Object> entity(Entities.Entity entity) {
    var json = new LinkedHashMap<String, Object>();
    json.put("uid", uid(entity.uid()));
    json.put("attrs", values(entity.attributes()));
    json.put(
        "parents",
        entity.parents().stream()
            .sorted(Comparator.comparing(EntityUid::toString))
            .<Object>map(EntitiesWriter::uid)
            .toList());
    if (!entity.tags().isEmpty()) {
      json.put("tags", values(entity.tags()));
    }
    return json;
  }

  private static Map<String, Object> uid(EntityUid uid) {
    var json = new LinkedHashMap<String, Object>();
    json.put("type", uid.type());
    json.put("id", uid.id());
    return json;
  }

  private static Map<String, Object> values(Map<String, Value> values) {
    var json = new TreeMap<String, Object>();
    values.forEach((name, value) -> json.put(name, value(value)));
    return json;
  }

  static Object value(Value value) {
    return switch (value) {
      case Value.Truth(boolean truth) -> truth;
      case Value.Whole(long number) -> number;
      case Value.Text(String text) -> text;
      case EntityUid uid -> Map.of("__entity", uid(uid));
      case Value.Group(Set<Value> members) -> members.stream().map(EntitiesWriter::value).toList();
      case Value.Fields(Map<String, Value> members) -> values(members);
      case IpRange range -> made("ip", text(range));
      case Decimal decimal -> made("decimal", text(decimal));
      case Duration duration -> made("duration", text(duration));
      case Datetime datetime ->
          call(
              "offset",
              "args",
              List.of(
                  made("datetime", "1970-01-01"),
                  made("duration", datetime.epochMilliseconds() + "ms")));
    };
  }

  /// What stands between the quotes of its expression.
  private static String text(Value value) {
    String expression = value.toString();
    return expression.substring(expression.indexOf('"') + 1, expression.lastIndexOf('"'));
  }

  private static Map<String, Object> made(String function, String text) {
    return call(function, "arg", text);
  }

  private static Map<String, Object> call(String function, String name, Object given) {
    var call = new LinkedHashMap<String, Object>();
    call.put("fn", function);
    call.put(name, given);
    return Map.of("__extn", call);
  }
}
