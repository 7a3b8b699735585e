package dev.sallyport.server.decisions;

import dev.sallyport.server.ledger.Ledger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A ruling as it was recorded, with the proof that it was.
///
/// @param recorded its entry; says too whether it had been ruled on before, under the same retry
///   key
/// @param explanation what stands in the entry's body; null where that was erased
public record Decision(
    Ledger.Recorded recorded, @Nullable Explanation explanation, Ledger.Proof proof) {
  /// Whether it lets through.
  public boolean allowed() {
    return recorded.entry().outcome().equals("allowed");
  }

  /// Why, as recorded.
  ///
  /// @param policies those that decided: id, effect, file, line, column, controls, advice
  /// @param missing the facts that nobody checked and that policies which refused hang on
  /// @param shadow what policies in shadow would have done: id, effect, digest, would, changes
  /// @param enforced whether a door or a credential hung on it, or it was advice
  public record Explanation(
      List<Map<String, Object>> policies,
      List<String> reasons,
      List<String> advice,
      List<String> missing,
      Map<String, Object> facts,
      Map<String, Object> claimed,
      Map<String, Object> caller,
      List<Map<String, Object>> shadow,
      boolean enforced) {
    public Explanation {
      policies = List.copyOf(policies);
      reasons = List.copyOf(reasons);
      advice = List.copyOf(advice);
      missing = List.copyOf(missing);
      shadow = List.copyOf(shadow);
    }
  }
}
