package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Evaluates expressions by walking the tree (Cedar: operators and functions).
final class Evaluator {
  private final Request request;
  private final Entities entities;

  Evaluator(Request request, Entities entities) {
    this.request = request;
    this.entities = entities;
  }

  /// Whether every condition of a policy holds; its scope is asked elsewhere.
  boolean holds(List<Policy.Condition> conditions) {
    for (Policy.Condition condition : conditions) {
      if (truth(condition.body()) == condition.unless()) {
        return false;
      }
    }
    return true;
  }

  Value value(Expr expression) {
    return switch (expression) {
      case Expr.Literal literal -> literal.value();
      case Expr.Reference reference -> variable(reference.variable());
      case Expr.And and -> Value.of(allTrue(and.operands()));
      case Expr.Or or -> Value.of(anyTrue(or.operands()));
      case Expr.If choice -> value(truth(choice.condition()) ? choice.then() : choice.otherwise());
      case Expr.Not not -> Value.of(!truth(not.operand()));
      case Expr.Negate negate -> negated(whole(value(negate.operand())));
      case Expr.Binary binary -> binary(binary);
      case Expr.Get get -> attribute(value(get.of()), get.attribute());
      case Expr.Has has -> Value.of(has(value(has.of()), has.attribute()));
      case Expr.Like like -> Value.of(like.pattern().matches(text(value(like.of()))));
      case Expr.Is is -> Value.of(is(uid(value(is.of())), is));
      case Expr.SetOf set -> Value.of(values(set.members()));
      case Expr.RecordOf record -> record(record.members());
      case Expr.Invoke invoke -> invoke(invoke);
      case Expr.Extended extended -> extended.function().apply(values(extended.arguments()));
    };
  }

  private Value variable(Expr.Variable variable) {
    return switch (variable) {
      case PRINCIPAL -> request.principal();
      case ACTION -> request.action();
      case RESOURCE -> request.resource();
      case CONTEXT -> request.context();
    };
  }

  private boolean allTrue(List<Expr> operands) {
    for (Expr operand : operands) {
      if (!truth(operand)) {
        return false;
      }
    }
    return true;
  }

  private boolean anyTrue(List<Expr> operands) {
    for (Expr operand : operands) {
      if (truth(operand)) {
        return true;
      }
    }
    return false;
  }

  private Value binary(Expr.Binary binary) {
    Value left = value(binary.left());
    Value right = value(binary.right());
    return switch (binary.operator()) {
      case EQUAL -> Value.of(left.equals(right));
      case NOT_EQUAL -> Value.of(!left.equals(right));
      case LESS -> Value.of(compare(left, right) < 0);
      case LESS_OR_EQUAL -> Value.of(compare(left, right) <= 0);
      case GREATER -> Value.of(compare(left, right) > 0);
      case GREATER_OR_EQUAL -> Value.of(compare(left, right) >= 0);
      case IN -> Value.of(in(uid(left), right));
      case PLUS, MINUS, TIMES -> arithmetic(binary.operator(), whole(left), whole(right));
    };
  }

  private static Value negated(long value) {
    try {
      return Value.of(Math.negateExact(value));
    } catch (ArithmeticException e) {
      throw new EvaluationError("overflow in `-`");
    }
  }

  private static Value arithmetic(Expr.Operator operator, long left, long right) {
    try {
      return Value.of(
          operator == Expr.Operator.PLUS
              ? Math.addExact(left, right)
              : operator == Expr.Operator.MINUS
                  ? Math.subtractExact(left, right)
                  : Math.multiplyExact(left, right));
    } catch (ArithmeticException e) {
      throw new EvaluationError("overflow in `" + operator.sign() + "`");
    }
  }

  private static int compare(Value left, Value right) {
    if (left instanceof Datetime a && right instanceof Datetime b) {
      return Long.compare(a.epochMilliseconds(), b.epochMilliseconds());
    }
    if (left instanceof Duration a && right instanceof Duration b) {
      return Long.compare(a.milliseconds(), b.milliseconds());
    }
    return Long.compare(whole(left), whole(right));
  }

  private boolean is(EntityUid uid, Expr.Is is) {
    return uid.type().equals(is.type()) && (is.within() == null || in(uid, value(is.within())));
  }

