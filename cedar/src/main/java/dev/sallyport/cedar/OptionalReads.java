package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds the places where a policy reads an attribute that may be absent, or that no schema
/// declares, without having asked by `has`.
///
/// The analysis is that of Cedar's validator, kept to this one question: a policy is walked once
/// for each combination of principal type, action and resource type its scope allows. `e has a`
/// grants the capability to read `e.a` in what is only evaluated when it held: the operands of `&&`
/// to its right, the `then` of an `if`. An `||` grants what all its operands grant; a `!` grants
/// nothing. It errs on the side of refusing.
public final class OptionalReads {
  /// One read that may err, and where it stands.
  public record Finding(Span span, String message) {}

  private enum Truth {
    TRUE,
    FALSE,
    UNKNOWN
  }

  /// One combination of types that a request may have.
  private record Environment(String principal, Schema.ActionType action, String resource) {}

  /// What is known of an expression: its type (null where this analysis can't tell), its truth, and
  /// the reads that are safe where it is true.
  private record Known(Schema.@Nullable Type type, Truth truth, Set<String> grants) {
    static Known of(Schema.@Nullable Type type) {
      return new Known(type, Truth.UNKNOWN, Set.of());
    }

    static Known of(Truth truth) {
      return new Known(BOOL, truth, Set.of());
    }
  }

  private static final Schema.Type BOOL = new Schema.Type.Primitive("Bool");

  private final Schema schema;
  private final Environment environment;
  private final Map<Span, String> findings;

  private OptionalReads(Schema schema, Environment environment, Map<Span, String> findings) {
    this.schema = schema;
    this.environment = environment;
    this.findings = findings;
  }

  /// Everything wrong in `policy`, in the order of the text.
  public static List<Finding> in(Policy policy, Schema schema) {
    List<Environment> environments = environments(policy, schema);
    if (environments.isEmpty()) {
      return List.of(
          new Finding(policy.span(), "this policy applies to no question of the schema"));
    }
    var findings = new LinkedHashMap<Span, String>();
    for (Environment environment : environments) {
      var walk = new OptionalReads(schema, environment, findings);
      Set<String> held = new HashSet<>();
      for (Policy.Condition condition : policy.conditions()) {
        Known known = walk.known(condition.body(), held);
        if (!condition.unless()) {
          held.addAll(known.grants());
        }
        if (known.truth() == (condition.unless() ? Truth.TRUE : Truth.FALSE)) {
          break;
        }
      }
    }
    return findings.entrySet().stream()
        .map(finding -> new Finding(finding.getKey(), finding.getValue()))
        .sorted((a, b) -> Integer.compare(a.span().start(), b.span().start()))
        .toList();
  }

  private static List<Environment> environments(Policy policy, Schema schema) {
    Entities actions = Entities.of(schema.actionEntities());
    var environments = new ArrayList<Environment>();
    for (Schema.ActionType action : schema.actions().values()) {
      if (!policy.action().matches(action.uid(), actions)) {
        continue;
      }
      for (String principal : action.principals()) {
        for (String resource : action.resources()) {
          if (allows(policy.principal(), principal, schema)
              && allows(policy.resource(), resource, schema)) {
            environments.add(new Environment(principal, action, resource));
          }
        }
      }
    }
    return environments;
  }

  private static boolean allows(Scope scope, String type, Schema schema) {
    return switch (scope) {
      case Scope.Any _ -> true;
      case Scope.Exactly(EntityUid uid) -> uid.type().equals(type);
      case Scope.Within(EntityUid uid) -> schema.mayBeIn(type, uid.type());
      case Scope.WithinAny(List<EntityUid> uids) ->
          uids.stream().anyMatch(uid -> schema.mayBeIn(type, uid.type()));
      case Scope.OfType(String name) -> name.equals(type);
      case Scope.OfTypeWithin(String name, EntityUid uid) ->
          name.equals(type) && schema.mayBeIn(type, uid.type());
      case Scope.Slot(@Nullable String name, _) -> name == null || name.equals(type);
    };
  }

