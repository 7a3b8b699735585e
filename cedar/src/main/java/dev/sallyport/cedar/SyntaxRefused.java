package dev.sallyport.cedar;

/// A text that is not Cedar, or is beyond the bounds this parser keeps; says where.
public final class SyntaxRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final int column;

  SyntaxRefused(Span at, String message) {
    super(message);
    this.line = at.line();
    this.column = at.column();
  }

  /// The line, counted from 1.
  public int line() {
    return line;
  }

  /// The column in code points, counted from 1.
  public int column() {
    return column;
  }
}
