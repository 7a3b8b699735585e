package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads policies by recursive descent, one method for each rule of the Cedar grammar.
final class PolicyParser {
  private static final int MAX_MISTAKES = 100;

  private final TokenReader in;

  private PolicyParser(String text) {
    this.in = new TokenReader(text);
  }

  /// The policies of `text`, with the ids `policy0`, `policy1`, ... of their order.
  static List<Policy> policies(String text) {
    var parser = new PolicyParser(text);
    var policies = new ArrayList<Policy>();
    while (!parser.in.atEnd()) {
      policies.add(parser.policy("policy" + policies.size()));
    }
    return policies;
  }

  /// Everything that is wrong with `text`, up to a bound, in its order: after each mistake it goes
  /// on behind the next `;`. A token that is none ends it.
  static List<SyntaxRefused> mistakes(String text) {
    var mistakes = new ArrayList<SyntaxRefused>();
    PolicyParser parser;
    try {
      parser = new PolicyParser(text);
    } catch (SyntaxRefused refused) {
      return List.of(refused);
    }
    while (!parser.in.atEnd() && mistakes.size() < MAX_MISTAKES) {
      try {
        var _ = parser.policy("");
      } catch (SyntaxRefused refused) {
        mistakes.add(refused);
        parser.in.recover();
      }
    }
    return mistakes;
  }

  /// One expression and nothing else.
  static Expr expression(String text) {
    var parser = new PolicyParser(text);
    Expr expression = parser.expr();
    if (!parser.in.atEnd()) {
      throw parser.in.expected("the end of the text");
    }
    return expression;
  }

  private Policy policy(String id) {
    Span from = in.peek().span();
    Map<String, String> annotations = in.annotations();
    Policy.Effect effect;
    if (in.takesWord("permit")) {
      effect = Policy.Effect.PERMIT;
    } else if (in.takesWord("forbid")) {
      effect = Policy.Effect.FORBID;
    } else {
      throw in.expected("`permit` or `forbid`");
    }
    in.need("(");
    in.needWord("principal");
    Scope principal = scope("principal");
    in.need(",");
    in.needWord("action");
    Scope action = actionScope();
    in.need(",");
    in.needWord("resource");
    Scope resource = scope("resource");
    in.takes(",");
    in.need(")");
    var conditions = new ArrayList<Policy.Condition>();
    while (in.peek().kind() == Token.Kind.NAME) {
      conditions.add(condition());
    }
    Span to = in.need(";").span();
    return new Policy(
        id, effect, annotations, principal, action, resource, conditions, from.to(to));
  }

  private Scope scope(String variable) {
    if (in.takes("==")) {
      return slot(variable) ? new Scope.Slot(null, false) : new Scope.Exactly(in.uid());
    }
    if (in.takesWord("in")) {
      return slot(variable) ? new Scope.Slot(null, true) : new Scope.Within(in.uid());
    }
    if (in.takesWord("is")) {
      String type = in.path();
      if (!in.takesWord("in")) {
        return new Scope.OfType(type);
      }
      return slot(variable) ? new Scope.Slot(type, true) : new Scope.OfTypeWithin(type, in.uid());
    }
    return new Scope.Any();
  }

  /// Takes `?principal` or `?resource`, each where its own variable is scoped.
  private boolean slot(String variable) {
    if (!in.takes("?")) {
      return false;
    }
    if (!in.peek().isName(variable)) {
      throw in.expected("`?" + variable + "`");
    }
    in.take();
    return true;
  }

  private Scope actionScope() {
    if (in.takes("==")) {
      return new Scope.Exactly(actionUid());
    }
    if (!in.takesWord("in")) {
      return new Scope.Any();
    }
    if (!in.takes("[")) {
      return new Scope.Within(actionUid());
    }
    var uids = new ArrayList<EntityUid>();
    while (!in.takes("]")) {
      uids.add(actionUid());
      if (!in.takes(",")) {
        in.need("]");
        break;
      }
    }
    return new Scope.WithinAny(uids);
  }

