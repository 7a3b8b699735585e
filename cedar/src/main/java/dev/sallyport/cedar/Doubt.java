package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Evaluates policies in Kleene's strong three-valued logic: a clause that reads below a given path
/// what is not there is neither true nor false.
///
/// A clause that errs for another reason is in doubt as well, and names nothing missing.
final class Doubt {
  /// Yes, no or in doubt.
  private enum Truth {
    YES,
    NO,
    OPEN;

    static Truth of(boolean value) {
      return value ? YES : NO;
    }

    Truth flipped() {
      return switch (this) {
        case YES -> NO;
        case NO -> YES;
        case OPEN -> OPEN;
      };
    }
  }

  private final Evaluator evaluator;
  private final List<String> under;
  private final Set<String> missing = new TreeSet<>();

  private Doubt(Request request, Entities entities, List<String> under) {
    this.evaluator = new Evaluator(request, entities);
    this.under = under;
  }

  /// What `policy`, whose scope matches, comes to.
  ///
  /// @param under the path, a variable's word first
  static Tentative of(Policy policy, Request request, Entities entities, List<String> under) {
    var doubt = new Doubt(request, entities, under);
    Truth all = Truth.YES;
    for (Policy.Condition condition : policy.conditions()) {
      Truth one = doubt.walk(condition.body());
      all = and(all, condition.unless() ? one.flipped() : one);
    }
    return switch (all) {
      case YES -> new Tentative(policy, Tentative.State.HOLDS, Set.of());
      case NO -> new Tentative(policy, Tentative.State.FAILS, Set.of());
      case OPEN -> new Tentative(policy, Tentative.State.OPEN, doubt.missing);
    };
  }

  private static Truth and(Truth a, Truth b) {
    if (a == Truth.NO || b == Truth.NO) {
      return Truth.NO;
    }
    return a == Truth.OPEN || b == Truth.OPEN ? Truth.OPEN : Truth.YES;
  }

  private Truth walk(Expr expression) {
    return switch (expression) {
      case Expr.And and -> {
        Truth all = Truth.YES;
        for (Expr operand : and.operands()) {
          all = and(all, walk(operand));
        }
        yield all;
      }
      case Expr.Or or -> {
        Truth none = Truth.YES;
        for (Expr operand : or.operands()) {
          none = and(none, walk(operand).flipped());
        }
        yield none.flipped();
      }
      case Expr.Not not -> walk(not.operand()).flipped();
      case Expr.If choice -> {
        Truth condition = walk(choice.condition());
        Truth then = condition == Truth.NO ? Truth.OPEN : walk(choice.then());
        Truth otherwise = condition == Truth.YES ? Truth.OPEN : walk(choice.otherwise());
        yield switch (condition) {
          case YES -> then;
          case NO -> otherwise;
          case OPEN -> then == otherwise ? then : Truth.OPEN;
        };
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
          clause(expression);
    };
  }

  private Truth clause(Expr expression) {
    if (readsMissing(expression)) {
      return Truth.OPEN;
    }
    try {
      return Truth.of(evaluator.truth(expression));
    } catch (EvaluationError e) {
      return Truth.OPEN;
    }
  }

  private boolean readsMissing(Expr expression) {
    if (expression instanceof Expr.Has has && PolicyIndex.isPath(has.of())) {
      return isMissing(new Expr.Get(has.of(), has.attribute(), has.span()));
    }
    if (PolicyIndex.isPath(expression)) {
      return isMissing(expression);
    }
    boolean found = false;
    for (Expr inner : expression.inner()) {
      found |= readsMissing(inner);
    }
    return found;
  }

  /// Whether a path ends below `under` where nothing is; its shortest part that does is noted.
  private boolean isMissing(Expr path) {
    var steps = new ArrayList<Expr>();
    var words = new ArrayList<String>();
    Expr at = path;
    while (at instanceof Expr.Get get) {
      steps.add(get);
      words.add(get.attribute());
      at = get.of();
    }
    if (!(at instanceof Expr.Reference reference)) {
      return false;
    }
    words.add(reference.variable().word());
    Collections.reverse(steps);
    Collections.reverse(words);
    if (words.size() <= under.size() || !words.subList(0, under.size()).equals(under)) {
      return false;
    }
    for (Expr step : steps.subList(under.size() - 1, steps.size())) {
      if (valueAt(step) == null) {
        missing.add(PolicyPrinter.text(step));
        return true;
      }
    }
    return false;
  }

  private @Nullable Value valueAt(Expr path) {
    try {
      return evaluator.value(path);
    } catch (EvaluationError absent) {
      return null;
    }
  }
}
