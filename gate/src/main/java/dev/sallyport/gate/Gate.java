package dev.sallyport.gate;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Question, facts and policy in; ruling out. A pure function: no clock, no network, no memory.
///
/// Every doubt is a deny: Cedar skips a policy that errs, so an erring `forbid` would let a request
/// through; here any error of a policy whose scope matches makes the ruling
/// [Ruling.Outcome#COULD_NOT_EVALUATE].
public final class Gate {
  private Gate() {}

  /// Rules on `question` by `policy`.
  public static Ruling rule(Question question, Facts facts, PolicySnapshot policy) {
    return new Ruling.Deny(
        Ruling.Outcome.COULD_NOT_EVALUATE,
        new Ruling.Grounds(
            List.of(), List.of("the evaluator is not built yet"), List.of(), policy.digest()));
  }

  /// What each built-in profile says of the question; with `observe` in force this is what it
  /// reports.
  public static Map<Profile, Ruling> compare(Question question, Facts facts) {
    var rulings = new EnumMap<Profile, Ruling>(Profile.class);
    for (Profile profile : Profile.values()) {
      rulings.put(profile, rule(question, facts, PolicySnapshot.builtIn(profile)));
    }
    return rulings;
  }
}
