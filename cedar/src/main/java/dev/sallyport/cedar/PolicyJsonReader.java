package dev.sallyport.cedar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads Cedar's JSON policy format (Cedar: JSON policy format), strictly: a member that is not
/// known, missing or of another type is refused with the way to it.
final class PolicyJsonReader {
  private static final Span NOWHERE = new Span(0, 0, 1, 1);
  private static final Set<String> SIGNS =
      Set.of("==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*");

  private final ArrayList<String> way = new ArrayList<>();
  private int depth;

  private PolicyJsonReader() {}

  /// A set as [PolicyJsonWriter#set] writes it.
  static PolicySet set(String json) {
    var reader = new PolicyJsonReader();
    return reader.set(reader.object(JsonReader.readPolicies(json)));
  }

  /// One policy or template.
  static Policy policy(String id, String json) {
    return new PolicyJsonReader().policy(id, JsonReader.readPolicies(json));
  }

  private PolicySet set(Map<String, Object> json) {
    only(json, "staticPolicies", "templates", "templateLinks");
    var policies = new ArrayList<Policy>();
    for (String kind : List.of("staticPolicies", "templates")) {
      Object members = json.get(kind);
      if (members != null) {
        in(
            kind,
            () -> {
              for (var member : object(members).entrySet()) {
                in(
                    member.getKey(),
                    () -> {
                      Policy policy = policy(member.getKey(), member.getValue());
                      if (policy.isTemplate() != kind.equals("templates")) {
                        throw refused(
                            policy.isTemplate()
                                ? "a template is no policy"
                                : "there is no slot in it");
                      }
                      return policies.add(policy);
                    });
              }
              return true;
            });
      }
    }
    var links = new ArrayList<Link>();
    Object listed = json.get("templateLinks");
    if (listed != null) {
      in(
          "templateLinks",
          () -> {
            for (Object link : list(listed)) {
              links.add(in(Integer.toString(links.size()), () -> link(object(link))));
            }
            return true;
          });
    }
    try {
      return PolicySet.of(policies, links);
    } catch (IllegalArgumentException e) {
      throw refused(String.valueOf(e.getMessage()));
    }
  }

  private Link link(Map<String, Object> json) {
    only(json, "templateId", "newId", "values");
    Map<String, Object> values = object(need(json, "values"));
    only(values, "?principal", "?resource");
    return new Link(
        text(json, "templateId"),
        text(json, "newId"),
        slot(values, "?principal"),
        slot(values, "?resource"));
  }

  private @Nullable EntityUid slot(Map<String, Object> values, String name) {
    Object value = values.get(name);
    return value == null ? null : in(name, () -> uid(value));
  }

  private Policy policy(String id, @Nullable Object from) {
    Map<String, Object> json = object(from);
    only(json, "effect", "principal", "action", "resource", "conditions", "annotations");
    Policy.Effect effect =
        switch (text(json, "effect")) {
          case "permit" -> Policy.Effect.PERMIT;
          case "forbid" -> Policy.Effect.FORBID;
          default -> throw refused("`effect` is `permit` or `forbid`");
        };
    var annotations = new LinkedHashMap<String, String>();
    if (json.get("annotations") != null) {
      in(
          "annotations",
          () -> {
            for (var one : object(json.get("annotations")).entrySet()) {
              if (!isAnyName(one.getKey())) {
                throw refused("an annotation has a name");
              }
              annotations.put(
                  one.getKey(),
                  switch (one.getValue()) {
                    case String text -> text;
                    case JsonReader.Null _ -> "";
                    default -> throw refused("an annotation is a string");
                  });
            }
            return true;
          });
    }
    var conditions = new ArrayList<Policy.Condition>();
    in(
        "conditions",
        () -> {
          for (Object one : list(need(json, "conditions"))) {
            conditions.add(in(Integer.toString(conditions.size()), () -> condition(object(one))));
          }
          return true;
        });
    return new Policy(
        id,
        effect,
        annotations,
        in("principal", () -> scope(object(need(json, "principal")), "?principal")),
        in("action", () -> action(scope(object(need(json, "action")), ""))),
        in("resource", () -> scope(object(need(json, "resource")), "?resource")),
        conditions,
        NOWHERE);
  }

