package dev.sallyport.cedar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Lays out the text of policies: the tokens and comments stay what and in which order they are,
/// only what is blank between them changes. Formatted twice is formatted once.
///
/// A policy's head and each of its conditions stand on one line where they fit; else each part,
/// then each operand of `||` and `&&`, then each member of a list has a line of its own.
public final class Formatter {
  private static final int WIDTH = 100;
  private static final Set<String> TIGHT_BEFORE = Set.of(",", ";", ")", "]", ".", "::", ":");
  private static final Set<String> TIGHT_AFTER = Set.of("(", "[", ".", "::", "@", "?");

  private final List<Token> tokens;
  private final int[] closing;
  private final Map<Integer, List<Lexer.Comment>> comments = new HashMap<>();
  private final StringBuilder out = new StringBuilder();
  private int next;
  private int indent;

  private Formatter(String text) {
    var found = new ArrayList<Lexer.Comment>();
    this.tokens = Lexer.tokens(text, found);
    this.closing = closing(tokens);
    found.forEach(
        comment -> comments.computeIfAbsent(comment.before(), _ -> new ArrayList<>()).add(comment));
  }

  /// The same policies, laid out.
  ///
  /// @throws SyntaxRefused where the text is no Cedar: what cannot be read is not touched
  public static String format(String text) {
    var _ = PolicyParser.policies(text);
    var formatter = new Formatter(text);
    formatter.all();
    return formatter.out.toString();
  }

  private void all() {
    while (peek().kind() != Token.Kind.END) {
      apart();
      policy();
    }
    apart();
    comments(next);
  }

  /// An empty line, behind the comment that belongs to the policy above.
  private void apart() {
    List<Lexer.Comment> here = comments.getOrDefault(next, List.of());
    if (next > 0 && !here.isEmpty() && here.getFirst().behind()) {
      comment(here.removeFirst());
    }
    boolean more = peek().kind() != Token.Kind.END || !here.isEmpty();
    if (next > 0 && more) {
      out.append('\n');
    }
  }

  private Token peek() {
    return tokens.get(next);
  }

  // ---- a policy ----

  private void policy() {
    while (peek().isSign("@")) {
      int end = next + 2;
      if (tokens.get(end).isSign("(")) {
        end += 3;
      }
      range(end);
      line();
    }
    token();
    int close = closing(next);
    if (fits(next, close + 1)) {
      space();
      range(close + 1);
    } else {
      space();
      list(close);
    }
    while (!peek().isSign(";")) {
      condition();
    }
    token();
    line();
  }

  private void condition() {
    line();
    int close = closing(next + 1);
    // The semicolon may stand behind it.
    if (fits(next, close + 1, 1 + 2)) {
      token();
      space();
      token();
      space();
      range(close);
      space();
      token();
      return;
    }
    token();
    space();
    token();
    indent++;
    line();
    expression(close);
    indent--;
    line();
    token();
  }

  // ---- expressions ----

  /// Tokens up to `end`: on one line where they fit, else broken where they bind least.
  private void expression(int end) {
    if (fits(next, end)) {
      range(end);
      return;
    }
    if (peek().isName("if")) {
      choice(end);
      return;
    }
    for (String sign : List.of("||", "&&")) {
      List<Integer> at = splits(sign, end);
      if (!at.isEmpty()) {
        for (int split : at) {
          expression(split);
          space();
          token();
          line();
        }
        expression(end);
        return;
      }
    }
    operand(end);
  }

  private void choice(int end) {
    int then = word("then", next + 1, end);
    token();
    space();
    deeper(then);
    line();
    token();
    space();
    int otherwise = word("else", next, end);
    deeper(otherwise);
    line();
    token();
    space();
    deeper(end);
  }

  private void deeper(int end) {
    indent++;
    expression(end);
    indent--;
  }

  /// No operator to break at: its brackets are broken, the last of them first.
  private void operand(int end) {
    while (next < end) {
      if (isOpening(peek())) {
        int close = closing(next);
        boolean last = close + 1 >= end || !hasOpening(close + 1, end);
        if (last && close > next + 1 && !fits(next, end)) {
          list(close);
          continue;
        }
      }
      spaced();
    }
  }

  private boolean hasOpening(int from, int end) {
    for (int i = from; i < end; i++) {
      if (isOpening(tokens.get(i)) && closing(i) > i + 1) {
        return true;
      }
    }
    return false;
  }

  /// A bracket whose members have a line each.
  private void list(int close) {
    token();
    indent++;
    line();
    while (next < close) {
      expression(member(close));
      if (peek().isSign(",")) {
        token();
      }
      if (next < close) {
        line();
      }
    }
    indent--;
    line();
    token();
  }

  /// Where the member that begins here ends: at its comma or at `close`.
  private int member(int close) {
    for (int i = next; i < close; i++) {
      if (tokens.get(i).isSign(",")) {
        return i;
      }
      if (isOpening(tokens.get(i))) {
        i = closing(i);
      }
    }
    return close;
  }

