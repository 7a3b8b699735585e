package dev.sallyport.gate;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What a policy does with one story of the range.
///
/// @param story which
/// @param doors what became of each of its questions, in their order
public record Played(Story story, List<Door> doors) {
  /// What came of it.
  public enum Outcome {
    /// Every question of it is refused.
    REFUSED("refused"),
    /// At least one is allowed.
    LET_THROUGH("let-through"),
    /// No policy decides it; what does, decides under every policy.
    NOT_BY_POLICY("not-by-policy");

    private final String word;

    Outcome(String word) {
      this.word = word;
    }

    /// Its name in JSON.
    public String word() {
      return word;
    }
  }

  /// What became of one question. Plain words and no [Ruling]: nobody can act on an answer to a
  /// question that nobody asked.
  ///
  /// @param name the door's
  /// @param outcome the ruling's outcome
  /// @param policies the ids of those that decided
  /// @param reasons why, one clause each
  /// @param unchecked the facts that nobody checked and that policies which refused hang on
  /// @param missing where it is let through: what no clause on this action asks for
  /// @param goodAllowed whether its good twin is allowed
  public record Door(
      String name,
      Ruling.Outcome outcome,
      List<String> policies,
      List<String> reasons,
      List<String> unchecked,
      List<Missing> missing,
      boolean goodAllowed) {
    public Door {
      policies = List.copyOf(policies);
      reasons = List.copyOf(reasons);
      unchecked = List.copyOf(unchecked);
      missing = List.copyOf(missing);
    }

    /// Whether the attack is allowed here.
    public boolean letThrough() {
      return outcome == Ruling.Outcome.ALLOWED;
    }
  }

  /// What no clause asks for.
  ///
  /// @param what a fact, an attribute, a kind or a membership
  /// @param comesWith the part of the house that will fill the fact; empty where it is filled today
  public record Missing(String what, String comesWith) {}

  public Played {
    doors = List.copyOf(doors);
  }

  /// What came of the story.
  public Outcome outcome() {
    if (!doors.isEmpty() && doors.stream().noneMatch(Door::letThrough)) {
      return Outcome.REFUSED;
    }
    return story.notByPolicy() == null ? Outcome.LET_THROUGH : Outcome.NOT_BY_POLICY;
  }

  /// Whether the good twin of every question is allowed; a refusal is worth little without it.
  public boolean goodAllowed() {
    return doors.stream().allMatch(Door::goodAllowed);
  }

  /// What came of it and why, in one line: `refused by commits-not-forged`.
  public String line() {
    return switch (outcome()) {
      case REFUSED -> "refused" + refused() + (goodAllowed() ? "" : "; its good twin too");
      case LET_THROUGH -> "let through" + letThrough();
      case NOT_BY_POLICY -> "not by policy: " + story.notByPolicy();
    };
  }

  private String refused() {
    Set<String> policies = new LinkedHashSet<>();
    Set<String> unchecked = new LinkedHashSet<>();
    for (Door door : doors) {
      boolean erred =
          door.outcome() == Ruling.Outcome.COULD_NOT_EVALUATE && door.unchecked().isEmpty();
      if (door.policies().isEmpty() || erred) {
        return ": " + String.join("; ", door.reasons());
      }
      policies.addAll(door.policies());
      if (door.outcome() == Ruling.Outcome.COULD_NOT_EVALUATE) {
        unchecked.addAll(door.unchecked());
      }
    }
    boolean wanting =
        doors.stream().allMatch(door -> door.outcome() == Ruling.Outcome.NOT_PERMITTED);
    return (wanting ? " for want of " : " by ")
        + String.join(", ", policies)
        + (unchecked.isEmpty() ? "" : ": not checked: " + String.join(", ", unchecked));
  }

  private String letThrough() {
    Door open = doors.stream().filter(Door::letThrough).findFirst().orElseThrow();
    String where = doors.size() == 1 ? "" : " at " + open.name();
    if (open.missing().isEmpty()) {
      return where + ": clauses ask for it, and " + String.join(", ", open.policies()) + " permits";
    }
    String facts = open.missing().stream().map(Missing::what).collect(Collectors.joining(" or "));
    String later =
        open.missing().stream()
            .map(Missing::comesWith)
            .filter(word -> !word.isEmpty())
            .distinct()
            .collect(Collectors.joining(", "));
    return where
        + ": no clause asks for "
        + facts
        + (later.isEmpty() ? "" : " (which comes with " + later + ")");
  }
}
