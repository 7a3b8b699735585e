package dev.sallyport.server.standing;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.ledger.Ledger;
import java.security.SecureRandom;
import java.time.Clock;

/// Opens the room for tests of rooms above it.
public final class Standings {
  private Standings() {}

  /// Over this database and ledger.
  public static Standing open(Database database, Ledger ledger, Clock clock, SecureRandom random) {
    return new Standing(new HoldStore(database), new WaiverStore(database), ledger, clock, random);
  }
}