  private List<Integer> splits(String sign, int end) {
    var at = new ArrayList<Integer>();
    for (int i = next; i < end; i++) {
      if (tokens.get(i).isName("if")) {
        break;
      }
      if (tokens.get(i).isSign(sign)) {
        at.add(i);
      } else if (isOpening(tokens.get(i))) {
        i = closing(i);
      }
    }
    return at;
  }

  /// The `then` or `else` of the `if` before `from`.
  private int word(String word, int from, int end) {
    int inner = 0;
    for (int i = from; i < end; i++) {
      Token token = tokens.get(i);
      if (token.isName("if") && !isAttribute(i)) {
        inner++;
      } else if (token.isName(word) && !isAttribute(i)) {
        if (inner == 0) {
          return i;
        }
        inner--;
      } else if (isOpening(token)) {
        i = closing(i);
      }
    }
    throw new IllegalStateException("the parser took an `if` without its `" + word + "`");
  }

  private boolean isAttribute(int at) {
    return at > 0 && tokens.get(at - 1).isSign(".");
  }

  private static boolean isOpening(Token token) {
    return token.isSign("(") || token.isSign("[") || token.isSign("{");
  }

  private int closing(int open) {
    return closing[open];
  }

  /// For each bracket that opens, the place of the one that closes it.
  private static int[] closing(List<Token> tokens) {
    var closing = new int[tokens.size()];
    var open = new ArrayDeque<Integer>();
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      if (isOpening(token)) {
        open.push(i);
      } else if (token.isSign(")") || token.isSign("]") || token.isSign("}")) {
        closing[open.pop()] = i;
      }
    }
    return closing;
  }

  // ---- tokens ----

  private boolean fits(int from, int end) {
    return fits(from, end, 1);
  }

  /// Whether the tokens fit on what is left of this line, with `more` characters behind them.
  private boolean fits(int from, int end, int more) {
    int width = Math.max(column(), 2 * indent) + more;
    for (int i = from; i < end; i++) {
      if (i > from && comments.containsKey(i)) {
        return false;
      }
      width += written(tokens.get(i)).length() + (i > from && isSpaced(i) ? 1 : 0);
      if (width > WIDTH || written(tokens.get(i)).indexOf('\n') >= 0) {
        return false;
      }
    }
    return true;
  }

  private int column() {
    return out.length() - (out.lastIndexOf("\n") + 1);
  }

  private void range(int end) {
    int first = next;
    while (next < end) {
      if (next > first && isSpaced(next)) {
        space();
      }
      token();
    }
  }

  private void spaced() {
    if (isSpaced(next)) {
      space();
    }
    token();
  }

  /// Whether a blank stands before a token on one line.
  private boolean isSpaced(int at) {
    if (at == 0) {
      return false;
    }
    Token before = tokens.get(at - 1);
    Token token = tokens.get(at);
    boolean tight =
        (token.kind() == Token.Kind.SIGN && TIGHT_BEFORE.contains(token.text()))
            || (before.kind() == Token.Kind.SIGN && TIGHT_AFTER.contains(before.text()))
            || before.isSign("{")
            || token.isSign("}")
            || before.isSign("!")
            || (before.isSign("-") && isUnary(at - 1));
    if (tight) {
      return false;
    }
    if (token.isSign("(") || token.isSign("[")) {
      return !isCalled(at - 1);
    }
    return true;
  }

  private boolean isUnary(int at) {
    return at == 0 || !isOperand(at - 1);
  }

  private boolean isOperand(int at) {
    Token token = tokens.get(at);
    return switch (token.kind()) {
      case NUMBER, STRING -> true;
      case NAME -> !TokenReader.RESERVED.contains(token.text()) || isAttribute(at);
      case SIGN -> token.isSign(")") || token.isSign("]") || token.isSign("}");
      case END -> false;
    };
  }

  /// Whether a bracket behind this token calls it, indexes it, or is an annotation's.
  private boolean isCalled(int at) {
    Token token = tokens.get(at);
    boolean head = token.isName("permit") || token.isName("forbid");
    return isOperand(at) && !head;
  }

  private static String written(Token token) {
    return token.kind() == Token.Kind.STRING ? "\"" + token.text() + "\"" : token.text();
  }

  private void token() {
    comments(next);
    if (column() == 0) {
      out.repeat("  ", indent);
    }
    out.append(written(peek()));
    next++;
  }

  private void comments(int before) {
    comments.getOrDefault(before, List.of()).forEach(this::comment);
  }

  private void comment(Lexer.Comment comment) {
    if (comment.behind() && !out.isEmpty()) {
      unline();
      out.append(' ').append(comment.text()).append('\n');
      return;
    }
    line();
    out.repeat("  ", indent).append(comment.text()).append('\n');
    if (comment.blankAfter() && indent == 0) {
      out.append('\n');
    }
  }

  private void space() {
    if (column() > 0 && !comments.containsKey(next)) {
      out.append(' ');
    }
  }

  private void line() {
    if (column() > 0) {
      out.append('\n');
    }
  }

  /// Takes a line end back, so that a comment stands behind what it is about.
  private void unline() {
    while (!out.isEmpty() && Character.isWhitespace(out.charAt(out.length() - 1))) {
      out.setLength(out.length() - 1);
    }
  }
}
