package dev.sallyport.server.runs;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One step of a run: ruled on before it began.
///
/// @param id ours, made from the entry of the ruling
/// @param action `build` or `test`
/// @param name what its pipeline calls it
/// @param isolation what keeps it from its wrapper: `same-user`, `own-user`, `container`
/// @param begun by the ledger's time
/// @param entry the ruling that let it begin
/// @param ended null while it runs
public record Step(
    String id,
    String action,
    String name,
    Asker asker,
    Source source,
    String isolation,
    Instant begun,
    long entry,
    @Nullable Ended ended) {

  /// Who asked for it.
  ///
  /// @param workload the caller's id
  /// @param repository the id of its repository
  /// @param run the run's id
  /// @param key thumbprint of the key that it proved to hold
  /// @param runner null where nobody says which
  /// @param runnerVerified the run's token says which; otherwise it is a claim
  /// @param hosted the runner belongs to the CI system, by the token
  public record Asker(
      String workload,
      String repository,
      String run,
      String key,
      @Nullable String runner,
      boolean runnerVerified,
      boolean hosted) {}

  /// What it works on.
  ///
  /// @param commit by the run's token; null where that says none
  /// @param claimedCommit as the wrapper read it from the checkout
  /// @param tree the same of its tree
  /// @param ref by the run's token
  /// @param pipeline digest of the pipeline's definitions in the checkout, as the wrapper says
  /// @param reviewed whether the pipeline's commit passed the push rules; null where nobody says
  public record Source(
      @Nullable String commit,
      @Nullable String claimedCommit,
      @Nullable String tree,
      @Nullable String ref,
      @Nullable String pipeline,
      @Nullable Boolean reviewed) {
    /// The commit that is known: the token's, unless the checkout was another.
    public Optional<String> known() {
      return commit != null && (claimedCommit == null || claimedCommit.equals(commit))
          ? Optional.of(commit)
          : Optional.empty();
    }
  }

  /// How it ended.
  ///
  /// @param outcome `succeeded`, `failed` or `abandoned`
  /// @param tests what a test step found; null for others
  public record Ended(
      int exit, long seconds, String outcome, Instant at, long entry, @Nullable Tests tests) {
    /// Whether it ended well.
    public boolean well() {
      return outcome.equals("succeeded");
    }
  }

  /// Counts of tests.
  public record Tests(long passed, long failed, long skipped) {
    Tests plus(Tests other) {
      return new Tests(passed + other.passed, failed + other.failed, skipped + other.skipped);
    }
  }

  /// Whether it runs.
  public boolean open() {
    return ended == null;
  }

  Step ended(Ended how) {
    return new Step(id, action, name, asker, source, isolation, begun, entry, how);
  }
}