  private static boolean isAnyName(String name) {
    return PolicyPrinter.isName(name) || TokenReader.RESERVED.contains(name);
  }

  private Policy.Condition condition(Map<String, Object> json) {
    only(json, "kind", "body");
    boolean unless =
        switch (text(json, "kind")) {
          case "when" -> false;
          case "unless" -> true;
          default -> throw refused("`kind` is `when` or `unless`");
        };
    Expr body = in("body", () -> expression(need(json, "body")));
    if (Nesting.isTooDeep(body)) {
      throw refused("nested deeper than " + TokenReader.MAX_DEPTH);
    }
    return new Policy.Condition(unless, body, NOWHERE);
  }

  private Scope scope(Map<String, Object> json, String slot) {
    return switch (text(json, "op")) {
      case "All", "all" -> {
        only(json, "op");
        yield new Scope.Any();
      }
      case "==" -> {
        only(json, "op", "entity", "slot");
        yield json.containsKey("slot")
            ? opened(json, slot, null, false)
            : new Scope.Exactly(uid(need(json, "entity")));
      }
      case "in" -> {
        only(json, "op", "entity", "entities", "slot");
        if (json.containsKey("slot")) {
          yield opened(json, slot, null, true);
        }
        if (json.containsKey("entities") && slot.isEmpty()) {
          yield new Scope.WithinAny(list(need(json, "entities")).stream().map(this::uid).toList());
        }
        yield new Scope.Within(uid(need(json, "entity")));
      }
      case "is" -> {
        if (slot.isEmpty()) {
          throw refused("an action has no type to test");
        }
        only(json, "op", "entity_type", "in");
        String type = path(text(json, "entity_type"));
        if (!json.containsKey("in")) {
          yield new Scope.OfType(type);
        }
        Map<String, Object> in = object(need(json, "in"));
        only(in, "entity", "slot");
        yield in.containsKey("slot")
            ? opened(in, slot, type, true)
            : new Scope.OfTypeWithin(type, uid(need(in, "entity")));
      }
      default -> throw refused("`op` is `All`, `==`, `in` or `is`");
    };
  }

  private Scope opened(
      Map<String, Object> json, String slot, @Nullable String type, boolean within) {
    if (!text(json, "slot").equals(slot) || json.containsKey("entity") || slot.isEmpty()) {
      throw refused("no such slot here");
    }
    return new Scope.Slot(type, within);
  }

  private Scope action(Scope scope) {
    Stream<EntityUid> uids =
        switch (scope) {
          case Scope.Exactly(EntityUid uid) -> Stream.of(uid);
          case Scope.Within(EntityUid uid) -> Stream.of(uid);
          case Scope.WithinAny(List<EntityUid> many) -> many.stream();
          case Scope.Any _, Scope.OfType _, Scope.OfTypeWithin _, Scope.Slot _ -> Stream.of();
        };
    uids.filter(uid -> !uid.isAction())
        .findFirst()
        .ifPresent(uid -> {
          throw refused("`" + uid + "` is not an action");
        });
    return scope;
  }

  private Expr expression(Object from) {
    Map<String, Object> json = object(from);
    if (json.size() != 1) {
      throw refused("an expression has one member, its operator");
    }
    String operator = json.keySet().iterator().next();
    down();
    Expr expression = in(operator, () -> expression(operator, json.get(operator)));
    depth--;
    return expression;
  }

  private void down() {
    if (++depth > TokenReader.MAX_DEPTH) {
      throw refused("nested deeper than " + TokenReader.MAX_DEPTH);
    }
  }

  /// The operands of `a && b && c`, which JSON nests to the left: a long row is not deep.
  private List<Expr> row(String operator, @Nullable Object of) {
    var operands = new ArrayDeque<Expr>();
    Map<String, Object> json = object(of);
    while (true) {
      only(json, "left", "right");
      operands.addFirst(member(json, "right"));
      if (!(need(json, "left") instanceof Map<?, ?> left)
          || left.size() != 1
          || !(left.get(operator) instanceof Map<?, ?> deeper)) {
        operands.addFirst(member(json, "left"));
        return List.copyOf(operands);
      }
      json = object(deeper);
    }
  }

