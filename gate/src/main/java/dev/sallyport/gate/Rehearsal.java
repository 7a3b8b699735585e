package dev.sallyport.gate;

import java.util.List;
import java.util.TreeMap;

/// What a policy would answer, tried on plain data.
///
/// Nobody vouches for the facts of a [Case], so what comes of it is worth nothing at a door: a
/// [Verdict], never a [Ruling].
public final class Rehearsal {
  private Rehearsal() {}

  /// What a policy would answer.
  ///
  /// @param policies the ids of those that decide, as [Ruling#policies]
  /// @param missing as [Ruling#missing]
  public record Verdict(
      Ruling.Outcome outcome,
      List<String> policies,
      List<String> reasons,
      List<String> advice,
      List<String> missing) {
    public Verdict {
      policies = List.copyOf(policies);
      reasons = List.copyOf(reasons);
      advice = List.copyOf(advice);
      missing = List.copyOf(missing);
    }

    static Verdict of(Ruling ruling) {
      return new Verdict(
          ruling.outcome(),
          ruling.policies().stream().map(PolicyRef::id).toList(),
          ruling.reasons(),
          ruling.advice(),
          ruling.missing());
    }

    /// Whether it lets through.
    public boolean allowed() {
      return outcome == Ruling.Outcome.ALLOWED;
    }
  }

  /// What `policy` would answer in this case, were nothing held.
  public static Verdict ask(Case asked, PolicySnapshot policy) {
    return Verdict.of(Gate.rule(asked.question(), facts(asked), policy));
  }

  static Facts facts(Case asked) {
    return FactSheet.hypothetical(new TreeMap<>(asked.facts()));
  }
}
