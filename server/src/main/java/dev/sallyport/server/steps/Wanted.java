package dev.sallyport.server.steps;

import dev.sallyport.gate.Action;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A step that wants to begin, as its wrapper describes it. All of it but the action is a claim.
///
/// @param name what the pipeline calls the step
/// @param commit as the wrapper read it from the checkout
/// @param tree the same of its tree
/// @param ref the same of the branch or tag
/// @param pipeline digest of the pipeline's definitions in the checkout
/// @param runner what the runner is called
/// @param isolation what keeps the step from its wrapper
/// @param secrets what the step wants to see, by the name it sees: paths
public record Wanted(
    Action action,
    String name,
    @Nullable String commit,
    @Nullable String tree,
    @Nullable String ref,
    @Nullable String pipeline,
    @Nullable String runner,
    String isolation,
    Map<String, String> secrets) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._/-]{0,127}");
  private static final Pattern OBJECT = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final Set<String> ISOLATION = Set.of("same-user", "own-user", "container");
  private static final int MAX_SECRETS = 32;
  private static final int MAX_TEXT = 256;

  /// Checks each part.
  public Wanted {
    secrets = Collections.unmodifiableMap(new TreeMap<>(secrets));
    if (action != Action.BUILD && action != Action.TEST) {
      throw new IllegalArgumentException("a step is `build` or `test`");
    }
    require(NAME, "step", name);
    require(OBJECT, "commit", commit);
    require(OBJECT, "tree", tree);
    require(DIGEST, "pipeline", pipeline);
    text("ref", ref);
    text("runner", runner);
    if (!ISOLATION.contains(isolation)) {
      throw new IllegalArgumentException("isolation is one of " + String.join(", ", ISOLATION));
    }
    if (secrets.size() > MAX_SECRETS) {
      throw new IllegalArgumentException("a step sees at most " + MAX_SECRETS + " secrets");
    }
  }

  private static void require(Pattern form, String what, @Nullable String text) {
    if (text != null && !form.matcher(text).matches()) {
      throw new IllegalArgumentException("`" + what + "` is no " + what);
    }
  }

  private static void text(String what, @Nullable String text) {
    if (text != null
        && (text.isEmpty()
            || text.length() > MAX_TEXT
            || text.chars().anyMatch(Character::isISOControl))) {
      throw new IllegalArgumentException("`" + what + "` has 1 to " + MAX_TEXT + " characters");
    }
  }
}
