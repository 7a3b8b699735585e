package dev.sallyport.gate;

import dev.sallyport.cedar.Expr;
import dev.sallyport.cedar.Extension;
import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.Schema;
import dev.sallyport.cedar.Span;
import dev.sallyport.cedar.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The two laws that the vocabulary adds to Cedar (architecture, section 3), checked on the form of
/// a policy's clauses.
///
/// **Absence never opens.** Taking a fact away must never turn a deny into an allow. Once no read
/// can err ([dev.sallyport.cedar.Validator]) a condition depends on the presence of facts through
/// `has` alone. So it is enough that each `has` stands where its truth helps to allow: under an
/// even number of negations in a permit's `when` and a forbid's `unless`, under an odd number in a
/// permit's `unless` and a forbid's `when`, and nowhere that is neither (inside `==`, as the test
/// of an `if` whose `else` is not `false`). Three things could still betray this, and are refused:
/// a record of facts compared as a whole, since an optional member changes it; a calculation that
/// may err, since an error denies while the fact is there; and an attribute of an entity that a
/// fact names, which may not exist.
///
/// **A claim never permits.** A permit may not mention `context.claimed`.
final class FactLaws {
  /// One clause that breaks a law, and where it stands.
  record Finding(Span span, String message) {}

  /// Whether the truth of an expression helps to allow, to deny, or may do either.
  private enum Sense {
    ALLOWS,
    DENIES,
    EITHER;

    Sense opposite() {
      return switch (this) {
        case ALLOWS -> DENIES;
        case DENIES -> ALLOWS;
        case EITHER -> EITHER;
      };
    }
  }

  private static final Set<Extension> MAY_ERR =
      Set.of(Extension.OFFSET, Extension.DURATION_SINCE, Extension.TO_DATE);
  private static final Set<Extension> READ_TEXT =
      Set.of(Extension.IP, Extension.DECIMAL, Extension.DATETIME, Extension.DURATION);

  private final boolean permit;
  private final boolean readsFacts;
  private final List<Finding> findings = new ArrayList<>();

  private FactLaws(boolean permit, boolean readsFacts) {
    this.permit = permit;
    this.readsFacts = readsFacts;
  }

  /// Every clause of `policy` that breaks one of the laws.
  static List<Finding> in(Policy policy) {
    boolean permit = policy.effect() == Policy.Effect.PERMIT;
    boolean readsFacts =
        policy.conditions().stream().anyMatch(condition -> mentionsFacts(condition.body()));
    var laws = new FactLaws(permit, readsFacts);
    for (Policy.Condition condition : policy.conditions()) {
      laws.walk(condition.body(), permit == condition.unless() ? Sense.DENIES : Sense.ALLOWS);
    }
    return laws.findings;
  }

  private void walk(Expr expression, Sense sense) {
    switch (expression) {
      case Expr.And and -> and.operands().forEach(operand -> walk(operand, sense));
      case Expr.Or or -> or.operands().forEach(operand -> walk(operand, sense));
      case Expr.Not not -> walk(not.operand(), sense.opposite());
      case Expr.If choice -> {
        boolean conjunction =
            choice.otherwise() instanceof Expr.Literal(Value.Truth(boolean truth), _) && !truth;
        walk(choice.condition(), conjunction ? sense : Sense.EITHER);
        walk(choice.then(), sense);
        walk(choice.otherwise(), sense);
      }
      case Expr.Has has -> has(has, sense);
      case Expr.Get get -> get(get);
      case Expr.Reference reference -> reference(reference);
      case Expr.Literal _ -> {}
      case Expr.Negate negate -> {
        calculation(negate);
        walk(negate.operand(), Sense.EITHER);
      }
      case Expr.Binary binary -> {
        switch (binary.operator()) {
          case PLUS, MINUS, TIMES -> calculation(binary);
          case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, IN -> {}
        }
        walk(binary.left(), Sense.EITHER);
        walk(binary.right(), Sense.EITHER);
      }
      case Expr.Like like -> walk(like.of(), Sense.EITHER);
      case Expr.Is is -> {
        walk(is.of(), Sense.EITHER);
        if (is.within() != null) {
          walk(is.within(), Sense.EITHER);
        }
      }
      case Expr.SetOf set -> set.members().forEach(member -> walk(member, Sense.EITHER));
      case Expr.RecordOf record ->
          record.members().values().forEach(member -> walk(member, Sense.EITHER));
      case Expr.Invoke invoke -> {
        if (invoke.method() == Expr.Method.GET_TAG) {
          calculation(invoke);
        }
        walk(invoke.of(), Sense.EITHER);
        invoke.arguments().forEach(argument -> walk(argument, Sense.EITHER));
      }
      case Expr.Extended extended -> {
        boolean literal =
            extended.arguments().stream().allMatch(argument -> argument instanceof Expr.Literal);
        if (MAY_ERR.contains(extended.function())
            || (READ_TEXT.contains(extended.function()) && !literal)) {
          calculation(extended);
        }
        extended.arguments().forEach(argument -> walk(argument, Sense.EITHER));
      }
    }
  }

