package dev.sallyport.server.decisions;

import dev.sallyport.server.db.Database;
import java.time.Instant;
import java.util.List;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// How often policies decided: a projection of the log, which can be made anew at any time.
@Component
final class HitStore {
  private final Database database;

  HitStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// One decision that a policy took.
  ///
  /// @param text the digest of its text; empty where the entry does not say
  record Seen(String policy, String text, Hits.Verdict verdict, Instant at, long entry) {}

  /// So many of them.
  record Count(
      String policy, String text, Hits.Verdict verdict, long hits, Instant last, long lastEntry) {}

  /// The first entry that was not looked at yet.
  long next() {
    return database
        .sql()
        .sql("SELECT COALESCE(MAX(next_index), 0) FROM decisions_hit_cursor")
        .query(Long.class)
        .single();
  }

  /// Counts what was found from `from` up to `to`, all or nothing; nothing where another node was
  /// faster.
  void add(long from, long to, List<Seen> found) {
    database.inTransaction(() -> {
      if (!move(from, to)) {
        return;
      }
      found.forEach(this::count);
    });
  }

  private boolean move(long from, long to) {
    database
        .sql()
        .sql(
            """
            INSERT INTO decisions_hit_cursor (id, next_index) VALUES (1, 0)
            ON CONFLICT (id) DO NOTHING
            """)
        .update();
    return database
            .sql()
            .sql(
                """
                UPDATE decisions_hit_cursor SET next_index = :to WHERE id = 1 AND next_index = :from
                """)
            .param("to", to)
            .param("from", from)
            .update()
        == 1;
  }

  private void count(Seen seen) {
    database
        .sql()
        .sql(
            """
            INSERT INTO decisions_hit (policy, text, verdict, hits, last_epoch_milli, last_entry)
            VALUES (:policy, :text, :verdict, 1, :at, :entry)
            ON CONFLICT (policy, text, verdict) DO UPDATE SET hits = decisions_hit.hits + 1,
              last_epoch_milli = :at, last_entry = :entry
            """)
        .param("policy", seen.policy())
        .param("text", seen.text())
        .param("verdict", seen.verdict().word())
        .param("at", seen.at().toEpochMilli())
        .param("entry", seen.entry())
        .update();
  }

  /// Everything that was counted, at most `limit`.
  List<Count> all(int limit) {
    return database
        .sql()
        .sql("SELECT * FROM decisions_hit ORDER BY policy, text, verdict LIMIT :limit")
        .param("limit", limit)
        .query((row, _) ->
            new Count(
                row.getString("policy"),
                row.getString("text"),
                Hits.Verdict.of(row.getString("verdict")),
                row.getLong("hits"),
                Instant.ofEpochMilli(row.getLong("last_epoch_milli")),
                row.getLong("last_entry")))
        .list();
  }
}
