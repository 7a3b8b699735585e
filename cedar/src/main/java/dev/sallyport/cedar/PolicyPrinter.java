package dev.sallyport.cedar;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Writes policies as Cedar text from what they mean: read back, the text gives an equal policy.
/// Whoever has the text at hand and wants to keep its comments takes [Formatter].
final class PolicyPrinter {
  /// How tightly an expression binds, as the grammar nests its rules.
  private enum Level {
    CHOICE,
    OR,
    AND,
    RELATION,
    SUM,
    PRODUCT,
    UNARY,
    MEMBER
  }

  private static final int MAX_SIGNS = 4;

  private final StringBuilder out = new StringBuilder();

  private PolicyPrinter() {}

  /// One policy or template, its last line ending in `;`.
  static String text(Policy policy) {
    var printer = new PolicyPrinter();
    printer.policy(policy);
    return printer.out.toString();
  }

  static String text(Expr expression) {
    var printer = new PolicyPrinter();
    printer.expression(expression, Level.CHOICE);
    return printer.out.toString();
  }

  private void policy(Policy policy) {
    policy
        .annotations()
        .forEach((name, value) ->
            out.append('@')
                .append(name)
                .append(value.isEmpty() ? "" : "(" + Value.quoted(value) + ")")
                .append('\n'));
    out.append(policy.effect() == Policy.Effect.PERMIT ? "permit" : "forbid").append(" (\n  ");
    scope("principal", policy.principal());
    out.append(",\n  ");
    scope("action", policy.action());
    out.append(",\n  ");
    scope("resource", policy.resource());
    out.append("\n)");
    for (Policy.Condition condition : policy.conditions()) {
      out.append(condition.unless() ? "\nunless {\n  " : "\nwhen {\n  ");
      expression(condition.body(), Level.CHOICE);
      out.append("\n}");
    }
    out.append(';');
  }

  private void scope(String variable, Scope scope) {
    out.append(variable);
    out.append(
        switch (scope) {
          case Scope.Any _ -> "";
          case Scope.Exactly(EntityUid uid) -> " == " + uid;
          case Scope.Within(EntityUid uid) -> " in " + uid;
          case Scope.WithinAny(List<EntityUid> uids) ->
              uids.stream()
                  .map(EntityUid::toString)
                  .collect(Collectors.joining(", ", " in [", "]"));
          case Scope.OfType(String type) -> " is " + type;
          case Scope.OfTypeWithin(String type, EntityUid uid) -> " is " + type + " in " + uid;
          case Scope.Slot(@Nullable String type, boolean within) ->
              (type == null ? "" : " is " + type) + (within ? " in ?" : " == ?") + variable;
        });
  }

  private void expression(Expr expression, Level atLeast) {
    Level own = level(expression);
    if (own.compareTo(atLeast) < 0) {
      out.append('(');
      write(expression);
      out.append(')');
    } else {
      write(expression);
    }
  }

  private static Level level(Expr expression) {
    return switch (expression) {
      case Expr.If _ -> Level.CHOICE;
      case Expr.Or _ -> Level.OR;
      case Expr.And _ -> Level.AND;
      case Expr.Binary binary ->
          switch (binary.operator()) {
            case PLUS, MINUS -> Level.SUM;
            case TIMES -> Level.PRODUCT;
            case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, IN ->
                Level.RELATION;
          };
      case Expr.Has _, Expr.Like _, Expr.Is _ -> Level.RELATION;
      case Expr.Not _, Expr.Negate _ -> Level.UNARY;
      case Expr.Literal(Value.Whole(long number), _) -> number < 0 ? Level.UNARY : Level.MEMBER;
      case Expr.Literal _,
          Expr.Reference _,
          Expr.Get _,
          Expr.SetOf _,
          Expr.RecordOf _,
          Expr.Invoke _,
          Expr.Extended _ ->
          Level.MEMBER;
    };
  }

