package dev.sallyport.gate;

/// What a policy in shadow would have said, had it counted.
///
/// @param policy the one marked `@shadow`
/// @param changes whether the question would have been answered the other way, by it alone
public record Tried(PolicyRef policy, Would would, boolean changes) {
  /// What it would have done.
  public enum Would {
    /// A forbid that holds.
    FORBID("forbid"),
    /// A permit that holds.
    PERMIT("permit"),
    /// It could not be evaluated, which refuses.
    ERR("err");

    private final String word;

    Would(String word) {
      this.word = word;
    }

    /// Its name in JSON.
    public String word() {
      return word;
    }
  }
}
