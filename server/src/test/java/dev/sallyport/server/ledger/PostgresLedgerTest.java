package dev.sallyport.server.ledger;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;

/// The contract on a real PostgreSQL.
class PostgresLedgerTest extends LedgerContract {
  @Override
  Database fresh() {
    return RealPostgres.fresh();
  }
}
