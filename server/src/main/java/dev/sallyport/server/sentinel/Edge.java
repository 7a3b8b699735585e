package dev.sallyport.server.sentinel;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.ledger.Digest;

/// What is bad at `from` could have made `to` bad.
///
/// @param kind how, in one word
/// @param enforced a door or credential hung on it; otherwise somebody only says so
/// @param entry the entry that shows it
public record Edge(EntityRef from, EntityRef to, String kind, boolean enforced, long entry) {
  /// One short key for one thing.
  static String key(EntityRef thing) {
    return Digest.of(thing.type() + "\n" + thing.id()).text().substring("sha256:".length());
  }
}
