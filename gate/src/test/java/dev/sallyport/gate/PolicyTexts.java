package dev.sallyport.gate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Policies of tests.
final class PolicyTexts {
  private PolicyTexts() {}

  /// What is wrong with one policy file, each problem as `line:column message`.
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

  /// The policy of one file.
  static PolicySnapshot snapshot(String text) {
    return PolicySnapshot.read(List.of(new Source("test.cedar", text)));
  }
}
