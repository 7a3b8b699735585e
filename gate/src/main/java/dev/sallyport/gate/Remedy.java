package dev.sallyport.gate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What would turn a refusal into an allow, as far as facts can.
///
/// @param changes the facts that would have to be otherwise; empty where no facts help
/// @param smallest whether it was shown that fewer changes do not do; where the search was given
///   up, no single one of the changes can be left out
/// @param blocking where no facts help: what stands in the way that is no fact, a clause each
public record Remedy(List<Change> changes, boolean smallest, List<String> blocking) {
  /// A fact that would have to be otherwise.
  ///
  /// @param fact as `artifact.builder`, or a whole group that was not checked
  /// @param from what was found; null where nothing was checked
  /// @param to what would do; of a group, the members that policies read
  public record Change(String fact, @Nullable Object from, Object to) {}

  public Remedy {
    changes = List.copyOf(changes);
    blocking = List.copyOf(blocking);
  }

  /// Whether facts help.
  public boolean possible() {
    return !changes.isEmpty();
  }
}
