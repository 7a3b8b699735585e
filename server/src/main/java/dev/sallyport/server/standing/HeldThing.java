package dev.sallyport.server.standing;

import dev.sallyport.gate.EntityRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A thing on hold.
///
/// @param tombstone withdrawn for ever; only an artifact can be
/// @param by who did it
/// @param since when
/// @param until when it ends by itself; null for a tombstone
public record HeldThing(
    String id,
    EntityRef on,
    boolean tombstone,
    String reason,
    String by,
    Instant since,
    @Nullable Instant until) {}
