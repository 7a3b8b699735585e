package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes Cedar's JSON policy format (Cedar: JSON policy format), for one policy and for a set.
final class PolicyJsonWriter {
  private PolicyJsonWriter() {}

  /// `{"staticPolicies": {..}, "templates": {..}, "templateLinks": [..]}`
  static Map<String, Object> set(PolicySet set) {
    var statics = new LinkedHashMap<String, Object>();
    set.policies().stream()
        .filter(policy -> !set.isLinked(policy.id()))
        .forEach(policy -> statics.put(policy.id(), policy(policy)));
    var templates = new LinkedHashMap<String, Object>();
    set.templates().forEach(template -> templates.put(template.id(), policy(template)));
    var links = new ArrayList<Object>();
    for (Link link : set.links()) {
      var values = new LinkedHashMap<String, Object>();
      if (link.principal() != null) {
        values.put("?principal", Map.of("__entity", uid(link.principal())));
      }
      if (link.resource() != null) {
        values.put("?resource", Map.of("__entity", uid(link.resource())));
      }
      links.add(object("templateId", link.template(), "newId", link.id(), "values", values));
    }
    return object("staticPolicies", statics, "templates", templates, "templateLinks", links);
  }

  /// One policy or template.
  static Map<String, Object> policy(Policy policy) {
    var conditions = new ArrayList<Object>();
    for (Policy.Condition condition : policy.conditions()) {
      conditions.add(
          object(
              "kind",
              condition.unless() ? "unless" : "when",
              "body",
              expression(condition.body())));
    }
    Map<String, Object> json =
        object(
            "effect",
            policy.effect() == Policy.Effect.PERMIT ? "permit" : "forbid",
            "principal",
            scope(policy.principal(), "?principal"),
            "action",
            scope(policy.action(), ""),
            "resource",
            scope(policy.resource(), "?resource"),
            "conditions",
            conditions);
    if (!policy.annotations().isEmpty()) {
      json.put("annotations", new LinkedHashMap<String, Object>(policy.annotations()));
    }
    return json;
  }

  private static Map<String, Object> scope(Scope scope, String slot) {
    return switch (scope) {
      case Scope.Any _ -> object("op", "All");
      case Scope.Exactly(EntityUid uid) -> object("op", "==", "entity", uid(uid));
      case Scope.Within(EntityUid uid) -> object("op", "in", "entity", uid(uid));
      case Scope.WithinAny(List<EntityUid> uids) ->
          object("op", "in", "entities", uids.stream().map(PolicyJsonWriter::uid).toList());
      case Scope.OfType(String type) -> object("op", "is", "entity_type", type);
      case Scope.OfTypeWithin(String type, EntityUid uid) ->
          object("op", "is", "entity_type", type, "in", object("entity", uid(uid)));
      case Scope.Slot(@Nullable String type, boolean within) ->
          type == null
              ? object("op", within ? "in" : "==", "slot", slot)
              : object("op", "is", "entity_type", type, "in", object("slot", slot));
    };
  }

  private static Map<String, Object> uid(EntityUid uid) {
    return object("type", uid.type(), "id", uid.id());
  }

  private static Map<String, Object> expression(Expr expression) {
    return switch (expression) {
      case Expr.Literal literal -> object("Value", literal(literal.value()));
      case Expr.Reference reference -> object("Var", reference.variable().word());
      case Expr.And and -> nested("&&", and.operands());
      case Expr.Or or -> nested("||", or.operands());
      case Expr.If choice ->
          object(
              "if-then-else",
              object(
                  "if",
                  expression(choice.condition()),
                  "then",
                  expression(choice.then()),
                  "else",
                  expression(choice.otherwise())));
      case Expr.Not not -> object("!", object("arg", expression(not.operand())));
      case Expr.Negate negate -> object("neg", object("arg", expression(negate.operand())));
      case Expr.Binary binary ->
          pair(binary.operator().sign(), expression(binary.left()), expression(binary.right()));
      case Expr.Get get ->
          object(".", object("left", expression(get.of()), "attr", get.attribute()));
      case Expr.Has has ->
          object("has", object("left", expression(has.of()), "attr", has.attribute()));
      case Expr.Like like ->
          object("like", object("left", expression(like.of()), "pattern", pattern(like.pattern())));
      case Expr.Is is -> {
        Map<String, Object> json = object("left", expression(is.of()), "entity_type", is.type());
        if (is.within() != null) {
          json.put("in", expression(is.within()));
        }
        yield object("is", json);
      }
      case Expr.SetOf set -> object("Set", expressions(set.members()));
      case Expr.RecordOf record -> {
        var members = new LinkedHashMap<String, Object>();
        record.members().forEach((name, member) -> members.put(name, expression(member)));
        yield object("Record", members);
      }
      case Expr.Invoke invoke ->
          invoke.arguments().isEmpty()
              ? object(invoke.method().word(), object("arg", expression(invoke.of())))
              : pair(
                  invoke.method().word(),
                  expression(invoke.of()),
                  expression(invoke.arguments().getFirst()));
      case Expr.Extended extended ->
          object(extended.function().word(), expressions(extended.arguments()));
    };
  }

  /// The format knows pairs alone: the first two, then that and the third, and so on.
  private static Map<String, Object> nested(String sign, List<Expr> operands) {
    Map<String, Object> left = expression(operands.getFirst());
    for (Expr operand : operands.subList(1, operands.size())) {
      left = pair(sign, left, expression(operand));
    }
    return left;
  }

  private static List<Object> expressions(List<Expr> expressions) {
    return expressions.stream().<Object>map(PolicyJsonWriter::expression).toList();
  }

  private static List<Object> pattern(Pattern pattern) {
    var parts = new ArrayList<Object>();
    var literal = new StringBuilder();
    pattern
        .text()
        .codePoints()
        .forEach(c -> {
          if (c == Escapes.WILDCARD) {
            flush(literal, parts);
            parts.add("Wildcard");
          } else {
            literal.appendCodePoint(c);
          }
        });
    flush(literal, parts);
    return parts;
  }

  private static void flush(StringBuilder literal, List<Object> parts) {
    if (!literal.isEmpty()) {
      parts.add(object("Literal", literal.toString()));
      literal.setLength(0);
    }
  }

  /// What the grammar takes for a literal; other values are written as expressions.
  private static Object literal(Value value) {
    return switch (value) {
      case Value.Truth(boolean truth) -> truth;
      case Value.Whole(long number) -> number;
      case Value.Text(String text) -> text;
      case EntityUid uid -> object("__entity", uid(uid));
      case Value.Group _, Value.Fields _, IpRange _, Decimal _, Datetime _, Duration _ ->
          throw new IllegalStateException("no literal is a " + value.typeName());
    };
  }

  private static Map<String, Object> pair(String sign, Object left, Object right) {
    return object(sign, object("left", left, "right", right));
  }

  private static Map<String, Object> object(Object... namesAndValues) {
    var object = new LinkedHashMap<String, Object>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return object;
  }
}
