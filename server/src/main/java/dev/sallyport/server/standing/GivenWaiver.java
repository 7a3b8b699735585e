package dev.sallyport.server.standing;

import dev.sallyport.gate.Waiver;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A waiver as it was given, and what came of it.
///
/// @param refusal the entry of the ruling that it waives
/// @param by who gave it
/// @param since when
/// @param until when it ends by itself
/// @param ended when it was ended before; null where it was not
/// @param uses how many answers would have been refusals without it
/// @param lastUsed when the last of them was given; null where none was
public record GivenWaiver(
    Waiver waiver,
    long refusal,
    String by,
    Instant since,
    Instant until,
    @Nullable Instant ended,
    long uses,
    @Nullable Instant lastUsed) {
  /// Whether it counts at `now`.
  public boolean isLive(Instant now) {
    return ended == null && now.isBefore(until);
  }
}
