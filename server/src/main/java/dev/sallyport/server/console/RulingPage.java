package dev.sallyport.server.console;

import java.util.List;

/// One entry: what was asked, what came of it, why, and the proof that it was recorded so.
///
/// @param erased whether the explanation was erased
/// @param advice what would have satisfied the policies that refused
/// @param missing the facts that nobody checked and that policies which refused hang on
/// @param shadow what policies in shadow would have done, a sentence each
/// @param proof the audit path, base64
/// @param text the entry's canonical bytes
/// @param older and `newer`, whether there are neighbours
public record RulingPage(
    RulingsPage.Row entry,
    boolean ruling,
    boolean erased,
    List<String> subjects,
    List<String> reasons,
    List<String> advice,
    List<String> missing,
    List<Policy> policies,
    List<String> shadow,
    Clauses clauses,
    List<Pair> facts,
    List<Pair> claimed,
    List<Pair> caller,
    List<String> evidence,
    String policyDigest,
    String leafHash,
    List<String> proof,
    String checkpoint,
    String text,
    boolean older,
    boolean newer,
    String formToken) {
  public RulingPage {
    subjects = List.copyOf(subjects);
    reasons = List.copyOf(reasons);
    advice = List.copyOf(advice);
    missing = List.copyOf(missing);
    policies = List.copyOf(policies);
    shadow = List.copyOf(shadow);
    facts = List.copyOf(facts);
    claimed = List.copyOf(claimed);
    caller = List.copyOf(caller);
    evidence = List.copyOf(evidence);
    proof = List.copyOf(proof);
  }

  /// Clause by clause, by the policy that ruled.
  ///
  /// @param remedy what would have turned a refusal, or what stood in the way that is no fact
  /// @param possible which of the two
  public record Clauses(List<Judged> policies, List<String> remedy, boolean possible) {
    static final Clauses NONE = new Clauses(List.of(), List.of(), false);

    public Clauses {
      policies = List.copyOf(policies);
      remedy = List.copyOf(remedy);
    }
  }

  /// What one policy made of the question.
  public record Judged(String id, String effect, String outcome, List<Clause> clauses) {
    public Judged {
      clauses = List.copyOf(clauses);
    }
  }

  /// What one clause came to, and the values it saw.
  public record Clause(String text, String came, List<String> seen) {
    public Clause {
      seen = List.copyOf(seen);
    }
  }

  /// A policy that decided.
  public record Policy(String id, String effect, String place, String controls) {}

  /// A name and what it says.
  public record Pair(String name, String value) {}
}
