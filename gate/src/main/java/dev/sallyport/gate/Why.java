package dev.sallyport.gate;

import dev.sallyport.cedar.Explained;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Why a policy answers a case as it does.
///
/// @param policies what each policy about this action makes of the case, clause by clause, those in
///   scope first
/// @param remedy what would turn a refusal into an allow; null for an allow, and for a question
///   that could not be put
public record Why(Rehearsal.Verdict verdict, List<One> policies, @Nullable Remedy remedy) {
  /// One policy, where its text stands, and what it makes of the case.
  public record One(PolicyRef policy, Explained explained) {}

  public Why {
    policies = List.copyOf(policies);
  }
}
