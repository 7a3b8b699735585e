package dev.sallyport.gate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Policies of tests: our own checks, without the validator's process.
final class PolicyTexts {
  private PolicyTexts() {}

  /// What our own checks say of one policy file, each problem as `line:column message`.
  static List<String> problems(String text) {
    PolicyRefused refused = refusal(text);
    return refused == null
        ? List.of()
        : refused.problems().stream()
            .map(problem -> problem.line() + ":" + problem.column() + " " + problem.message())
            .toList();
  }

  private static @Nullable PolicyRefused refusal(String text) {
    try {
      var _ = snapshot(text);
      return null;
    } catch (PolicyRefused refused) {
      return refused;
    }
  }

  /// A snapshot that no validator saw.
  static PolicySnapshot snapshot(String text) {
    return PolicySnapshot.unvalidated(List.of(new Source("test.cedar", text)));
  }
}
