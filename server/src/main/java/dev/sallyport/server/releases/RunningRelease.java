package dev.sallyport.server.releases;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What runs at a place: what was let out there, and what its host says.
///
/// @param expected digest that went live last; null where none did
/// @param deployment by which it did
/// @param reported digest that the host found; null where nothing runs or nothing was heard
/// @param state `running`, `altered`, `stopped`, `empty`, or `unknown` before the first report
/// @param since of this state, digest and health
/// @param heard when the host's agent was last heard; null where it never was
/// @param silent whether it has been silent for more than three reports
/// @param live the deployment itself; null where there is none
public record RunningRelease(
    Place place,
    String host,
    @Nullable String expected,
    @Nullable String deployment,
    @Nullable String reported,
    String state,
    String health,
    String detail,
    Instant since,
    @Nullable Instant heard,
    boolean silent,
    @Nullable Deployment live) {}