  private void has(Expr.Has has, Sense sense) {
    List<String> path = path(has.of());
    if (path.isEmpty() || !path.getFirst().equals("CONTEXT")) {
      walk(has.of(), Sense.EITHER);
      return;
    }
    if (path.size() == 1) {
      // `context has facts`: both are always there, so nothing can depend on it.
      refuseClaim(has, has.attribute());
      return;
    }
    if (path.get(1).equals("claimed")) {
      refuseClaim(has, "claimed");
      return;
    }
    var whole = new ArrayList<>(path);
    whole.add(has.attribute());
    if (throughEntity(whole)) {
      report(has, "the entity that a fact names may not exist: compare it, don't look into it");
    }
    if (sense != Sense.ALLOWS) {
      String fact = String.join(".", whole.subList(2, whole.size()));
      report(
          has,
          "absence of `%s` would open here; %s"
              .formatted(
                  fact,
                  permit
                      ? "a permit reads a fact as `when { context.facts has %s && ... }`"
                          .formatted(fact)
                      : "a forbid reads a fact only as `unless { context.facts has %s && ... }`"
                          .formatted(fact)));
    }
  }

  /// The longest chain of attributes, so that `context.facts` inside it is no use of the whole.
  private void get(Expr.Get get) {
    List<String> path = path(get);
    if (path.isEmpty()) {
      walk(get.of(), Sense.EITHER);
      return;
    }
    if (!path.getFirst().equals("CONTEXT")) {
      return;
    }
    if (path.get(1).equals("claimed")) {
      refuseClaim(get, "claimed");
      return;
    }
    if (throughEntity(path)) {
      report(get, "the entity that a fact names may not exist: compare it, don't look into it");
      return;
    }
    Optional<Schema.Type> type = type(path);
    if (type.isPresent() && type.get() instanceof Schema.Type.Fields) {
      report(get, "a record of facts is not compared as a whole: name the member");
    }
  }

  private void reference(Expr.Reference reference) {
    if (reference.variable() == Expr.Variable.CONTEXT) {
      report(reference, "the context is not used as a whole: name the fact or the claim");
    }
  }

  private void refuseClaim(Expr at, String part) {
    if (permit && part.equals("claimed")) {
      report(at, "a claim never permits: a permit may not read `context.claimed`");
    }
  }

  private void calculation(Expr at) {
    if (readsFacts) {
      report(at, "a policy that reads facts does not calculate: this may err");
    }
  }

  private static boolean mentionsFacts(Expr expression) {
    Deque<Expr> open = new ArrayDeque<>(List.of(expression));
    while (!open.isEmpty()) {
      Expr next = open.pop();
      if (next instanceof Expr.Get(Expr.Reference of, String attribute, _)
          && of.variable() == Expr.Variable.CONTEXT
          && attribute.equals("facts")) {
        return true;
      }
      next.inner().forEach(open::push);
    }
    return false;
  }

  /// `context.facts.commits` as its steps, the variable's name first; empty for what is no chain.
  static List<String> path(Expr expression) {
    var steps = new ArrayList<String>();
    Expr at = expression;
    while (at instanceof Expr.Get get) {
      steps.addFirst(get.attribute());
      at = get.of();
    }
    if (at instanceof Expr.Reference reference) {
      steps.addFirst(reference.variable().name());
      return steps;
    }
    return List.of();
  }

  /// The type at the end of a path under `context`; empty where the vocabulary has none.
  static Optional<Schema.Type> type(List<String> path) {
    Schema schema = Vocabulary.schema();
    Schema.Type at = new Schema.Type.Common(Vocabulary.NAMESPACE + "::Context");
    for (String step : path.subList(1, path.size())) {
      Schema.@Nullable Attribute attribute =
          schema.resolve(at) instanceof Schema.Type.Fields fields
              ? fields.members().get(step)
              : null;
      if (attribute == null) {
        return Optional.empty();
      }
      at = attribute.type();
    }
    return Optional.of(schema.resolve(at));
  }

  private static boolean throughEntity(List<String> path) {
    for (int length = 2; length < path.size(); length++) {
      Optional<Schema.Type> type = type(path.subList(0, length));
      if (type.isPresent() && type.get() instanceof Schema.Type.Reference) {
        return true;
      }
    }
    return false;
  }

  private void report(Expr at, String message) {
    findings.add(new Finding(at.span(), message));
  }
}
