package dev.sallyport.cedar;

/// Where something stands in its text: offsets in UTF-16 units, `end` excluded; line and column
/// count from 1, the column in code points.
public record Span(int start, int end, int line, int column) {
  /// From the start of this to the end of `other`.
  Span to(Span other) {
    return new Span(start, other.end, line, column);
  }

  @Override
  public String toString() {
    return line + ":" + column;
  }
}
