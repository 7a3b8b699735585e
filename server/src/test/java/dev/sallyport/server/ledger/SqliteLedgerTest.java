package dev.sallyport.server.ledger;

import dev.sallyport.server.db.Database;

/// The contract on SQLite.
class SqliteLedgerTest extends LedgerContract {
  @Override
  Database fresh() {
    return Database.sqlite(folder.resolve("ledger.db"));
  }
}
