package dev.sallyport.server.export;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How a sink does.
///
/// @param state `telling`, `idle`, `failing` or `elsewhere` (another node tells it)
/// @param nextIndex the first entry that is not acknowledged
/// @param lag entries that are not acknowledged
/// @param oldestUnsent the time of the first of them; null where there is none
/// @param lastAcknowledged null where nothing ever was
/// @param acknowledges whether the receiver says when it has something for good
/// @param error what went wrong last; null where nothing does
public record SinkHealth(
    String name,
    String kind,
    String state,
    long nextIndex,
    long lag,
    @Nullable Instant oldestUnsent,
    @Nullable Instant lastAcknowledged,
    boolean acknowledges,
    @Nullable String error) {}
