package dev.sallyport.detect;

import java.time.Instant;

/// Time went by without an event: what should have come and did not can be seen.
///
/// A tick is never later than the next event. It changes when a silence is found, never whether:
/// the finding's time and identity follow from the last event of who fell silent.
public record Tick(Instant time) implements Input {}