  private EntityUid actionUid() {
    Span at = in.peek().span();
    EntityUid uid = in.uid();
    if (!uid.isAction()) {
      throw new SyntaxRefused(at, "`" + uid + "` is not an action");
    }
    return uid;
  }

  private Policy.Condition condition() {
    Span from = in.peek().span();
    boolean unless;
    if (in.takesWord("when")) {
      unless = false;
    } else if (in.takesWord("unless")) {
      unless = true;
    } else {
      throw in.expected("`when`, `unless` or `;`");
    }
    in.need("{");
    Expr body = expr();
    if (Nesting.isTooDeep(body)) {
      throw new SyntaxRefused(body.span(), "nested deeper than " + TokenReader.MAX_DEPTH);
    }
    Span to = in.need("}").span();
    return new Policy.Condition(unless, body, from.to(to));
  }

  private Expr expr() {
    in.down();
    Expr expression = in.peek().isName("if") ? conditional() : or();
    in.up();
    return expression;
  }

  private Expr conditional() {
    Span from = in.take().span();
    Expr condition = expr();
    in.needWord("then");
    Expr then = expr();
    in.needWord("else");
    Expr otherwise = expr();
    return new Expr.If(condition, then, otherwise, from.to(otherwise.span()));
  }

  private Expr or() {
    Expr first = and();
    if (!in.peek().isSign("||")) {
      return first;
    }
    var operands = new ArrayList<Expr>(List.of(first));
    while (in.takes("||")) {
      operands.add(and());
    }
    return new Expr.Or(operands, first.span().to(operands.getLast().span()));
  }

  private Expr and() {
    Expr first = relation();
    if (!in.peek().isSign("&&")) {
      return first;
    }
    var operands = new ArrayList<Expr>(List.of(first));
    while (in.takes("&&")) {
      operands.add(relation());
    }
    return new Expr.And(operands, first.span().to(operands.getLast().span()));
  }

  private Expr relation() {
    Expr left = sum();
    if (in.takesWord("has")) {
      return has(left);
    }
    if (in.takesWord("like")) {
      Token pattern = in.needString();
      return new Expr.Like(
          left, new Pattern(Escapes.pattern(pattern)), left.span().to(pattern.span()));
    }
    if (in.takesWord("is")) {
      return is(left);
    }
    Optional<Expr.Operator> operator = relationOperator();
    if (operator.isEmpty()) {
      return left;
    }
    Expr right = sum();
    if (relationOperator().isPresent()) {
      throw new SyntaxRefused(
          in.previous().span(), "comparisons don't chain: put one of them in parentheses");
    }
    return new Expr.Binary(operator.get(), left, right, left.span().to(right.span()));
  }

  private Optional<Expr.Operator> relationOperator() {
    if (in.takesWord("in")) {
      return Optional.of(Expr.Operator.IN);
    }
    if (in.peek().kind() != Token.Kind.SIGN) {
      return Optional.empty();
    }
    Expr.Operator found =
        switch (in.peek().text()) {
          case "==" -> Expr.Operator.EQUAL;
          case "!=" -> Expr.Operator.NOT_EQUAL;
          case "<" -> Expr.Operator.LESS;
          case "<=" -> Expr.Operator.LESS_OR_EQUAL;
          case ">" -> Expr.Operator.GREATER;
          case ">=" -> Expr.Operator.GREATER_OR_EQUAL;
          default -> null;
        };
    if (found == null) {
      return Optional.empty();
    }
    in.take();
    return Optional.of(found);
  }

  private Expr has(Expr of) {
    if (in.peek().kind() == Token.Kind.STRING) {
      Token name = in.take();
      return new Expr.Has(of, Escapes.string(name), of.span().to(name.span()));
    }
    Token name = in.needName();
    Span span = of.span().to(name.span());
    var tests = new ArrayList<Expr>(List.of(new Expr.Has(of, name.text(), span)));
    Expr path = of;
    String last = name.text();
    while (in.takes(".")) {
      path = new Expr.Get(path, last, span);
      Token deeper = in.needName();
      span = of.span().to(deeper.span());
      last = deeper.text();
      tests.add(new Expr.Has(path, last, span));
      if (tests.size() > TokenReader.MAX_DEPTH) {
        throw new SyntaxRefused(deeper.span(), "nested deeper than " + TokenReader.MAX_DEPTH);
      }
    }
    if (Nesting.isTooMuch(of, tests.size())) {
      throw new SyntaxRefused(
          span, "nested deeper than a path of tests may be: test one attribute at a time");
    }
    return tests.size() == 1 ? tests.getFirst() : new Expr.And(tests, span);
  }

