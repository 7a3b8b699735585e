package dev.sallyport.server.export;

import dev.sallyport.server.db.Database;
import java.time.Instant;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// How far each sink was told.
@Component
final class CursorStore {
  private final Database database;

  CursorStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// @param nextIndex the first entry that was not acknowledged yet
  /// @param acknowledged when something last was; the epoch where nothing was
  record Cursor(long nextIndex, Instant acknowledged) {}

  /// Takes the sink for this node until `until`, beginning it at entry 0 where it is new; false
  /// where another node has it.
  boolean take(String sink, String node, Instant now, Instant until) {
    database
        .sql()
        .sql(
            """
            INSERT INTO export_cursor (sink, next_index, acknowledged_epoch_milli, holder,
              held_until_epoch_milli)
            VALUES (:sink, 0, 0, '', 0) ON CONFLICT (sink) DO NOTHING
            """)
        .param("sink", sink)
        .update();
    return database
            .sql()
            .sql(
                """
                UPDATE export_cursor SET holder = :node, held_until_epoch_milli = :until
                WHERE sink = :sink AND (holder = :node OR held_until_epoch_milli <= :now)
                """)
            .param("node", node)
            .param("until", until.toEpochMilli())
            .param("sink", sink)
            .param("now", now.toEpochMilli())
            .update()
        == 1;
  }

  /// Where a sink stands.
  Optional<Cursor> find(String sink) {
    return database
        .sql()
        .sql(
            """
            SELECT next_index, acknowledged_epoch_milli FROM export_cursor WHERE sink = :sink
            """)
        .param("sink", sink)
        .query((row, _) -> new Cursor(row.getLong(1), Instant.ofEpochMilli(row.getLong(2))))
        .optional();
  }

  /// Moves a cursor on after an acknowledgement; false where another node has moved it meanwhile.
  boolean advance(String sink, long from, long to, Instant now) {
    return database
            .sql()
            .sql(
                """
                UPDATE export_cursor SET next_index = :to, acknowledged_epoch_milli = :now
                WHERE sink = :sink AND next_index = :from
                """)
            .param("to", to)
            .param("now", now.toEpochMilli())
            .param("sink", sink)
            .param("from", from)
            .update()
        == 1;
  }
}