  private Known known(Expr expression, Set<String> held) {
    return switch (expression) {
      case Expr.Literal literal -> literal(literal.value());
      case Expr.Reference reference -> Known.of(variable(reference.variable()));
      case Expr.And and -> and(and, held);
      case Expr.Or or -> or(or, held);
      case Expr.If choice -> choice(choice, held);
      case Expr.Not not -> Known.of(opposite(known(not.operand(), held).truth()));
      case Expr.Negate negate -> {
        known(negate.operand(), held);
        yield Known.of(new Schema.Type.Primitive("Long"));
      }
      case Expr.Binary binary -> binary(binary, held);
      case Expr.Get get -> get(get, held);
      case Expr.Has has -> has(has, held);
      case Expr.Like like -> {
        known(like.of(), held);
        yield Known.of(Truth.UNKNOWN);
      }
      case Expr.Is is -> is(is, held);
      case Expr.SetOf set -> {
        set.members().forEach(member -> known(member, held));
        yield Known.of((Schema.Type) null);
      }
      case Expr.RecordOf record -> record(record, held);
      case Expr.Invoke invoke -> invoke(invoke, held);
      case Expr.Extended extended -> {
        extended.arguments().forEach(argument -> known(argument, held));
        yield Known.of((Schema.Type) null);
      }
    };
  }

  private static Known literal(Value value) {
    return switch (value) {
      case Value.Truth(boolean truth) -> Known.of(truth ? Truth.TRUE : Truth.FALSE);
      case EntityUid uid -> Known.of(new Schema.Type.Reference(uid.type()));
      default -> Known.of(new Schema.Type.Primitive(value.typeName()));
    };
  }

  private Schema.Type variable(Expr.Variable variable) {
    return switch (variable) {
      case PRINCIPAL -> new Schema.Type.Reference(environment.principal());
      case ACTION -> new Schema.Type.Reference(environment.action().uid().type());
      case RESOURCE -> new Schema.Type.Reference(environment.resource());
      case CONTEXT -> environment.action().context();
    };
  }

  private Known and(Expr.And and, Set<String> held) {
    var grants = new HashSet<String>();
    Truth truth = Truth.TRUE;
    for (Expr operand : and.operands()) {
      Known known = known(operand, union(held, grants));
      if (known.truth() == Truth.FALSE) {
        return Known.of(Truth.FALSE);
      }
      grants.addAll(known.grants());
      if (known.truth() == Truth.UNKNOWN) {
        truth = Truth.UNKNOWN;
      }
    }
    return new Known(BOOL, truth, grants);
  }

  private Known or(Expr.Or or, Set<String> held) {
    Set<String> grants = null;
    boolean unknown = false;
    for (Expr operand : or.operands()) {
      Known known = known(operand, held);
      if (known.truth() == Truth.FALSE) {
        continue;
      }
      grants = grants == null ? known.grants() : intersection(grants, known.grants());
      if (known.truth() == Truth.TRUE) {
        return new Known(BOOL, unknown ? Truth.UNKNOWN : Truth.TRUE, grants);
      }
      unknown = true;
    }
    return grants == null ? Known.of(Truth.FALSE) : new Known(BOOL, Truth.UNKNOWN, grants);
  }

  private Known choice(Expr.If choice, Set<String> held) {
    Known condition = known(choice.condition(), held);
    Set<String> within = union(held, condition.grants());
    if (condition.truth() == Truth.TRUE) {
      return known(choice.then(), within);
    }
    Known otherwise = known(choice.otherwise(), held);
    if (condition.truth() == Truth.FALSE) {
      return otherwise;
    }
    Known then = known(choice.then(), within);
    Set<String> thenGrants = union(condition.grants(), then.grants());
    Set<String> grants =
        otherwise.truth() == Truth.FALSE
            ? thenGrants
            : then.truth() == Truth.FALSE
                ? otherwise.grants()
                : intersection(thenGrants, otherwise.grants());
    Schema.Type type = then.type();
    return new Known(
        type != null && type.equals(otherwise.type()) ? type : null,
        then.truth() == otherwise.truth() ? then.truth() : Truth.UNKNOWN,
        grants);
  }

