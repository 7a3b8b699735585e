package dev.sallyport.cedar;

import java.util.Set;

/// What a policy comes to when what is absent is not known to be false; [PolicySet#tentative] makes
/// it.
///
/// @param state whether it holds whatever the missing would have been
/// @param missing the shortest paths that are absent, by which it hangs in doubt; empty where it
///   does not
public record Tentative(Policy policy, State state, Set<String> missing) {
  /// Kleene's three values.
  public enum State {
    HOLDS,
    FAILS,
    /// It may hold or fail; what is missing would tell.
    OPEN
  }

  public Tentative {
    missing = Set.copyOf(missing);
  }
}
