package dev.sallyport.cedar;

/// Keeps expressions such that every walk over them ends soon and within the stack of a thread,
/// whether they were read from text or from JSON.
///
/// Brackets alone do not bound it: `!!!!(a * b + c == d && e)` nests nine deep in one, and `x has
/// a.b` stands for two expressions that both hold `x`, so that twenty of them in each other would
/// be a million.
final class Nesting {
  /// How many expressions a path of tests may stand for, by the way of what is tested.
  private static final int MAX_TESTED = 1_000;

  private Nesting() {}

  /// Whether something in it is nested deeper than [TokenReader#MAX_DEPTH].
  static boolean isTooDeep(Expr expression) {
    return isDeeper(expression, TokenReader.MAX_DEPTH);
  }

  private static boolean isDeeper(Expr expression, int levels) {
    if (levels == 0) {
      return true;
    }
    for (Expr inner : expression.inner()) {
      if (isDeeper(inner, levels - 1)) {
        return true;
      }
    }
    return false;
  }

  /// Whether `of has a.b.c`, with so many names, would stand for too much.
  static boolean isTooMuch(Expr of, int names) {
    return names > TokenReader.MAX_DEPTH || (names > 1 && rest(of, MAX_TESTED / names) < 0);
  }

  /// What is left of `budget` when every expression in it has taken one; negative where it does not
  /// suffice.
  private static int rest(Expr expression, int budget) {
    int left = budget - 1;
    for (Expr inner : expression.inner()) {
      if (left < 0) {
        return left;
      }
      left = rest(inner, left);
    }
    return left;
  }
}