  private boolean in(EntityUid uid, Value right) {
    if (right instanceof EntityUid ancestor) {
      return entities.isIn(uid, ancestor);
    }
    if (!(right instanceof Value.Group group)) {
      throw expected("entity or set of entities", right);
    }
    // Every member must be an entity, also those behind the first that matches.
    boolean found = false;
    for (Value member : group.members()) {
      found |= entities.isIn(uid, uid(member));
    }
    return found;
  }

  private Value attribute(Value of, String name) {
    Map<String, Value> attributes =
        switch (of) {
          case Value.Fields fields -> fields.members();
          case EntityUid uid -> entity(uid).attributes();
          default -> throw expected("entity or record", of);
        };
    Value value = attributes.get(name);
    if (value == null) {
      throw new EvaluationError("no attribute `" + name + "` in a " + of.typeName());
    }
    return value;
  }

  private boolean has(Value of, String name) {
    return switch (of) {
      case Value.Fields fields -> fields.members().containsKey(name);
      case EntityUid uid -> {
        Entities.Entity entity = entities.get(uid);
        yield entity != null && entity.attributes().containsKey(name);
      }
      default -> throw expected("entity or record", of);
    };
  }

  private Entities.Entity entity(EntityUid uid) {
    Entities.Entity entity = entities.get(uid);
    if (entity == null) {
      throw new EvaluationError("no entity `" + uid + "`");
    }
    return entity;
  }

  private Value invoke(Expr.Invoke invoke) {
    Value of = value(invoke.of());
    List<Value> arguments = values(invoke.arguments());
    return switch (invoke.method()) {
      case CONTAINS -> Value.of(group(of).members().contains(arguments.getFirst()));
      case CONTAINS_ALL ->
          Value.of(group(of).members().containsAll(group(arguments.getFirst()).members()));
      case CONTAINS_ANY -> {
        var members = group(of).members();
        yield Value.of(group(arguments.getFirst()).members().stream().anyMatch(members::contains));
      }
      case IS_EMPTY -> Value.of(group(of).members().isEmpty());
      case GET_TAG -> {
        EntityUid uid = uid(of);
        String name = text(arguments.getFirst());
        Value tag = entity(uid).tags().get(name);
        if (tag == null) {
          throw new EvaluationError("no tag " + Value.quoted(name) + " on `" + uid + "`");
        }
        yield tag;
      }
      case HAS_TAG -> {
        Entities.Entity entity = entities.get(uid(of));
        String name = text(arguments.getFirst());
        yield Value.of(entity != null && entity.tags().containsKey(name));
      }
    };
  }

  private List<Value> values(List<Expr> expressions) {
    var values = new ArrayList<Value>(expressions.size());
    for (Expr expression : expressions) {
      values.add(value(expression));
    }
    return values;
  }

  private Value record(Map<String, Expr> members) {
    var values = new LinkedHashMap<String, Value>();
    members.forEach((name, member) -> values.put(name, value(member)));
    return Value.of(values);
  }

  /// As [#value], for where a Bool is wanted: the connectives need no value to be made.
  boolean truth(Expr expression) {
    return switch (expression) {
      case Expr.And and -> allTrue(and.operands());
      case Expr.Or or -> anyTrue(or.operands());
      case Expr.Not not -> !truth(not.operand());
      default -> {
        Value value = value(expression);
        if (value instanceof Value.Truth(boolean truth)) {
          yield truth;
        }
        throw expected("Bool", value);
      }
    };
  }

  private static long whole(Value value) {
    if (value instanceof Value.Whole(long number)) {
      return number;
    }
    throw expected("Long", value);
  }

  private static String text(Value value) {
    if (value instanceof Value.Text(String text)) {
      return text;
    }
    throw expected("String", value);
  }

  private static Value.Group group(Value value) {
    if (value instanceof Value.Group group) {
      return group;
    }
    throw expected("Set", value);
  }

  private static EntityUid uid(Value value) {
    if (value instanceof EntityUid uid) {
      return uid;
    }
    throw expected("entity", value);
  }

  private static EvaluationError expected(String type, Value value) {
    return new EvaluationError("expected " + type + ", got " + value.typeName());
  }
}
