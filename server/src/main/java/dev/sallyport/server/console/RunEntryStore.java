package dev.sallyport.server.console;

import dev.sallyport.server.db.Database;
import java.util.List;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// Which entries are about which run: an index of the log, which can be made anew at any time.
@Component
final class RunEntryStore {
  private final Database database;

  RunEntryStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// An entry about a run.
  record RunEntry(String run, long leafIndex) {}

  /// The first entry that was not looked at yet.
  long next() {
    return database
        .sql()
        .sql("SELECT COALESCE(MAX(next_index), 0) FROM console_run_cursor")
        .query(Long.class)
        .single();
  }

  /// Notes what was found from `from` up to `to`, all or nothing; nothing where another node was
  /// faster.
  void add(long from, long to, List<RunEntry> found) {
    database.inTransaction(() -> {
      if (!move(from, to)) {
        return;
      }
      for (RunEntry one : found) {
        database
            .sql()
            .sql(
                """
                INSERT INTO console_run_entry (run, leaf_index) VALUES (:run, :leafIndex)
                ON CONFLICT (run, leaf_index) DO NOTHING
                """)
            .param("run", one.run())
            .param("leafIndex", one.leafIndex())
            .update();
      }
    });
  }

  private boolean move(long from, long to) {
    database
        .sql()
        .sql(
            """
            INSERT INTO console_run_cursor (id, next_index) VALUES (1, 0)
            ON CONFLICT (id) DO NOTHING
            """)
        .update();
    return database
            .sql()
            .sql(
                """
                UPDATE console_run_cursor SET next_index = :to WHERE id = 1 AND next_index = :from
                """)
            .param("to", to)
            .param("from", from)
            .update()
        == 1;
  }

  /// Entries about a run, in order, at most `limit`.
  List<Long> of(String run, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT leaf_index FROM console_run_entry WHERE run = :run
            ORDER BY leaf_index LIMIT :limit
            """)
        .param("run", run)
        .param("limit", limit)
        .query((row, _) -> row.getLong(1))
        .list();
  }

  /// Runs that were heard of last, newest first, at most `limit`.
  List<String> newest(int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT run FROM console_run_entry GROUP BY run ORDER BY MAX(leaf_index) DESC LIMIT :limit
            """)
        .param("limit", limit)
        .query((row, _) -> row.getString(1))
        .list();
  }
}
