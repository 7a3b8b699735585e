package dev.sallyport.server.runs;

import dev.sallyport.server.ledger.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where an artifact came from, as a door saw it: the run that sent its bytes, and what is known of
/// that run.
///
/// @param build the last build step of the run that began before the bytes came; null where there
///   was none
/// @param tests what the test steps of the run found on the build's commit; null where none ended
/// @param runnerKnown the build's runner is the CI system's own, or declared
public record Origin(
    Digest artifact,
    String run,
    Instant streamed,
    @Nullable Step build,
    Step.@Nullable Tests tests,
    boolean runnerKnown,
    List<String> dependencies) {
  /// Copies the list.
  public Origin {
    dependencies = List.copyOf(dependencies);
  }

  /// A permitted build step on a commit that is known.
  public Optional<Step> seen() {
    return Optional.ofNullable(build).filter(step -> step.source().known().isPresent());
  }

  /// The same, that ended well.
  public Optional<Step> built() {
    return seen()
        .filter(step -> {
          Step.Ended ended = step.ended();
          return ended != null && ended.well();
        });
  }
}
