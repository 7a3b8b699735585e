package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The tokens of one text, read from the front; what the grammars of policy and schema share.
final class TokenReader {
  /// How deep anything may nest; the stack of the smallest thread holds it with room to spare.
  static final int MAX_DEPTH = 200;

  /// Words that are no identifiers (Cedar grammar, `RESERVED`).
  static final Set<String> RESERVED =
      Set.of("true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar");

  private final List<Token> tokens;
  private int next;
  private int depth;

  TokenReader(String text) {
    this.tokens = Lexer.tokens(text);
  }

  Token peek() {
    return tokens.get(next);
  }

  Token peekAfter() {
    return tokens.get(Math.min(next + 1, tokens.size() - 1));
  }

  Token take() {
    Token token = tokens.get(next);
    if (token.kind() != Token.Kind.END) {
      next++;
    }
    return token;
  }

  Token previous() {
    return tokens.get(next - 1);
  }

  boolean atEnd() {
    return peek().kind() == Token.Kind.END;
  }

  /// Takes the sign if it is next.
  boolean takes(String sign) {
    if (peek().isSign(sign)) {
      next++;
      return true;
    }
    return false;
  }

  /// Takes the word if it is next.
  boolean takesWord(String word) {
    if (peek().isName(word)) {
      next++;
      return true;
    }
    return false;
  }

  Token need(String sign) {
    if (!peek().isSign(sign)) {
      throw expected("`" + sign + "`");
    }
    return take();
  }

  Token needWord(String word) {
    if (!peek().isName(word)) {
      throw expected("`" + word + "`");
    }
    return take();
  }

  Token needString() {
    if (peek().kind() != Token.Kind.STRING) {
      throw expected("a string");
    }
    return take();
  }

  /// An identifier that is not reserved.
  Token needName() {
    Token token = peek();
    if (token.kind() != Token.Kind.NAME) {
      throw expected("a name");
    }
    if (RESERVED.contains(token.text())) {
      throw new SyntaxRefused(token.span(), "`" + token.text() + "` is a reserved word");
    }
    return take();
  }

  /// A path `A::B::C`; stops before `::` that a string follows.
  String path() {
    var path = new StringBuilder(needName().text());
    while (peek().isSign("::") && peekAfter().kind() == Token.Kind.NAME) {
      take();
      path.append("::").append(needName().text());
    }
    return path.toString();
  }

  /// `Path::"id"`
  EntityUid uid() {
    String type = path();
    need("::");
    return new EntityUid(type, Escapes.string(needString()));
  }

  /// `@name` or `@name("value")`, any number, no name twice.
  Map<String, String> annotations() {
    var annotations = new LinkedHashMap<String, String>();
    while (takes("@")) {
      Token name = peek();
      if (name.kind() != Token.Kind.NAME) {
        throw expected("the name of an annotation");
      }
      take();
      String value = "";
      if (takes("(")) {
        value = Escapes.string(needString());
        need(")");
      }
      if (annotations.put(name.text(), value) != null) {
        throw new SyntaxRefused(name.span(), "annotation `" + name.text() + "` stands twice");
      }
    }
    return annotations;
  }

  /// The strings of a comma-separated list up to `close`.
  List<String> stringsUntil(String close) {
    var strings = new ArrayList<String>();
    while (!takes(close)) {
      strings.add(Escapes.string(needString()));
      if (!takes(",")) {
        need(close);
        break;
      }
    }
    return strings;
  }

  /// Goes one level down; every call is paired with [#up].
  void down() {
    if (++depth > MAX_DEPTH) {
      throw new SyntaxRefused(peek().span(), "nested deeper than " + MAX_DEPTH);
    }
  }

  void up() {
    depth--;
  }

  /// Goes on behind the next `;`, for whoever wants to know what else is wrong.
  void recover() {
    depth = 0;
    while (peek().kind() != Token.Kind.END && !take().isSign(";")) {
      // Skipped.
    }
  }

  SyntaxRefused expected(String what) {
    return new SyntaxRefused(peek().span(), "expected " + what + ", found " + peek().shown());
  }
}