  private Expr is(Expr of) {
    String type = in.path();
    Span span = of.span().to(in.previous().span());
    if (!in.takesWord("in")) {
      return new Expr.Is(of, type, null, span);
    }
    Expr ancestor = sum();
    return new Expr.Is(of, type, ancestor, of.span().to(ancestor.span()));
  }

  private Expr sum() {
    Expr left = product();
    int levels = 0;
    while (in.peek().isSign("+") || in.peek().isSign("-")) {
      in.down();
      levels++;
      var operator = in.take().text().equals("+") ? Expr.Operator.PLUS : Expr.Operator.MINUS;
      Expr right = product();
      left = new Expr.Binary(operator, left, right, left.span().to(right.span()));
    }
    climb(levels);
    return left;
  }

  private Expr product() {
    Expr left = unary();
    int levels = 0;
    while (in.peek().isSign("*")) {
      in.take();
      in.down();
      levels++;
      Expr right = unary();
      left = new Expr.Binary(Expr.Operator.TIMES, left, right, left.span().to(right.span()));
    }
    climb(levels);
    return left;
  }

  private void climb(int levels) {
    for (int level = 0; level < levels; level++) {
      in.up();
    }
  }

  /// `!` or `-`, at most four in a row. A minus before digits belongs to the number, so that the
  /// smallest Long can be written.
  private Expr unary() {
    String sign = in.peek().isSign("!") ? "!" : in.peek().isSign("-") ? "-" : "";
    if (sign.isEmpty()) {
      return member(false);
    }
    var signs = new ArrayList<Span>();
    while (in.peek().isSign(sign)) {
      signs.add(in.take().span());
    }
    if (signs.size() > 4) {
      throw new SyntaxRefused(signs.get(4), "more than four `" + sign + "` in a row");
    }
    if (sign.equals("!")) {
      Expr operand = member(false);
      for (Span at : signs.reversed()) {
        operand = new Expr.Not(operand, at.to(operand.span()));
      }
      return operand;
    }
    boolean number =
        in.peek().kind() == Token.Kind.NUMBER
            && !in.peekAfter().isSign(".")
            && !in.peekAfter().isSign("[");
    Expr operand = number ? member(true) : member(false);
    List<Span> left = number ? signs.subList(0, signs.size() - 1) : signs;
    for (Span at : left.reversed()) {
      operand = new Expr.Negate(operand, at.to(operand.span()));
    }
    return operand;
  }

  private Expr member(boolean negative) {
    Expr of = primary(negative);
    int levels = 0;
    while (true) {
      if (in.takes(".")) {
        in.down();
        levels++;
        Token name = in.needName();
        of = in.takes("(") ? call(of, name) : get(of, name.text());
      } else if (in.takes("[")) {
        in.down();
        levels++;
        String name = Escapes.string(in.needString());
        in.need("]");
        of = get(of, name);
      } else {
        climb(levels);
        return of;
      }
    }
  }

  private Expr get(Expr of, String attribute) {
    return new Expr.Get(of, attribute, of.span().to(in.previous().span()));
  }

