package dev.sallyport.server.tokens;

import dev.sallyport.server.db.Database;
import java.time.Instant;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// What was used once and may not be used again, across all processes on one database.
@Component
final class UsedStore {
  private final Database database;

  UsedStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Notes a use; false where it was noted before. One statement, so that of two at once one wins.
  boolean first(String replayId, Instant until) {
    return database
            .sql()
            .sql(
                """
                INSERT INTO tokens_used (replay_id, until_epoch) VALUES (:replayId, :until)
                ON CONFLICT (replay_id) DO NOTHING
                """)
            .param("replayId", replayId)
            .param("until", until.getEpochSecond())
            .update()
        == 1;
  }

  /// Forgets what would be refused for its age anyway.
  void forget(Instant before) {
    database
        .sql()
        .sql("DELETE FROM tokens_used WHERE until_epoch < :before")
        .param("before", before.getEpochSecond())
        .update();
  }
}
