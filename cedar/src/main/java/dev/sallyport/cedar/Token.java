package dev.sallyport.cedar;

/// One token. `text` is an identifier's name, a number's digits, a punctuation's signs, or the raw
/// inside of a string literal with its escapes still in it.
record Token(Kind kind, String text, Span span) {
  enum Kind {
    NAME,
    NUMBER,
    STRING,
    SIGN,
    END
  }

  boolean isSign(String sign) {
    return kind == Kind.SIGN && text.equals(sign);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  /// How a message speaks of it.
  String shown() {
    return switch (kind) {
      case END -> "the end of the text";
      case STRING -> "a string";
      case NAME, NUMBER, SIGN -> "`" + text + "`";
    };
  }
}
