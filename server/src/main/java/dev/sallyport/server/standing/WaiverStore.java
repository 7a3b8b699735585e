package dev.sallyport.server.standing;

import dev.sallyport.server.db.Database;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/// Waivers, the same for all nodes on one database.
@Component
final class WaiverStore {
  private static final RowMapper<GivenWaiver> GIVEN =
      (row, _) ->
          new GivenWaiver(
              WaiverJson.read(
                  row.getString("id"), row.getString("waiver"), row.getString("reason")),
              row.getLong("refusal"),
              row.getString("waived_by"),
              Instant.ofEpochMilli(row.getLong("waived_epoch_milli")),
              Instant.ofEpochMilli(row.getLong("until_epoch_milli")),
              instant(row.getObject("ended_epoch_milli")),
              row.getLong("uses"),
              instant(row.getObject("used_epoch_milli")));

  private final Database database;

  WaiverStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  private static @Nullable Instant instant(@Nullable Object milli) {
    return milli instanceof Number number ? Instant.ofEpochMilli(number.longValue()) : null;
  }

  /// Notes a waiver; the same one again changes nothing.
  void give(GivenWaiver given) {
    database
        .sql()
        .sql(
            """
            INSERT INTO standing_waiver (id, refusal, waiver, reason, waived_by,
              waived_epoch_milli, until_epoch_milli, uses)
            VALUES (:id, :refusal, :waiver, :reason, :by, :since, :until, 0)
            ON CONFLICT (id) DO NOTHING
            """)
        .param("id", given.waiver().id())
        .param("refusal", given.refusal())
        .param("waiver", WaiverJson.text(given.waiver()))
        .param("reason", given.waiver().reason())
        .param("by", given.by())
        .param("since", given.since().toEpochMilli())
        .param("until", given.until().toEpochMilli())
        .update();
  }

  /// Ends a waiver; false where none of this id is still open.
  boolean end(String id, Instant now) {
    return database
            .sql()
            .sql(
                """
                UPDATE standing_waiver SET ended_epoch_milli = :now
                WHERE id = :id AND ended_epoch_milli IS NULL
                """)
            .param("now", now.toEpochMilli())
            .param("id", id)
            .update()
        == 1;
  }

  /// Counts an answer that stands on a waiver.
  void used(String id, Instant now) {
    database
        .sql()
        .sql(
            """
            UPDATE standing_waiver SET uses = uses + 1, used_epoch_milli = :now WHERE id = :id
            """)
        .param("now", now.toEpochMilli())
        .param("id", id)
        .update();
  }

  /// Waivers that are neither ended nor over, at most `limit`, oldest first.
  List<GivenWaiver> live(Instant now, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM standing_waiver
            WHERE ended_epoch_milli IS NULL AND until_epoch_milli > :now
            ORDER BY waived_epoch_milli, id LIMIT :limit
            """)
        .param("now", now.toEpochMilli())
        .param("limit", limit)
        .query(GIVEN)
        .list();
  }

  /// The newest waivers, live or not, at most `limit`.
  List<GivenWaiver> newest(int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM standing_waiver ORDER BY waived_epoch_milli DESC, id LIMIT :limit
            """)
        .param("limit", limit)
        .query(GIVEN)
        .list();
  }

  /// One waiver, live or not.
  Optional<GivenWaiver> find(String id) {
    return database
        .sql()
        .sql("SELECT * FROM standing_waiver WHERE id = :id")
        .param("id", id)
        .query(GIVEN)
        .optional();
  }
}
