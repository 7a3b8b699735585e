package dev.sallyport.cedar;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// Works out beforehand what is the same for every request: `ip("10.0.0.0/8")` is read once. What
/// errs stays as it is, to err when it is its turn.
final class Folding {
  private Folding() {}

  static Expr fold(Expr expression) {
    return switch (expression) {
      case Expr.Literal _, Expr.Reference _ -> expression;
      case Expr.And and -> new Expr.And(fold(and.operands()), and.span());
      case Expr.Or or -> new Expr.Or(fold(or.operands()), or.span());
      case Expr.If choice ->
          new Expr.If(
              fold(choice.condition()),
              fold(choice.then()),
              fold(choice.otherwise()),
              choice.span());
      case Expr.Not not -> new Expr.Not(fold(not.operand()), not.span());
      case Expr.Negate negate -> new Expr.Negate(fold(negate.operand()), negate.span());
      case Expr.Binary binary ->
          new Expr.Binary(
              binary.operator(), fold(binary.left()), fold(binary.right()), binary.span());
      case Expr.Get get -> new Expr.Get(fold(get.of()), get.attribute(), get.span());
      case Expr.Has has -> new Expr.Has(fold(has.of()), has.attribute(), has.span());
      case Expr.Like like -> new Expr.Like(fold(like.of()), like.pattern(), like.span());
      case Expr.Is is ->
          new Expr.Is(
              fold(is.of()), is.type(), is.within() == null ? null : fold(is.within()), is.span());
      case Expr.SetOf set -> set(new Expr.SetOf(fold(set.members()), set.span()));
      case Expr.RecordOf record -> {
        var members = new LinkedHashMap<String, Expr>();
        record.members().forEach((name, member) -> members.put(name, fold(member)));
        yield new Expr.RecordOf(members, record.span());
      }
      case Expr.Invoke invoke ->
          new Expr.Invoke(
              invoke.method(), fold(invoke.of()), fold(invoke.arguments()), invoke.span());
      case Expr.Extended extended ->
          called(
              new Expr.Extended(extended.function(), fold(extended.arguments()), extended.span()));
    };
  }

  private static List<Expr> fold(List<Expr> expressions) {
    return expressions.stream().map(Folding::fold).toList();
  }

  private static Expr set(Expr.SetOf set) {
    return values(set.members())
        .<Expr>map(members -> new Expr.Literal(Value.of(members), set.span()))
        .orElse(set);
  }

  private static Expr called(Expr.Extended call) {
    Optional<List<Value>> arguments = values(call.arguments());
    if (arguments.isEmpty()) {
      return call;
    }
    try {
      return new Expr.Literal(call.function().apply(arguments.get()), call.span());
    } catch (EvaluationError e) {
      return call;
    }
  }

  private static Optional<List<Value>> values(List<Expr> expressions) {
    if (!expressions.stream().allMatch(Expr.Literal.class::isInstance)) {
      return Optional.empty();
    }
    return Optional.of(
        expressions.stream().map(literal -> ((Expr.Literal) literal).value()).toList());
  }
}
