package dev.sallyport.gate;

import dev.sallyport.cedar.Explained;
import java.util.Comparator;
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

  /// Why `policy` would answer so: each policy about the action, clause by clause, those in scope
  /// first, and what would turn a refusal into an allow.
  public static Why why(Case asked, PolicySnapshot policy) {
    Verdict verdict = ask(asked, policy);
    List<Why.One> policies =
        explain(asked, policy).stream()
            .filter(one -> Asking.isAbout(one.explained().policy(), asked.question().action()))
            .sorted(
                Comparator.comparing(
                    one -> one.explained().outcome() == Explained.Outcome.OUT_OF_SCOPE))
            .toList();
    return new Why(verdict, policies, verdict.allowed() ? null : RemedySearch.of(asked, policy));
  }

  /// What each policy makes of the case, in their order; nothing for a question that cannot be put.
  public static List<Why.One> explain(Case asked, PolicySnapshot policy) {
    Asking asking;
    try {
      asking = Asking.of(asked.question(), facts(asked));
    } catch (Asking.Unclear e) {
      return List.of();
    }
    return policy.set().explain(asking.request(), asking.entities()).stream()
        .map(one -> new Why.One(policy.ref(one.policy().id()), one))
        .toList();
  }

  static Facts facts(Case asked) {
    return FactSheet.hypothetical(new TreeMap<>(asked.facts()));
  }
}
