package dev.sallyport.server.tokens;

import java.time.Duration;
import java.time.Instant;

/// Keeps strangers from filling the ledger with their own refusals: so many of a window are
/// recorded singly, the rest is counted, and the count is recorded with the first refusal after it.
final class RefusalWindow {
  private static final Duration LENGTH = Duration.ofSeconds(10);
  private static final int SINGLY = 50;

  // Guarded by this.
  private Instant start = Instant.EPOCH;
  private int seen;

  /// What to do with a refusal.
  ///
  /// @param recorded whether it gets an entry of its own
  /// @param counted how many of the window before it had none, 0 where there is nothing to say
  record Verdict(boolean recorded, int counted) {}

  synchronized Verdict refusalAt(Instant now) {
    int counted = 0;
    if (now.isAfter(start.plus(LENGTH))) {
      counted = Math.max(0, seen - SINGLY);
      start = now;
      seen = 0;
    }
    seen++;
    return new Verdict(seen <= SINGLY, counted);
  }
}
