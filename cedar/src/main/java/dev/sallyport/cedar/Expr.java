package dev.sallyport.cedar;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// An expression of the language, each node with its place in the text.
///
/// `a has b.c` is read as `a has b && a.b has c`, so that the nodes below are all there is.
public sealed interface Expr {
  /// Where it stands.
  Span span();

  /// The expressions it is made of, in their order.
  default List<Expr> inner() {
    return switch (this) {
      case Literal _, Reference _ -> List.of();
      case And and -> and.operands();
      case Or or -> or.operands();
      case If choice -> List.of(choice.condition(), choice.then(), choice.otherwise());
      case Not not -> List.of(not.operand());
      case Negate negate -> List.of(negate.operand());
      case Binary binary -> List.of(binary.left(), binary.right());
      case Get get -> List.of(get.of());
      case Has has -> List.of(has.of());
      case Like like -> List.of(like.of());
      case Is is -> is.within() == null ? List.of(is.of()) : List.of(is.of(), is.within());
      case SetOf set -> set.members();
      case RecordOf record -> List.copyOf(record.members().values());
      case Invoke invoke ->
          Stream.concat(Stream.of(invoke.of()), invoke.arguments().stream()).toList();
      case Extended extended -> extended.arguments();
    };
  }

  /// The four things a request brings.
  enum Variable {
    PRINCIPAL,
    ACTION,
    RESOURCE,
    CONTEXT;

    /// As it stands in policies.
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Operators of two operands that always evaluate both.
  enum Operator {
    EQUAL("=="),
    NOT_EQUAL("!="),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">="),
    IN("in"),
    PLUS("+"),
    MINUS("-"),
    TIMES("*");

    private final String sign;

    Operator(String sign) {
      this.sign = sign;
    }

    /// As it stands in policies.
    public String sign() {
      return sign;
    }
  }

  /// Methods of sets and tags, whose number of arguments is part of the grammar.
  enum Method {
    CONTAINS("contains", 1),
    CONTAINS_ALL("containsAll", 1),
    CONTAINS_ANY("containsAny", 1),
    IS_EMPTY("isEmpty", 0),
    GET_TAG("getTag", 1),
    HAS_TAG("hasTag", 1);

    private final String word;
    private final int arguments;

    Method(String word, int arguments) {
      this.word = word;
      this.arguments = arguments;
    }

    /// As it stands in policies.
    public String word() {
      return word;
    }

    int arguments() {
      return arguments;
    }
  }

  record Literal(Value value, Span span) implements Expr {}

  record Reference(Variable variable, Span span) implements Expr {}

  /// Two or more `&&` in a row: false at the first operand that is false. `(a && b) && c` is the
  /// same row as without the parentheses, as it is in JSON.
  record And(List<Expr> operands, Span span) implements Expr {
    public And {
      operands =
          operands.getFirst() instanceof And first
              ? joined(first.operands(), operands)
              : List.copyOf(operands);
    }
  }

  /// Two or more `||` in a row: true at the first operand that is true; parentheses as in [And].
  record Or(List<Expr> operands, Span span) implements Expr {
    public Or {
      operands =
          operands.getFirst() instanceof Or first
              ? joined(first.operands(), operands)
              : List.copyOf(operands);
    }
  }

  private static List<Expr> joined(List<Expr> first, List<Expr> operands) {
    return Stream.concat(first.stream(), operands.stream().skip(1)).toList();
  }

  record If(Expr condition, Expr then, Expr otherwise, Span span) implements Expr {}

  record Not(Expr operand, Span span) implements Expr {}

  record Negate(Expr operand, Span span) implements Expr {}

  record Binary(Operator operator, Expr left, Expr right, Span span) implements Expr {}

  record Get(Expr of, String attribute, Span span) implements Expr {}

  record Has(Expr of, String attribute, Span span) implements Expr {}

  record Like(Expr of, Pattern pattern, Span span) implements Expr {}

  /// `of is type`, or `of is type in within`: the second half is asked only where the first holds.
  ///
  /// @param within null where there is no second half
  record Is(Expr of, String type, @Nullable Expr within, Span span) implements Expr {}

  record SetOf(List<Expr> members, Span span) implements Expr {
    public SetOf {
      members = List.copyOf(members);
    }
  }

  record RecordOf(Map<String, Expr> members, Span span) implements Expr {}

  record Invoke(Method method, Expr of, List<Expr> arguments, Span span) implements Expr {
    public Invoke {
      arguments = List.copyOf(arguments);
    }
  }

  /// A call of an extension function; a wrong number of arguments is an error of evaluation.
  record Extended(Extension function, List<Expr> arguments, Span span) implements Expr {
    public Extended {
      arguments = List.copyOf(arguments);
    }
  }
}
