package dev.sallyport.detect;

import java.time.Instant;

/// What a detector is shown: something that happened, or that time went by.
public sealed interface Input permits Event, Tick {
  /// When, by the ledger.
  Instant time();
}