  private void write(Expr expression) {
    switch (expression) {
      case Expr.Literal literal -> out.append(literal.value());
      case Expr.Reference reference -> out.append(reference.variable().word());
      case Expr.And and -> joined(and.operands(), " && ", Level.RELATION);
      case Expr.Or or -> joined(or.operands(), " || ", Level.AND);
      case Expr.If choice -> {
        out.append("if ");
        expression(choice.condition(), Level.CHOICE);
        out.append(" then ");
        expression(choice.then(), Level.CHOICE);
        out.append(" else ");
        expression(choice.otherwise(), Level.CHOICE);
      }
      case Expr.Not not -> signed('!', not.operand(), signs(not));
      case Expr.Negate negate -> signed('-', negate.operand(), signs(negate));
      case Expr.Binary binary -> binary(binary);
      case Expr.Get get -> {
        expression(get.of(), Level.MEMBER);
        out.append(
            isName(get.attribute())
                ? "." + get.attribute()
                : "[" + Value.quoted(get.attribute()) + "]");
      }
      case Expr.Has has -> {
        expression(has.of(), Level.SUM);
        out.append(" has ").append(name(has.attribute()));
      }
      case Expr.Like like -> {
        expression(like.of(), Level.SUM);
        out.append(" like ").append(pattern(like.pattern()));
      }
      case Expr.Is is -> {
        expression(is.of(), Level.SUM);
        out.append(" is ").append(is.type());
        if (is.within() != null) {
          out.append(" in ");
          expression(is.within(), Level.SUM);
        }
      }
      case Expr.SetOf set -> listed("[", set.members(), "]");
      case Expr.RecordOf record -> record(record.members());
      case Expr.Invoke invoke -> {
        expression(invoke.of(), Level.MEMBER);
        listed("." + invoke.method().word() + "(", invoke.arguments(), ")");
      }
      case Expr.Extended extended -> {
        List<Expr> arguments = extended.arguments();
        if (extended.function().isMethod()) {
          expression(arguments.getFirst(), Level.MEMBER);
          out.append('.');
          arguments = arguments.subList(1, arguments.size());
        }
        listed(extended.function().word() + "(", arguments, ")");
      }
    }
  }

  private void binary(Expr.Binary binary) {
    Level own = level(binary);
    expression(binary.left(), own == Level.RELATION ? Level.SUM : own);
    out.append(' ').append(binary.operator().sign()).append(' ');
    expression(
        binary.right(),
        switch (own) {
          case SUM -> Level.PRODUCT;
          case PRODUCT -> Level.UNARY;
          case CHOICE, OR, AND, RELATION, UNARY, MEMBER -> Level.SUM;
        });
  }

  private void joined(List<Expr> operands, String between, Level atLeast) {
    boolean first = true;
    for (Expr operand : operands) {
      out.append(first ? "" : between);
      first = false;
      expression(operand, atLeast);
    }
  }

  private static int signs(Expr expression) {
    int signs = 0;
    Expr inner = expression;
    while (true) {
      if (expression instanceof Expr.Not && inner instanceof Expr.Not not) {
        inner = not.operand();
      } else if (expression instanceof Expr.Negate && inner instanceof Expr.Negate negate) {
        inner = negate.operand();
      } else {
        return signs;
      }
      signs++;
    }
  }

  /// At most four signs stand in a row, and a minus before digits would belong to the number.
  private void signed(char sign, Expr operand, int signs) {
    out.append(sign);
    boolean same = sign == '!' ? operand instanceof Expr.Not : operand instanceof Expr.Negate;
    boolean room = same && (signs - 1) % MAX_SIGNS != 0;
    boolean number = sign == '-' && operand instanceof Expr.Literal(Value.Whole _, _);
    if (room) {
      write(operand);
    } else if (number || level(operand) != Level.MEMBER) {
      out.append('(');
      write(operand);
      out.append(')');
    } else {
      write(operand);
    }
  }

  private void listed(String open, List<Expr> members, String close) {
    out.append(open);
    joined(members, ", ", Level.CHOICE);
    out.append(close);
  }

  private void record(Map<String, Expr> members) {
    out.append('{');
    boolean first = true;
    for (var member : members.entrySet()) {
      out.append(first ? "" : ", ").append(name(member.getKey())).append(": ");
      first = false;
      expression(member.getValue(), Level.CHOICE);
    }
    out.append('}');
  }

  static String pattern(Pattern pattern) {
    return pattern
        .text()
        .codePoints()
        .mapToObj(PolicyPrinter::inPattern)
        .collect(Collectors.joining("", "\"", "\""));
  }

  private static String inPattern(int c) {
    if (c == Escapes.WILDCARD) {
      return "*";
    }
    String quoted = Value.quoted(Character.toString(c));
    return c == '*' ? "\\*" : quoted.substring(1, quoted.length() - 1);
  }

  static String name(String name) {
    return isName(name) ? name : Value.quoted(name);
  }

  static boolean isName(String name) {
    return !name.isEmpty()
        && Lexer.isNameStart(name.charAt(0))
        && name.chars().allMatch(c -> Lexer.isNamePart((char) c))
        && !TokenReader.RESERVED.contains(name);
  }
}
