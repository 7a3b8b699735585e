package dev.sallyport.gate;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A refusal that was waived: for just this question ([Scope]), exactly the policies that refused
/// it do not stand in its way.
///
/// It never beats a hold, an error, or a forbid that it does not name, and none whose text is
/// another than that which refused.
///
/// @param policies the digest of the text ([PolicyRef#digest]) of each, by id
/// @param permits whether the refusal was for want of a permit: then the question counts as
///   permitted as long as just these permits could have held; else each of `policies` is a forbid,
///   and left out
/// @param reason for people, one clause
public record Waiver(
    String id, Scope scope, Map<String, String> policies, boolean permits, String reason) {
  public Waiver {
    policies = Map.copyOf(policies);
  }

  /// Which questions a waiver is for: those that differ from the refused one in nothing that names
  /// or places it.
  ///
  /// A run is known by its repository and by how it came to run, not by its number or its commit,
  /// so that it can be started again; another ref, pipeline, event or starter is another caller.
  ///
  /// @param run what is known of a run, as text; empty for other callers
  /// @param claimed what the caller says that names a thing, as text
  public record Scope(
      EntityRef who,
      Map<String, String> run,
      Action action,
      EntityRef resource,
      Map<String, String> claimed) {
    /// What names no thing: why and for how long, and what the caller says it checked.
    private static final Set<String> NAMES_NOTHING =
        Set.of("reason", "reference", "seconds", "checked");

    public Scope {
      run = Map.copyOf(run);
      claimed = Map.copyOf(claimed);
    }

    /// The scope that `question` is in, and no other.
    public static Scope of(Question question) {
      EntityRef who = question.principal();
      var run = new TreeMap<String, String>();
      for (Entity known : question.entities()) {
        if (known.ref().equals(question.principal())
            && known.attributes().get("repository") instanceof EntityRef repository) {
          who = repository;
          known.attributes().forEach((name, value) -> run.put(name, String.valueOf(value)));
          run.keySet().removeAll(Set.of("repository", "commit"));
        }
      }
      var claimed = new TreeMap<String, String>();
      question.claimed().forEach((name, value) -> claimed.put(name, String.valueOf(value)));
      claimed.keySet().removeAll(NAMES_NOTHING);
      return new Scope(who, run, question.action(), question.resource(), claimed);
    }
  }

  /// Whether it is for this question.
  boolean covers(Question question) {
    return scope.equals(Scope.of(question));
  }

  /// Whether it names this policy with this very text.
  boolean names(PolicyRef policy) {
    return policy.digest().equals(policies.get(policy.id()));
  }
}
