package dev.sallyport.server.secrets;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One secret in the hands of one step.
///
/// @param name under which the step sees it
/// @param over null while it lives; `ended` or `revoked`
public record Lease(
    String id,
    String path,
    long version,
    String name,
    String run,
    String step,
    Instant since,
    Instant until,
    @Nullable String over) {
  /// Whether it lives.
  public boolean liveAt(Instant now) {
    return over == null && now.isBefore(until);
  }
}
