package dev.sallyport.cedar;

import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Holds a policy to a level (RFC 76): how many entities lie on the way from the request to the
/// farthest whose attributes, tags or ancestors it reads. Whoever must fetch entities knows by it
/// how far to go.
final class Levels {
  private final IdentityHashMap<Expr, Kind> kinds;
  private final EntityUid action;
  private final int most;
  private final Typing.Problems problems;

  /// @param kinds of all expressions that can be evaluated at all
  Levels(IdentityHashMap<Expr, Kind> kinds, EntityUid action, int most, Typing.Problems problems) {
    this.kinds = kinds;
    this.action = action;
    this.most = most;
    this.problems = problems;
  }

  void check(Policy policy) {
    for (Scope scope : List.of(policy.principal(), policy.action(), policy.resource())) {
      boolean above =
          switch (scope) {
            case Scope.Within _, Scope.WithinAny _, Scope.OfTypeWithin _ -> true;
            case Scope.Slot slot -> slot.within();
            case Scope.Any _, Scope.Exactly _, Scope.OfType _ -> false;
          };
      if (above && most < 1) {
        problems.add(policy.span(), tooFar(1));
      }
    }
    policy.conditions().forEach(condition -> check(condition.body()));
  }

  private String tooFar(int level) {
    return "it reads entities at level %d, and %d is the most".formatted(level, most);
  }

  private void check(@Nullable Expr expression) {
    if (expression == null || !kinds.containsKey(expression)) {
      return;
    }
    switch (expression) {
      case Expr.Get get -> of(get, get.of());
      case Expr.Has has -> of(has, has.of());
      case Expr.Binary binary when binary.operator() == Expr.Operator.IN -> {
        read(binary, binary.left());
        check(binary.right());
      }
      case Expr.Is is when is.within() != null && kinds.containsKey(is.within()) -> {
        read(is, is.of());
        check(is.within());
      }
      case Expr.Invoke invoke when isTag(invoke) -> {
        read(invoke, invoke.of());
        invoke.arguments().forEach(this::check);
      }
      case Expr.Literal _,
          Expr.Reference _,
          Expr.And _,
          Expr.Or _,
          Expr.If _,
          Expr.Not _,
          Expr.Negate _,
          Expr.Binary _,
          Expr.Like _,
          Expr.Is _,
          Expr.SetOf _,
          Expr.RecordOf _,
          Expr.Invoke _,
          Expr.Extended _ ->
          expression.inner().forEach(this::check);
    }
  }

  private static boolean isTag(Expr.Invoke invoke) {
    return switch (invoke.method()) {
      case GET_TAG, HAS_TAG -> true;
      case CONTAINS, CONTAINS_ALL, CONTAINS_ANY, IS_EMPTY -> false;
    };
  }

  private void of(Expr expression, Expr of) {
    if (kinds.get(of) instanceof Kind.Entity) {
      read(expression, of);
    } else {
      check(of);
    }
  }

  /// The entity that `of` comes to is read.
  private void read(Expr expression, Expr of) {
    int level = 1 + level(of, null);
    if (level > most) {
      problems.add(expression.span(), tooFar(level));
    }
  }

  /// Attributes taken of a record one after the other, the next first.
  private record Path(String attribute, @Nullable Path then) {}

  /// How many entities are read to come by the entity that stands at `path` of an expression.
  private int level(Expr expression, @Nullable Path path) {
    if (!kinds.containsKey(expression)) {
      return 0;
    }
    return switch (expression) {
      case Expr.Reference _ -> 0;
      case Expr.Literal(Value value, Span span) -> {
        if (!value.equals(action)) {
          problems.add(span, "an entity that stands in the policy is not read: " + value);
        }
        yield 0;
      }
      case Expr.If choice -> {
        check(choice.condition());
        yield Math.max(level(choice.then(), path), level(choice.otherwise(), path));
      }
      case Expr.Get get ->
          kinds.get(get.of()) instanceof Kind.Entity
              ? 1 + level(get.of(), null)
              : level(get.of(), new Path(get.attribute(), path));
      case Expr.Invoke invoke when isTag(invoke) -> {
        invoke.arguments().forEach(this::check);
        yield 1 + level(invoke.of(), null);
      }
      case Expr.RecordOf record when path != null -> {
        record
            .members()
            .forEach((name, member) -> {
              if (!name.equals(path.attribute())) {
                check(member);
              }
            });
        Expr taken = record.members().get(path.attribute());
        yield taken == null ? 0 : level(taken, path.then());
      }
      case Expr.And _,
          Expr.Or _,
          Expr.Not _,
          Expr.Negate _,
          Expr.Binary _,
          Expr.Has _,
          Expr.Like _,
          Expr.Is _,
          Expr.SetOf _,
          Expr.RecordOf _,
          Expr.Invoke _,
          Expr.Extended _ ->
          0;
    };
  }
}