  private Known is(Expr.Is is, Set<String> held) {
    Schema.@Nullable Type of = known(is.of(), held).type();
    if (of instanceof Schema.Type.Reference(String type) && !type.equals(is.type())) {
      return Known.of(Truth.FALSE);
    }
    if (is.within() != null) {
      known(is.within(), held);
      return Known.of(Truth.UNKNOWN);
    }
    return Known.of(of instanceof Schema.Type.Reference ? Truth.TRUE : Truth.UNKNOWN);
  }

  private Known binary(Expr.Binary binary, Set<String> held) {
    Known left = known(binary.left(), held);
    Known right = known(binary.right(), held);
    Truth truth = Truth.UNKNOWN;
    if (binary.left() instanceof Expr.Reference(Expr.Variable variable, _)
        && variable == Expr.Variable.ACTION
        && binary.right() instanceof Expr.Literal(EntityUid uid, _)) {
      Entities actions = Entities.of(schema.actionEntities());
      EntityUid action = environment.action().uid();
      truth =
          switch (binary.operator()) {
            case EQUAL -> action.equals(uid) ? Truth.TRUE : Truth.FALSE;
            case NOT_EQUAL -> action.equals(uid) ? Truth.FALSE : Truth.TRUE;
            case IN -> actions.isIn(action, uid) ? Truth.TRUE : Truth.FALSE;
            default -> Truth.UNKNOWN;
          };
    } else if (left.type() instanceof Schema.Type.Reference(String one)
        && right.type() instanceof Schema.Type.Reference(String other)) {
      truth =
          switch (binary.operator()) {
            case EQUAL -> one.equals(other) ? Truth.UNKNOWN : Truth.FALSE;
            case NOT_EQUAL -> one.equals(other) ? Truth.UNKNOWN : Truth.TRUE;
            case IN -> schema.mayBeIn(one, other) ? Truth.UNKNOWN : Truth.FALSE;
            default -> Truth.UNKNOWN;
          };
    }
    return switch (binary.operator()) {
      case PLUS, MINUS, TIMES -> Known.of(new Schema.Type.Primitive("Long"));
      case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, IN -> Known.of(truth);
    };
  }

  private Known get(Expr.Get get, Set<String> held) {
    Schema.Type.Fields fields = fields(known(get.of(), held).type());
    if (fields == null) {
      report(get, "can't tell whether `" + get.attribute() + "` is there");
      return Known.of((Schema.Type) null);
    }
    Schema.Attribute attribute = fields.members().get(get.attribute());
    if (attribute == null) {
      report(get, "the schema has no `" + get.attribute() + "` here");
      return Known.of((Schema.Type) null);
    }
    if (!attribute.required()) {
      String path = path(get);
      if (path == null || !held.contains(path)) {
        report(
            get,
            "`" + get.attribute() + "` may be absent: ask `has " + get.attribute() + "` first");
      }
    }
    return Known.of(attribute.type());
  }

  private Known has(Expr.Has has, Set<String> held) {
    Schema.Type type = known(has.of(), held).type();
    Schema.Type.Fields fields = fields(type);
    Schema.Attribute attribute = fields == null ? null : fields.members().get(has.attribute());
    if (attribute == null) {
      // An entity of another type may have it; a record that has it nowhere is a slip of the pen.
      if (fields != null && type instanceof Schema.Type.Reference) {
        return Known.of(Truth.FALSE);
      }
      report(has, "the schema has no `" + has.attribute() + "` here");
      return Known.of(Truth.UNKNOWN);
    }
    String of = path(has.of());
    if (of == null) {
      return Known.of(Truth.UNKNOWN);
    }
    String path = step(of, has.attribute());
    boolean sure =
        held.contains(path) || (attribute.required() && !(type instanceof Schema.Type.Reference));
    return new Known(BOOL, sure ? Truth.TRUE : Truth.UNKNOWN, Set.of(path));
  }