  private Expr call(Expr of, Token name) {
    List<Expr> arguments = arguments(")");
    Span span = of.span().to(in.previous().span());
    for (Expr.Method method : Expr.Method.values()) {
      if (method.word().equals(name.text())) {
        if (arguments.size() != method.arguments()) {
          throw new SyntaxRefused(
              name.span(),
              "`%s` takes %d arguments, not %d"
                  .formatted(name.text(), method.arguments(), arguments.size()));
        }
        return new Expr.Invoke(method, of, arguments, span);
      }
    }
    Extension function =
        Extension.of(name.text())
            .orElseThrow(() -> new SyntaxRefused(name.span(), "no method `" + name.text() + "`"));
    if (!function.isMethod()) {
      throw new SyntaxRefused(name.span(), "`" + name.text() + "` is a function, not a method");
    }
    var all = new ArrayList<Expr>(List.of(of));
    all.addAll(arguments);
    return new Expr.Extended(function, all, span);
  }

  private Expr primary(boolean negative) {
    Token token = in.peek();
    switch (token.kind()) {
      case NUMBER -> {
        in.take();
        return new Expr.Literal(number(token, negative), token.span());
      }
      case STRING -> {
        in.take();
        return new Expr.Literal(Value.of(Escapes.string(token)), token.span());
      }
      case NAME -> {
        return named(token);
      }
      case SIGN, END -> {}
    }
    if (in.takes("(")) {
      Expr inner = expr();
      in.need(")");
      return inner;
    }
    if (in.takes("[")) {
      return new Expr.SetOf(arguments("]"), token.span().to(in.previous().span()));
    }
    if (in.takes("{")) {
      return record(token);
    }
    throw in.expected("an expression");
  }

  private static Value number(Token token, boolean negative) {
    try {
      return Value.of(Long.parseLong(negative ? "-" + token.text() : token.text()));
    } catch (NumberFormatException e) {
      throw new SyntaxRefused(token.span(), "`" + token.text() + "` does not fit 64 bits");
    }
  }

  private Expr named(Token token) {
    if (token.text().equals("true") || token.text().equals("false")) {
      in.take();
      return new Expr.Literal(Value.of(token.text().equals("true")), token.span());
    }
    boolean alone = !in.peekAfter().isSign("::") && !in.peekAfter().isSign("(");
    if (alone) {
      Optional<Expr.Variable> variable = variable(token.text());
      if (variable.isPresent()) {
        in.take();
        return new Expr.Reference(variable.get(), token.span());
      }
    }
    String path = in.path();
    if (in.takes("::")) {
      String id = Escapes.string(in.needString());
      return new Expr.Literal(new EntityUid(path, id), token.span().to(in.previous().span()));
    }
    if (!in.takes("(")) {
      throw new SyntaxRefused(token.span(), "`" + path + "` is no variable");
    }
    Extension function =
        Extension.of(path)
            .orElseThrow(() -> new SyntaxRefused(token.span(), "no function `" + path + "`"));
    if (function.isMethod()) {
      throw new SyntaxRefused(token.span(), "`" + path + "` is a method, not a function");
    }
    return new Expr.Extended(function, arguments(")"), token.span().to(in.previous().span()));
  }

  private static Optional<Expr.Variable> variable(String name) {
    return switch (name) {
      case "principal" -> Optional.of(Expr.Variable.PRINCIPAL);
      case "action" -> Optional.of(Expr.Variable.ACTION);
      case "resource" -> Optional.of(Expr.Variable.RESOURCE);
      case "context" -> Optional.of(Expr.Variable.CONTEXT);
      default -> Optional.empty();
    };
  }

  private List<Expr> arguments(String close) {
    var arguments = new ArrayList<Expr>();
    while (!in.takes(close)) {
      arguments.add(expr());
      if (!in.takes(",")) {
        in.need(close);
        break;
      }
    }
    return arguments;
  }

  private Expr record(Token open) {
    var members = new LinkedHashMap<String, Expr>();
    while (!in.takes("}")) {
      Token name = in.peek();
      String key =
          name.kind() == Token.Kind.STRING ? Escapes.string(in.take()) : in.needName().text();
      in.need(":");
      if (members.put(key, expr()) != null) {
        throw new SyntaxRefused(name.span(), "member `" + key + "` stands twice");
      }
      if (!in.takes(",")) {
        in.need("}");
        break;
      }
    }
    return new Expr.RecordOf(members, open.span().to(in.previous().span()));
  }
}
