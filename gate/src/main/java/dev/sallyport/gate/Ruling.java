package dev.sallyport.gate;

import java.util.List;

/// The answer to a question, with its reasons. Only [Gate] makes one: whoever holds an [Allow]
/// holds the proof that the gate was asked.
public sealed interface Ruling {
  /// What came of it, in four values: a refusal for want of a permit is not the same as a forbid,
  /// and neither is the same as policies that could not be evaluated, because one erred or because
  /// all that refuse hang on facts that nobody checked.
  enum Outcome {
    ALLOWED,
    FORBIDDEN,
    NOT_PERMITTED,
    COULD_NOT_EVALUATE;

    /// Its name in JSON, for example `not-permitted`.
    public String word() {
      return switch (this) {
        case ALLOWED -> "allowed";
        case FORBIDDEN -> "forbidden";
        case NOT_PERMITTED -> "not-permitted";
        case COULD_NOT_EVALUATE -> "could-not-evaluate";
      };
    }
  }

  /// What all rulings carry. `policies` decided; `reasons` are sentences for people; `advice` says
  /// what would satisfy the policies that refused; `missing` are the facts that nobody checked and
  /// that policies which refused hang on, as `artifact.builder`; `tried` is what policies in shadow
  /// would have said; `policyDigest` is `sha256:<hex>` of the snapshot.
  record Grounds(
      List<PolicyRef> policies,
      List<String> reasons,
      List<String> advice,
      List<String> missing,
      List<Tried> tried,
      String policyDigest) {
    public Grounds {
      policies = List.copyOf(policies);
      reasons = List.copyOf(reasons);
      advice = List.copyOf(advice);
      missing = List.copyOf(missing);
      tried = List.copyOf(tried);
    }

    /// Where no policy is in shadow.
    Grounds(
        List<PolicyRef> policies,
        List<String> reasons,
        List<String> advice,
        List<String> missing,
        String policyDigest) {
      this(policies, reasons, advice, missing, List.of(), policyDigest);
    }

    /// The same with what policies in shadow would have said.
    Grounds trying(List<Tried> policiesInShadow) {
      return new Grounds(policies, reasons, advice, missing, policiesInShadow, policyDigest);
    }

    /// Where nothing is missing.
    Grounds(
        List<PolicyRef> policies, List<String> reasons, List<String> advice, String policyDigest) {
      this(policies, reasons, advice, List.of(), policyDigest);
    }
  }

  Outcome outcome();

  Grounds grounds();

  /// The policies that decided.
  default List<PolicyRef> policies() {
    return grounds().policies();
  }

  /// Why, one clause each.
  default List<String> reasons() {
    return grounds().reasons();
  }

  /// What would satisfy the policies that refused; empty for an allow.
  default List<String> advice() {
    return grounds().advice();
  }

  /// The facts that nobody checked and that policies which refused hang on; empty for an allow.
  default List<String> missing() {
    return grounds().missing();
  }

  /// What policies in shadow would have said; they had no part in this.
  default List<Tried> tried() {
    return grounds().tried();
  }

  /// The digest of the policy snapshot that ruled.
  default String policyDigest() {
    return grounds().policyDigest();
  }

  /// Whether this is an [Allow].
  default boolean allowed() {
    return this instanceof Allow;
  }

  /// Yes.
  final class Allow implements Ruling {
    private final Grounds grounds;
    private final List<String> waivers;

    Allow(Grounds grounds, List<String> waivers) {
      this.grounds = grounds;
      this.waivers = List.copyOf(waivers);
    }

    /// The ids of the waivers without which this would be a refusal; empty for nearly all.
    public List<String> waivers() {
      return waivers;
    }

    @Override
    public Outcome outcome() {
      return Outcome.ALLOWED;
    }

    @Override
    public Grounds grounds() {
      return grounds;
    }

    @Override
    public String toString() {
      return "allowed by " + grounds.policies();
    }
  }

  /// No, and which kind of no.
  final class Deny implements Ruling {
    private final Outcome outcome;
    private final Grounds grounds;

    Deny(Outcome outcome, Grounds grounds) {
      if (outcome == Outcome.ALLOWED) {
        throw new IllegalArgumentException("a deny is not allowed");
      }
      this.outcome = outcome;
      this.grounds = grounds;
    }

    @Override
    public Outcome outcome() {
      return outcome;
    }

    @Override
    public Grounds grounds() {
      return grounds;
    }

    @Override
    public String toString() {
      return outcome.word() + ": " + grounds.reasons();
    }
  }
}
