package dev.sallyport.cedar;

import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Types one policy for one kind of request: a principal type, an action, a resource type (Cedar:
/// validator; the rules are those of the language's formal model, strict mode).
///
/// A capability is what was tested before on every way here: `principal has a` lets `principal.a`
/// be read after `&&`. What can only be false ends a chain of `&&`, and what stands behind it is
/// not typed at all.
final class Typing {
  private final Kinds kinds;
  private final Schema schema;
  private final EntityUid action;
  private final Kind.Entity principal;
  private final Kind.Entity resource;
  private final Kind context;
  private final Problems problems;
  private final IdentityHashMap<Expr, Kind> found = new IdentityHashMap<>();

  /// Takes what is wrong.
  interface Problems {
    void add(Span span, String message);

    /// A test for an attribute that this kind of request always, sometimes or never has.
    void tested(Span span, boolean everThere, String message);
  }

  /// What an expression is, and what holds after it was true.
  private record Typed(Kind kind, Set<String> capabilities) {
    static Typed of(Kind kind) {
      return new Typed(kind, Set.of());
    }
  }

  /// Wrong, and told; what stands above it has no type either.
  private static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Wrong() {
      super(null, null, false, false);
    }
  }

  Typing(Kinds kinds, EntityUid action, String principal, String resource, Problems problems) {
    this.kinds = kinds;
    this.schema = kinds.schema();
    this.action = action;
    this.principal = new Kind.Entity(principal);
    this.resource = new Kind.Entity(resource);
    this.context = kinds.context(action);
    this.problems = problems;
  }

  /// Whether the policy can hold for such a request; what is wrong in it is told.
  boolean mayHold(Policy policy) {
    if (!kinds.names(policy.action(), action)
        || !kinds.mayBe(policy.principal(), principal.type())
        || !kinds.mayBe(policy.resource(), resource.type())) {
      return false;
    }
    Set<String> known = Set.of();
    for (Policy.Condition condition : policy.conditions()) {
      try {
        Typed typed = truth(condition.body(), known);
        if (typed.kind() == (condition.unless() ? Kind.Truth.TRUE : Kind.Truth.FALSE)) {
          return false;
        }
        if (!condition.unless()) {
          known = union(known, typed.capabilities());
        }
      } catch (Wrong wrong) {
        // What stands behind it would only be wrong because of this.
        return true;
      }
    }
    return true;
  }

  /// What each expression was found to be; one behind what can only be false is not among them.
  IdentityHashMap<Expr, Kind> found() {
    return found;
  }

  private static Kind.Truth every(List<Kind.Truth> truths) {
    if (truths.contains(Kind.Truth.FALSE)) {
      return Kind.Truth.FALSE;
    }
    return truths.contains(Kind.Truth.EITHER) ? Kind.Truth.EITHER : Kind.Truth.TRUE;
  }

  private static Kind.Truth negated(Kind.Truth truth) {
    return switch (truth) {
      case TRUE -> Kind.Truth.FALSE;
      case FALSE -> Kind.Truth.TRUE;
      case EITHER -> Kind.Truth.EITHER;
    };
  }

  private static Kind.Truth perhaps(boolean possible) {
    return possible ? Kind.Truth.EITHER : Kind.Truth.FALSE;
  }

  // ---- expressions ----

  private Typed typed(Expr expression, Set<String> known) {
    Typed typed = find(expression, known);
    found.put(expression, typed.kind());
    return typed;
  }

  private Typed find(Expr expression, Set<String> known) {
    return switch (expression) {
      case Expr.Literal literal -> Typed.of(literal(literal));
      case Expr.Reference reference ->
          Typed.of(
              switch (reference.variable()) {
                case PRINCIPAL -> principal;
                case ACTION -> new Kind.Entity(action.type());
                case RESOURCE -> resource;
                case CONTEXT -> context;
              });
      case Expr.And and -> and(and, known);
      case Expr.Or or -> or(or, known);
      case Expr.If choice -> choice(choice, known);
      case Expr.Not not -> Typed.of(negated((Kind.Truth) truth(not.operand(), known).kind()));
      case Expr.Negate negate -> {
        expect(negate.operand(), Kind.LONG, known);
        yield Typed.of(Kind.LONG);
      }
      case Expr.Binary binary -> Typed.of(binary(binary, known));
      case Expr.Get get -> Typed.of(get(get, known));
      case Expr.Has has -> has(has, known);
      case Expr.Like like -> {
        expect(like.of(), Kind.STRING, known);
        yield Typed.of(Kind.Truth.EITHER);
      }
      case Expr.Is is -> Typed.of(is(is, known));
      case Expr.SetOf set -> Typed.of(set(set, known));
      case Expr.RecordOf record -> {
        var members = new LinkedHashMap<String, Kind.Member>();
        record
            .members()
            .forEach((name, member) ->
                members.put(name, new Kind.Member(typed(member, known).kind(), true)));
        yield Typed.of(new Kind.Fields(members));
      }
      case Expr.Invoke invoke -> invoke(invoke, known);
      case Expr.Extended extended -> Typed.of(extended(extended, known));
    };
  }

  private Wrong wrong(Span span, String message) {
    problems.add(span, message);
    return new Wrong();
  }

  /// The expression as a Bool.
  private Typed truth(Expr expression, Set<String> known) {
    Typed typed = typed(expression, known);
    if (typed.kind() instanceof Kind.Truth) {
      return typed;
    }
    throw wrong(expression.span(), "expected Bool, this is a " + typed.kind());
  }

  private void expect(Expr expression, Kind kind, Set<String> known) {
    Kind found = typed(expression, known).kind();
    if (!found.equals(kind)) {
      throw wrong(expression.span(), "expected " + kind + ", this is a " + found);
    }
  }

  private Kind literal(Expr.Literal literal) {
    return switch (literal.value()) {
      case Value.Truth(boolean truth) -> Kind.Truth.of(truth);
      case Value.Whole _ -> Kind.LONG;
      case Value.Text _ -> Kind.STRING;
      case EntityUid uid -> {
        if (!kinds.isKnown(uid)) {
          // Told already, where the names of a policy are looked up.
          throw new Wrong();
        }
        yield new Kind.Entity(uid.type());
      }
      case Value.Group _, Value.Fields _, IpRange _, Decimal _, Datetime _, Duration _ ->
          throw new IllegalStateException("no literal is a " + literal.value().typeName());
    };
  }

  private Typed and(Expr.And and, Set<String> known) {
    // Grown in place, so that a row of thousands of tests is not copied for each of them.
    Set<String> before = new HashSet<>(known);
    Set<String> gained = new HashSet<>();
    Kind.Truth whole = Kind.Truth.TRUE;
    for (Expr operand : and.operands()) {
      Typed typed = truth(operand, before);
      before.addAll(typed.capabilities());
      gained.addAll(typed.capabilities());
      whole = every(List.of(whole, (Kind.Truth) typed.kind()));
      if (whole == Kind.Truth.FALSE) {
        return Typed.of(whole);
      }
    }
    return new Typed(whole, gained);
  }

  private Typed or(Expr.Or or, Set<String> known) {
    Typed whole = truth(or.operands().getFirst(), known);
    for (Expr operand : or.operands().subList(1, or.operands().size())) {
      if (whole.kind() == Kind.Truth.TRUE) {
        return Typed.of(Kind.Truth.TRUE);
      }
      Typed next = truth(operand, known);
      if (whole.kind() == Kind.Truth.FALSE) {
        whole = next;
      } else {
        whole =
            switch ((Kind.Truth) next.kind()) {
              case TRUE -> Typed.of(Kind.Truth.TRUE);
              case FALSE -> whole;
              case EITHER ->
                  new Typed(Kind.Truth.EITHER, common(whole.capabilities(), next.capabilities()));
            };
      }
    }
    return whole;
  }

  private Typed choice(Expr.If choice, Set<String> known) {
    Typed condition = truth(choice.condition(), known);
    Set<String> then = union(known, condition.capabilities());
    return switch ((Kind.Truth) condition.kind()) {
      case TRUE -> {
        Typed taken = typed(choice.then(), then);
        yield new Typed(taken.kind(), union(condition.capabilities(), taken.capabilities()));
      }
      case FALSE -> typed(choice.otherwise(), known);
      case EITHER -> {
        Typed one = typed(choice.then(), then);
        Typed other = typed(choice.otherwise(), known);
        Kind kind =
            Kind.both(one.kind(), other.kind())
                .orElseThrow(() ->
                    wrong(
                        choice.span(),
                        "the branches are a " + one.kind() + " and a " + other.kind()));
        yield new Typed(
            kind,
            common(union(condition.capabilities(), one.capabilities()), other.capabilities()));
      }
    };
  }

  private Kind binary(Expr.Binary binary, Set<String> known) {
    Kind left = typed(binary.left(), known).kind();
    Kind right = typed(binary.right(), known).kind();
    return switch (binary.operator()) {
      case EQUAL -> equal(binary, left, right);
      case NOT_EQUAL -> negated(equal(binary, left, right));
      case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> {
        boolean ordered =
            left instanceof Kind.Plain(String name)
                && Set.of("Long", "datetime", "duration").contains(name);
        if (!ordered || !left.equals(right)) {
          throw wrong(binary.span(), "a " + left + " and a " + right + " have no order");
        }
        yield Kind.Truth.EITHER;
      }
      case PLUS, MINUS, TIMES -> {
        if (!left.equals(Kind.LONG) || !right.equals(Kind.LONG)) {
          throw wrong(
              binary.span(),
              "`" + binary.operator().sign() + "` takes Longs, not a " + left + " and a " + right);
        }
        yield Kind.LONG;
      }
      case IN -> in(binary.left(), left, binary.right(), right, binary.span());
    };
  }

  private Kind.Truth equal(Expr.Binary binary, Kind left, Kind right) {
    Optional<Value> one = known(binary.left());
    Optional<Value> other = known(binary.right());
    if (one.isPresent() && other.isPresent()) {
      return Kind.Truth.of(one.equals(other));
    }
    if (Kind.both(left, right).isPresent()) {
      return Kind.Truth.EITHER;
    }
    if (left instanceof Kind.Entity && right instanceof Kind.Entity) {
      return Kind.Truth.FALSE;
    }
    throw wrong(binary.span(), "a " + left + " never equals a " + right);
  }

  /// The value of a literal, or the action asked for: what is known before any request.
  private Optional<Value> known(Expr expression) {
    return switch (expression) {
      case Expr.Reference(Expr.Variable variable, _) when variable == Expr.Variable.ACTION ->
          Optional.of(action);
      case Expr.Literal(Value value, _) -> Optional.of(value);
      default -> Optional.empty();
    };
  }

  private Kind.Truth in(Expr of, Kind kind, Expr within, Kind aboveKind, Span span) {
    if (!(kind instanceof Kind.Entity(String below))) {
      throw wrong(of.span(), "expected an entity, this is a " + kind);
    }
    String type;
    List<Expr> candidates;
    if (aboveKind instanceof Kind.Entity(String one)) {
      type = one;
      candidates = List.of(within);
    } else if (aboveKind instanceof Kind.SetOf(Kind.Entity(String one))) {
      type = one;
      candidates = within instanceof Expr.SetOf set ? set.members() : List.of();
    } else {
      throw wrong(span, "expected an entity or a set of them, this is a " + aboveKind);
    }
    List<Value> above = candidates.stream().flatMap(one -> known(one).stream()).toList();
    if (!candidates.isEmpty()
        && above.size() == candidates.size()
        && known(of).orElse(null) instanceof EntityUid uid
        && schema.actions().containsKey(uid)) {
      return Kind.Truth.of(
          above.stream()
              .anyMatch(one -> one instanceof EntityUid up && schema.isActionIn(uid, up)));
    }
    return perhaps(
        schema.mayBeIn(below, type) || (kinds.isActionType(below) && kinds.isActionType(type)));
  }

  private Kind.Truth is(Expr.Is is, Set<String> known) {
    Kind kind = typed(is.of(), known).kind();
    if (!(kind instanceof Kind.Entity(String type))) {
      throw wrong(is.of().span(), "expected an entity, this is a " + kind);
    }
    if (!type.equals(is.type())) {
      return Kind.Truth.FALSE;
    }
    return is.within() == null
        ? Kind.Truth.TRUE
        : in(is.of(), kind, is.within(), typed(is.within(), known).kind(), is.span());
  }

  private Kind set(Expr.SetOf set, Set<String> known) {
    @Nullable Kind member = null;
    for (Expr one : set.members()) {
      Kind kind = typed(one, known).kind();
      if (member == null) {
        member = kind;
        continue;
      }
      Kind before = member;
      member =
          Kind.both(before, kind)
              .orElseThrow(
                  () -> wrong(one.span(), "a set of a " + before + " cannot hold a " + kind));
    }
    if (member == null) {
      throw wrong(set.span(), "an empty set has no type: leave it out or test `isEmpty()`");
    }
    return new Kind.SetOf(member);
  }

  // ---- attributes and tags ----

  private Kind get(Expr.Get get, Set<String> known) {
    Kind of = typed(get.of(), known).kind();
    Kind.@Nullable Member member = attributes(of, get.of().span()).get(get.attribute());
    if (member == null) {
      throw wrong(get.span(), "a " + of + " has no attribute `" + get.attribute() + "`");
    }
    if (!member.required() && !known.contains(attribute(get.of(), get.attribute()))) {
      throw wrong(
          get.span(),
          "`%s` may be absent: test `%s has %s` before"
              .formatted(
                  get.attribute(),
                  PolicyPrinter.text(get.of()),
                  PolicyPrinter.name(get.attribute())));
    }
    return member.kind();
  }

  private Typed has(Expr.Has has, Set<String> known) {
    Kind of = typed(has.of(), known).kind();
    Kind.@Nullable Member member = attributes(of, has.of().span()).get(has.attribute());
    problems.tested(has.span(), member != null, "a " + of + " never has `" + has.attribute() + "`");
    if (member == null) {
      return Typed.of(Kind.Truth.FALSE);
    }
    String capability = attribute(has.of(), has.attribute());
    boolean always = known.contains(capability) || (member.required() && of instanceof Kind.Fields);
    return new Typed(always ? Kind.Truth.TRUE : Kind.Truth.EITHER, Set.of(capability));
  }

  private Map<String, Kind.Member> attributes(Kind of, Span span) {
    return switch (of) {
      case Kind.Fields(Map<String, Kind.Member> members) -> members;
      case Kind.Entity(String type) -> kinds.attributes(type);
      case Kind.Truth _, Kind.Plain _, Kind.SetOf _ ->
          throw wrong(span, "expected an entity or record, this is a " + of);
    };
  }

  private static String attribute(Expr of, String name) {
    return "." + name + "\0" + PolicyPrinter.text(of);
  }

  private static String tag(Expr of, Expr name) {
    return "@" + PolicyPrinter.text(name) + "\0" + PolicyPrinter.text(of);
  }

  private Typed invoke(Expr.Invoke invoke, Set<String> known) {
    Kind of = typed(invoke.of(), known).kind();
    return switch (invoke.method()) {
      case IS_EMPTY -> {
        member(of, invoke.of().span());
        yield Typed.of(Kind.Truth.EITHER);
      }
      case CONTAINS -> {
        Kind member = member(of, invoke.of().span());
        Kind one = typed(invoke.arguments().getFirst(), known).kind();
        if (Kind.both(member, one).isEmpty()) {
          throw wrong(invoke.span(), "a " + of + " never contains a " + one);
        }
        yield Typed.of(Kind.Truth.EITHER);
      }
      case CONTAINS_ALL, CONTAINS_ANY -> {
        Kind member = member(of, invoke.of().span());
        Expr argument = invoke.arguments().getFirst();
        Kind other = typed(argument, known).kind();
        if (Kind.both(member, member(other, argument.span())).isEmpty()) {
          throw wrong(invoke.span(), "a " + of + " and a " + other + " share nothing");
        }
        yield Typed.of(Kind.Truth.EITHER);
      }
      case GET_TAG, HAS_TAG -> tags(invoke, of, known);
    };
  }

  private Kind member(Kind of, Span span) {
    if (of instanceof Kind.SetOf(Kind member)) {
      return member;
    }
    throw wrong(span, "expected a Set, this is a " + of);
  }

  private Typed tags(Expr.Invoke invoke, Kind of, Set<String> known) {
    if (!(of instanceof Kind.Entity(String type))) {
      throw wrong(invoke.of().span(), "expected an entity, this is a " + of);
    }
    Expr name = invoke.arguments().getFirst();
    expect(name, Kind.STRING, known);
    Optional<Kind> tag = kinds.tag(type);
    String capability = tag(invoke.of(), name);
    if (invoke.method() == Expr.Method.HAS_TAG) {
      if (tag.isEmpty()) {
        return Typed.of(Kind.Truth.FALSE);
      }
      return new Typed(
          known.contains(capability) ? Kind.Truth.TRUE : Kind.Truth.EITHER, Set.of(capability));
    }
    if (tag.isEmpty()) {
      throw wrong(invoke.span(), "a " + type + " has no tags");
    }
    if (!known.contains(capability)) {
      throw wrong(
          invoke.span(),
          "the tag may be absent: test `%s.hasTag(%s)` before"
              .formatted(PolicyPrinter.text(invoke.of()), PolicyPrinter.text(name)));
    }
    return Typed.of(tag.get());
  }

  // ---- extensions ----

  private Kind extended(Expr.Extended extended, Set<String> known) {
    Extension function = extended.function();
    List<Kind> wanted = function.parameters();
    List<Expr> given = extended.arguments();
    if (given.size() != wanted.size()) {
      throw wrong(
          extended.span(),
          "`%s` takes %d arguments, not %d"
              .formatted(function.word(), wanted.size(), given.size()));
    }
    for (int i = 0; i < given.size(); i++) {
      expect(given.get(i), wanted.get(i), known);
    }
    if (!function.isMethod()) {
      if (!(given.getFirst() instanceof Expr.Literal(Value literal, _))) {
        throw wrong(
            given.getFirst().span(),
            "`" + function.word() + "` takes a literal that can be checked");
      }
      try {
        var _ = function.apply(List.of(literal));
      } catch (EvaluationError e) {
        throw wrong(given.getFirst().span(), String.valueOf(e.getMessage()));
      }
    }
    return function.result();
  }

  // ---- capabilities ----

  private static Set<String> union(Set<String> one, Set<String> other) {
    if (one.isEmpty()) {
      return other;
    }
    if (other.isEmpty()) {
      return one;
    }
    var union = new HashSet<>(one);
    union.addAll(other);
    return union;
  }

  private static Set<String> common(Set<String> one, Set<String> other) {
    var common = new HashSet<>(one);
    common.retainAll(other);
    return common;
  }
}