  private Expr expression(String operator, @Nullable Object of) {
    return switch (operator) {
      case "Value" -> value(of);
      case "Var" ->
          Stream.of(Expr.Variable.values())
              .filter(variable -> variable.word().equals(of))
              .findFirst()
              .map(variable -> (Expr) new Expr.Reference(variable, NOWHERE))
              .orElseThrow(() -> refused("no such variable"));
      case "Slot" -> throw refused("a slot stands in a scope alone");
      case "&&" -> new Expr.And(row(operator, of), NOWHERE);
      case "||" -> new Expr.Or(row(operator, of), NOWHERE);
      case "!" -> new Expr.Not(argument(of), NOWHERE);
      case "neg" -> new Expr.Negate(argument(of), NOWHERE);
      case "." -> {
        Map<String, Object> json = object(of);
        only(json, "left", "attr");
        yield new Expr.Get(member(json, "left"), text(json, "attr"), NOWHERE);
      }
      case "has" -> has(object(of));
      case "like" -> {
        Map<String, Object> json = object(of);
        only(json, "left", "pattern");
        yield new Expr.Like(member(json, "left"), pattern(need(json, "pattern")), NOWHERE);
      }
      case "is" -> {
        Map<String, Object> json = object(of);
        only(json, "left", "entity_type", "in");
        yield new Expr.Is(
            member(json, "left"),
            path(text(json, "entity_type")),
            json.containsKey("in") ? member(json, "in") : null,
            NOWHERE);
      }
      case "if-then-else" -> {
        Map<String, Object> json = object(of);
        only(json, "if", "then", "else");
        yield new Expr.If(member(json, "if"), member(json, "then"), member(json, "else"), NOWHERE);
      }
      case "Set" -> new Expr.SetOf(expressions(of), NOWHERE);
      case "Record" -> {
        var members = new LinkedHashMap<String, Expr>();
        object(of).forEach((name, member) -> members.put(name, expression(member)));
        yield new Expr.RecordOf(members, NOWHERE);
      }
      default -> called(operator, of);
    };
  }

  private Expr called(String operator, @Nullable Object of) {
    if (SIGNS.contains(operator)) {
      List<Expr> both = both(of);
      return new Expr.Binary(
          Stream.of(Expr.Operator.values())
              .filter(one -> one.sign().equals(operator))
              .findFirst()
              .orElseThrow(),
          both.getFirst(),
          both.getLast(),
          NOWHERE);
    }
    for (Expr.Method method : Expr.Method.values()) {
      if (method.word().equals(operator)) {
        if (method.arguments() == 0) {
          return new Expr.Invoke(method, argument(of), List.of(), NOWHERE);
        }
        List<Expr> both = both(of);
        return new Expr.Invoke(method, both.getFirst(), both.subList(1, 2), NOWHERE);
      }
    }
    Extension function = Extension.of(operator).orElseThrow(() -> refused("no such operator"));
    List<Expr> arguments = expressions(of);
    if (function.isMethod() && arguments.isEmpty()) {
      throw refused("a method is called on something");
    }
    return new Expr.Extended(function, arguments, NOWHERE);
  }

  /// `attr` is a name or, for `has a.b.c`, a list of them.
  private Expr has(Map<String, Object> json) {
    only(json, "left", "attr");
    Expr of = member(json, "left");
    if (!(need(json, "attr") instanceof List<?> names)) {
      return new Expr.Has(of, text(json, "attr"), NOWHERE);
    }
    if (Nesting.isTooMuch(of, names.size())) {
      throw refused("nested deeper than a path of tests may be");
    }
    var tests = new ArrayList<Expr>();
    for (Object name : names) {
      if (!(name instanceof String attribute)) {
        throw refused("`attr` names attributes");
      }
      tests.add(new Expr.Has(of, attribute, NOWHERE));
      of = new Expr.Get(of, attribute, NOWHERE);
    }
    if (tests.isEmpty()) {
      throw refused("`attr` names an attribute");
    }
    return tests.size() == 1 ? tests.getFirst() : new Expr.And(tests, NOWHERE);
  }

  private Pattern pattern(Object from) {
    if (from instanceof String) {
      throw refused("a pattern is a list of `Wildcard` and literals");
    }
    var text = new StringBuilder();
    for (Object part : list(from)) {
      if ("Wildcard".equals(part)) {
        text.append(Escapes.WILDCARD);
      } else {
        Map<String, Object> literal = object(part);
        only(literal, "Literal");
        text.append(text(literal, "Literal"));
      }
    }
    return new Pattern(text.toString());
  }

