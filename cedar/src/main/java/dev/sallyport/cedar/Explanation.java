package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Evaluates one policy slowly, and remembers what each of its clauses came to. It leaves nothing
/// out: what is not evaluated, because something before it decided, is named too.
final class Explanation {
  private final Request request;
  private final Entities entities;
  private final Evaluator evaluator;
  private final List<Explained.Clause> clauses = new ArrayList<>();
  private int condition;
  private @Nullable String error;

  private Explanation(Request request, Entities entities) {
    this.request = request;
    this.entities = entities;
    this.evaluator = new Evaluator(request, entities);
  }

  static Explained of(Policy policy, Request request, Entities entities) {
    return new Explanation(request, entities).of(policy);
  }

  private Explained of(Policy policy) {
    List<Explained.ScopePart> scopes =
        List.of(
            part(Expr.Variable.PRINCIPAL, policy.principal(), request.principal()),
            part(Expr.Variable.ACTION, policy.action(), request.action()),
            part(Expr.Variable.RESOURCE, policy.resource(), request.resource()));
    boolean inScope = scopes.stream().allMatch(Explained.ScopePart::matched);
    boolean holds = inScope;
    for (Policy.Condition one : policy.conditions()) {
      Explained.Wanted wanted = one.unless() ? Explained.Wanted.FALSE : Explained.Wanted.TRUE;
      boolean came = walk(one.body(), wanted, holds);
      holds = holds && came != one.unless();
      condition++;
    }
    Explained.Outcome outcome =
        !inScope
            ? Explained.Outcome.OUT_OF_SCOPE
            : error != null
                ? Explained.Outcome.ERRS
                : holds ? Explained.Outcome.HOLDS : Explained.Outcome.FAILS;
    return new Explained(policy, outcome, error, scopes, clauses);
  }

  private Explained.ScopePart part(Expr.Variable variable, Scope scope, EntityUid asked) {
    return new Explained.ScopePart(variable, scope.matches(asked, entities));
  }

  /// What an expression comes to, the same way round as [Evaluator]; where it is not `live` its
  /// clauses are named only, and the answer means nothing.
  private boolean walk(Expr expression, Explained.Wanted wanted, boolean live) {
    return switch (expression) {
      case Expr.And and -> row(and.operands(), wanted, live, true);
      case Expr.Or or -> row(or.operands(), wanted, live, false);
      case Expr.Not not -> !walk(not.operand(), wanted.flipped(), live);
      case Expr.If choice -> {
        boolean first = walk(choice.condition(), Explained.Wanted.EITHER, live);
        boolean then = walk(choice.then(), wanted, live && first);
        boolean otherwise = walk(choice.otherwise(), wanted, live && !first);
        yield first ? then : otherwise;
      }
      case Expr.Literal _,
          Expr.Reference _,
          Expr.Negate _,
          Expr.Binary _,
          Expr.Get _,
          Expr.Has _,
          Expr.Like _,
          Expr.Is _,
          Expr.SetOf _,
          Expr.RecordOf _,
          Expr.Invoke _,
          Expr.Extended _ ->
          clause(expression, wanted, live);
    };
  }

  /// `goesOn` with which value a row goes on: `&&` with true, `||` with false.
  private boolean row(List<Expr> operands, Explained.Wanted wanted, boolean live, boolean goesOn) {
    boolean going = live;
    boolean came = goesOn;
    for (Expr operand : operands) {
      boolean one = walk(operand, wanted, going);
      if (going && one != goesOn) {
        came = !goesOn;
        going = false;
      }
    }
    return came;
  }

  private boolean clause(Expr expression, Explained.Wanted wanted, boolean live) {
    Explained.Came came = Explained.Came.NOT_REACHED;
    if (live && error == null) {
      try {
        came = evaluator.truth(expression) ? Explained.Came.TRUE : Explained.Came.FALSE;
      } catch (EvaluationError e) {
        error = String.valueOf(e.getMessage());
        came = Explained.Came.ERRED;
      }
    }
    clauses.add(new Explained.Clause(condition, expression, wanted, came, seen(expression)));
    return came == Explained.Came.TRUE;
  }

  private List<Explained.Seen> seen(Expr expression) {
    Map<String, @Nullable Value> seen = new LinkedHashMap<>();
    see(expression, seen);
    return seen.entrySet().stream()
        .map(one -> new Explained.Seen(one.getKey(), one.getValue()))
        .toList();
  }

  /// The longest chains of attributes: of `principal.team.name` that, and not `principal.team`.
  private void see(Expr expression, Map<String, @Nullable Value> seen) {
    if (expression instanceof Expr.Has has && PolicyIndex.isPath(has.of())) {
      look(new Expr.Get(has.of(), has.attribute(), has.span()), seen);
      return;
    }
    if (PolicyIndex.isPath(expression)) {
      look(expression, seen);
      return;
    }
    expression.inner().forEach(inner -> see(inner, seen));
  }

  private void look(Expr path, Map<String, @Nullable Value> seen) {
    @Nullable Value value = null;
    try {
      value = evaluator.value(path);
    } catch (EvaluationError absent) {
      // Then there is nothing to see, which is what is said.
    }
    seen.put(PolicyPrinter.text(path), value);
  }
}
