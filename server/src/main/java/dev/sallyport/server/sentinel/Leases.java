package dev.sallyport.server.sentinel;

import dev.sallyport.gate.Ruling;
import dev.sallyport.server.ledger.Actor;
import java.util.List;

/// What responses ask of the room that lends secrets.
interface Leases {
  /// Revokes what a run was lent and gives the ids of the leases.
  List<String> revoke(Ruling.Allow allow, Actor by, String run);

  /// Whether a lease would still be honoured.
  boolean isTaken(String lease);
}
