package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.List;

/// Cuts policy and schema text into tokens (Cedar grammar, lexical part).
final class Lexer {
  /// A policy file beyond this is refused unread.
  static final int MAX_LENGTH = 4 * 1024 * 1024;

  private static final List<String> SIGNS_OF_TWO =
      List.of("::", "==", "!=", "<=", ">=", "&&", "||");
  private static final String SIGNS_OF_ONE = "@(){}[],;:.<>+-*!=?/%";

  /// A comment, and the token it stands before.
  ///
  /// @param text from its slashes on, without what is blank at its end
  /// @param behind whether a token stands before it on its line
  /// @param blankAfter whether an empty line follows
  record Comment(int before, String text, boolean behind, boolean blankAfter) {}

  private final String text;
  private final List<Comment> comments = new ArrayList<>();
  private final List<Token> tokens = new ArrayList<>();
  private int offset;
  private int line = 1;
  private int lineStart;

  /// Where the column was last counted to, and how many code points stood before it on its line.
  private int counted;

  private int column;

  private Lexer(String text) {
    this.text = text;
  }

  /// The tokens of `text`, the last one of kind `END`.
  static List<Token> tokens(String text) {
    return of(text).all();
  }

  /// The tokens of `text`, and its comments, which `into` takes.
  static List<Token> tokens(String text, List<Comment> into) {
    Lexer lexer = of(text);
    List<Token> tokens = lexer.all();
    into.addAll(lexer.comments);
    return tokens;
  }

  private static Lexer of(String text) {
    if (text.length() > MAX_LENGTH) {
      throw new SyntaxRefused(
          new Span(0, 0, 1, 1), "text is longer than " + MAX_LENGTH + " characters");
    }
    return new Lexer(text);
  }

  private List<Token> all() {
    while (true) {
      skipBlanks();
      if (offset == text.length()) {
        tokens.add(new Token(Token.Kind.END, "", span(offset, offset, line, lineStart)));
        return tokens;
      }
      tokens.add(next());
    }
  }

  private void skipBlanks() {
    while (offset < text.length()) {
      char c = text.charAt(offset);
      if (c == '\n') {
        offset++;
        line++;
        lineStart = offset;
      } else if (isBlank(c)) {
        offset++;
      } else if (text.startsWith("//", offset)) {
        comment();
      } else {
        return;
      }
    }
  }

  private void comment() {
    int start = offset;
    while (offset < text.length() && text.charAt(offset) != '\n' && text.charAt(offset) != '\r') {
      offset++;
    }
    boolean behind = !tokens.isEmpty() && tokens.getLast().span().end() > lineStart;
    int at = offset;
    int lines = 0;
    while (at < text.length() && (text.charAt(at) == '\n' || isBlank(text.charAt(at)))) {
      lines += text.charAt(at++) == '\n' ? 1 : 0;
    }
    comments.add(
        new Comment(
            tokens.size(),
            text.substring(start, offset).stripTrailing(),
            behind,
            lines > 1 && at < text.length()));
  }

  private static boolean isBlank(char c) {
    return switch (c) {
      case ' ', '\t', '\r', '\f', '\u000B', '\u0085', '\u2028', '\u2029' -> true;
      default -> Character.getType(c) == Character.SPACE_SEPARATOR;
    };
  }

  private Token next() {
    int start = offset;
    char c = text.charAt(offset);
    if (isNameStart(c)) {
      while (offset < text.length() && isNamePart(text.charAt(offset))) {
        offset++;
      }
      return token(Token.Kind.NAME, start, text.substring(start, offset));
    }
    if (isDigit(c)) {
      while (offset < text.length() && isDigit(text.charAt(offset))) {
        offset++;
      }
      return token(Token.Kind.NUMBER, start, text.substring(start, offset));
    }
    if (c == '"') {
      return string(start);
    }
    for (String sign : SIGNS_OF_TWO) {
      if (text.startsWith(sign, offset)) {
        offset += 2;
        return token(Token.Kind.SIGN, start, sign);
      }
    }
    if (SIGNS_OF_ONE.indexOf(c) >= 0) {
      offset++;
      return token(Token.Kind.SIGN, start, String.valueOf(c));
    }
    throw new SyntaxRefused(
        span(start, start, line, lineStart),
        "no token starts with `" + Character.toString(text.codePointAt(offset)) + "`");
  }

  private Token string(int start) {
    int startLine = line;
    int startLineStart = lineStart;
    offset++;
    while (offset < text.length()) {
      char c = text.charAt(offset);
      if (c == '"') {
        offset++;
        return new Token(
            Token.Kind.STRING,
            text.substring(start + 1, offset - 1),
            span(start, offset, startLine, startLineStart));
      }
      if (c == '\\') {
        offset++;
        if (offset == text.length()) {
          break;
        }
        c = text.charAt(offset);
      }
      offset++;
      if (c == '\n') {
        line++;
        lineStart = offset;
      }
    }
    throw new SyntaxRefused(
        span(start, start, startLine, startLineStart), "this string is never closed");
  }

  private Token token(Token.Kind kind, int start, String value) {
    return new Token(kind, value, span(start, offset, line, lineStart));
  }

  /// Counts columns on from the token before, so that a line of a megabyte is read but once.
  private Span span(int start, int end, int atLine, int atLineStart) {
    if (counted < atLineStart) {
      counted = atLineStart;
      column = 0;
    }
    column += text.codePointCount(counted, start);
    counted = start;
    return new Span(start, end, atLine, column + 1);
  }

  static boolean isNameStart(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  static boolean isNamePart(char c) {
    return isNameStart(c) || isDigit(c);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
