package dev.sallyport.gate;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
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
  public record Change(String fact, @Nullable Object from, Object to) {
    /// For people: `tests.failed is 0, not 1`.
    public String sentence() {
      if (from != null) {
        return "%s is %s, not %s".formatted(fact, text(to), text(from));
      }
      return to instanceof Map<?, ?> members
          ? fact + " checked" + (members.isEmpty() ? "" : ", with " + text(members))
          : "%s known to be %s".formatted(fact, text(to));
    }

    private static String text(Object value) {
      return switch (value) {
        case Map<?, ?> members ->
            members.entrySet().stream()
                .map(member -> member.getKey() + " = " + text(member.getValue()))
                .sorted()
                .collect(Collectors.joining(", "));
        case Collection<?> members ->
            members.stream().map(Change::text).collect(Collectors.joining(", ", "[", "]"));
        default -> String.valueOf(value);
      };
    }
  }

  public Remedy {
    changes = List.copyOf(changes);
    blocking = List.copyOf(blocking);
  }

  /// Whether facts help.
  public boolean possible() {
    return !changes.isEmpty();
  }
}
