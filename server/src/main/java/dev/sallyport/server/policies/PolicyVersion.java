package dev.sallyport.server.policies;

import dev.sallyport.server.ledger.Digest;
import java.time.Instant;

/// A text of policy that came into force, as its entry in the ledger says.
///
/// @param number from 1, without a gap; each is in force until the next
/// @param origin `folder`, `profile NAME`, `published` or `rollback of N`
/// @param entry the index of its entry
public record PolicyVersion(
    long number,
    Digest digest,
    String origin,
    String by,
    String reason,
    Instant since,
    long entry) {}