  /// A value as in entities; what the grammar has no literal for becomes the expression that makes
  /// it.
  private Expr value(@Nullable Object of) {
    down();
    Expr value = flat(of);
    depth--;
    return value;
  }

  private Expr flat(@Nullable Object of) {
    return switch (of) {
      case null -> throw refused("null is no value");
      case Boolean truth -> new Expr.Literal(Value.of(truth), NOWHERE);
      case Long number -> new Expr.Literal(Value.of(number), NOWHERE);
      case String text -> new Expr.Literal(Value.of(text), NOWHERE);
      case List<?> members -> new Expr.SetOf(members.stream().map(this::value).toList(), NOWHERE);
      default -> made(object(of));
    };
  }

  private Expr made(Map<String, Object> json) {
    Object entity = json.get("__entity");
    Object extension = json.get("__extn");
    if ((entity != null || extension != null) && json.size() != 1) {
      throw refused("`__entity` and `__extn` stand alone in their object");
    }
    if (entity != null) {
      return new Expr.Literal(uid(json), NOWHERE);
    }
    if (extension != null) {
      Map<String, Object> call = object(extension);
      only(call, "fn", "arg", "args");
      Extension function =
          Extension.of(text(call, "fn")).orElseThrow(() -> refused("no such function"));
      List<?> given =
          call.containsKey("args") ? list(need(call, "args")) : List.of(need(call, "arg"));
      return new Expr.Extended(function, given.stream().map(this::value).toList(), NOWHERE);
    }
    var members = new LinkedHashMap<String, Expr>();
    json.forEach((name, member) -> members.put(name, value(member)));
    return new Expr.RecordOf(members, NOWHERE);
  }

  private List<Expr> both(@Nullable Object of) {
    Map<String, Object> json = object(of);
    only(json, "left", "right");
    return List.of(member(json, "left"), member(json, "right"));
  }

  private Expr argument(@Nullable Object of) {
    Map<String, Object> json = object(of);
    only(json, "arg");
    return member(json, "arg");
  }

  private Expr member(Map<String, Object> json, String name) {
    Object member = need(json, name);
    return in(name, () -> expression(member));
  }

  private List<Expr> expressions(@Nullable Object of) {
    return list(of).stream().map(this::expression).toList();
  }

  private EntityUid uid(Object json) {
    try {
      return EntitiesReader.uid(json);
    } catch (Entities.Refused e) {
      throw refused(String.valueOf(e.getMessage()));
    }
  }

  private String path(String type) {
    try {
      return EntitiesReader.path(type);
    } catch (Entities.Refused e) {
      throw refused(String.valueOf(e.getMessage()));
    }
  }

  // ---- members ----

  private Map<String, Object> object(@Nullable Object json) {
    if (json instanceof Map<?, ?> members) {
      var copy = new LinkedHashMap<String, Object>();
      members.forEach((name, member) -> copy.put((String) name, member));
      return copy;
    }
    throw refused("expected an object");
  }

  private List<Object> list(@Nullable Object json) {
    if (json instanceof List<?> members) {
      return List.copyOf(members);
    }
    throw refused("expected a list");
  }

  private Object need(Map<String, Object> json, String name) {
    Object member = json.get(name);
    if (member == null) {
      throw refused("`" + name + "` is missing");
    }
    return member;
  }

  private String text(Map<String, Object> json, String name) {
    if (need(json, name) instanceof String text) {
      return text;
    }
    throw refused("`" + name + "` must be a string");
  }

  private void only(Map<String, Object> json, String... names) {
    for (String member : json.keySet()) {
      if (!List.of(names).contains(member)) {
        throw refused("no member `" + member + "` here");
      }
    }
  }

  private interface Work<T> {
    T done();
  }

  /// Notes the way while `work` is done, for whoever is refused.
  private <T> T in(String step, Work<T> work) {
    way.add(step);
    T result = work.done();
    way.removeLast();
    return result;
  }

  private SyntaxRefused refused(String message) {
    String at = String.join("/", way.subList(0, Math.min(way.size(), 40)));
    return new SyntaxRefused(NOWHERE, at.isEmpty() ? message : "at /" + at + ": " + message);
  }
}