  private Known record(Expr.RecordOf record, Set<String> held) {
    var members = new LinkedHashMap<String, Schema.Attribute>();
    boolean all = true;
    for (var member : record.members().entrySet()) {
      Schema.Type type = known(member.getValue(), held).type();
      if (type == null) {
        all = false;
      } else {
        members.put(member.getKey(), new Schema.Attribute(type, true, Map.of()));
      }
    }
    return Known.of(all ? new Schema.Type.Fields(members) : null);
  }

  private Known invoke(Expr.Invoke invoke, Set<String> held) {
    Schema.Type of = known(invoke.of(), held).type();
    invoke.arguments().forEach(argument -> known(argument, held));
    String path = tagPath(invoke.of(), invoke.arguments());
    if (invoke.method() == Expr.Method.HAS_TAG && path != null) {
      return new Known(BOOL, Truth.UNKNOWN, Set.of(path));
    }
    if (invoke.method() != Expr.Method.GET_TAG) {
      return Known.of(Truth.UNKNOWN);
    }
    if (of instanceof Schema.Type.Reference(String name)) {
      Schema.EntityType type = schema.entityTypes().get(name);
      if (type != null && !type.tags().isEmpty()) {
        if (path == null || !held.contains(path)) {
          report(invoke, "this tag may be absent: ask `hasTag` first");
        }
        return Known.of(type.tags().getFirst());
      }
    }
    report(invoke, "can't tell whether this tag is there");
    return Known.of((Schema.Type) null);
  }

  private Schema.Type.@Nullable Fields fields(Schema.@Nullable Type type) {
    if (type == null) {
      return null;
    }
    return switch (schema.resolve(type)) {
      case Schema.Type.Fields fields -> fields;
      case Schema.Type.Reference(String name) -> {
        Schema.EntityType entity = schema.entityTypes().get(name);
        yield entity == null ? null : entity.attributes();
      }
      case Schema.Type.Primitive _, Schema.Type.SetOf _, Schema.Type.Common _ -> null;
    };
  }

  /// `context.facts.x` as one string, or null for what is no plain path.
  private static @Nullable String path(Expr expression) {
    return switch (expression) {
      case Expr.Reference reference -> reference.variable().name();
      case Expr.Get get -> {
        String of = path(get.of());
        yield of == null ? null : step(of, get.attribute());
      }
      default -> null;
    };
  }

  /// The path of a tag that is named by a literal, or null.
  private static @Nullable String tagPath(Expr of, List<Expr> arguments) {
    String path = path(of);
    return path != null
            && arguments.size() == 1
            && arguments.getFirst() instanceof Expr.Literal(Value.Text(String name), _)
        ? path + "#" + Value.quoted(name)
        : null;
  }

  private static String step(String of, String attribute) {
    return of + "." + Value.quoted(attribute);
  }

  private void report(Expr at, String message) {
    findings.putIfAbsent(at.span(), message);
  }

  private static Truth opposite(Truth truth) {
    return switch (truth) {
      case TRUE -> Truth.FALSE;
      case FALSE -> Truth.TRUE;
      case UNKNOWN -> Truth.UNKNOWN;
    };
  }

  private static Set<String> union(Set<String> one, Set<String> other) {
    var union = new HashSet<>(one);
    union.addAll(other);
    return union;
  }

  private static Set<String> intersection(Set<String> one, Set<String> other) {
    var both = new HashSet<>(one);
    both.retainAll(other);
    return both;
  }
}
