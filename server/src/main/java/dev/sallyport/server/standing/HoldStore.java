package dev.sallyport.server.standing;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.db.Database;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/// Holds and floors, the same for all nodes on one database.
@Component
final class HoldStore {
  /// Without an end: later than any instant we handle.
  private static final long FOR_EVER = Long.MAX_VALUE;

  private static final RowMapper<HeldThing> HELD =
      (row, _) ->
          new HeldThing(
              row.getString("id"),
              new EntityRef(row.getString("thing_type"), row.getString("thing_id")),
              row.getInt("tombstone") == 1,
              row.getString("reason"),
              row.getString("held_by"),
              Instant.ofEpochMilli(row.getLong("held_epoch_milli")),
              row.getLong("until_epoch_milli") == FOR_EVER
                  ? null
                  : Instant.ofEpochMilli(row.getLong("until_epoch_milli")));

  private final Database database;

  HoldStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Notes a hold; the same one again changes nothing.
  void hold(HeldThing held) {
    Instant until = held.until();
    database
        .sql()
        .sql(
            """
            INSERT INTO standing_hold (id, thing_type, thing_id, tombstone, reason, held_by,
              held_epoch_milli, until_epoch_milli)
            VALUES (:id, :thingType, :thingId, :tombstone, :reason, :heldBy, :since, :until)
            ON CONFLICT (id) DO NOTHING
            """)
        .param("id", held.id())
        .param("thingType", held.on().type())
        .param("thingId", held.on().id())
        .param("tombstone", held.tombstone() ? 1 : 0)
        .param("reason", held.reason())
        .param("heldBy", held.by())
        .param("since", held.since().toEpochMilli())
        .param("until", until == null ? FOR_EVER : until.toEpochMilli())
        .update();
  }

  /// Lifts a hold; false where there is none open of this id.
  boolean lift(String id, Instant now) {
    return database
            .sql()
            .sql(
                """
                UPDATE standing_hold SET lifted_epoch_milli = :now
                WHERE id = :id AND lifted_epoch_milli IS NULL
                """)
            .param("now", now.toEpochMilli())
            .param("id", id)
            .update()
        == 1;
  }

  /// Holds that are neither lifted nor over, at most `limit`, oldest first.
  List<HeldThing> open(Instant now, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM standing_hold
            WHERE lifted_epoch_milli IS NULL AND until_epoch_milli > :now
            ORDER BY held_epoch_milli, id LIMIT :limit
            """)
        .param("now", now.toEpochMilli())
        .param("limit", limit)
        .query(HELD)
        .list();
  }

  /// One hold, lifted or not.
  Optional<HeldThing> find(String id) {
    return database
        .sql()
        .sql("SELECT * FROM standing_hold WHERE id = :id")
        .param("id", id)
        .query(HELD)
        .optional();
  }

  /// Notes that an environment was taken away from an artifact.
  void below(String environment, String artifact) {
    database
        .sql()
        .sql(
            """
            INSERT INTO standing_floor (environment, artifact) VALUES (:environment, :artifact)
            ON CONFLICT (environment, artifact) DO NOTHING
            """)
        .param("environment", environment)
        .param("artifact", artifact)
        .update();
  }

  /// Whether an environment was taken away from an artifact.
  boolean isBelow(String environment, String artifact) {
    return database
            .sql()
            .sql(
                """
                SELECT COUNT(*) FROM standing_floor
                WHERE environment = :environment AND artifact = :artifact
                """)
            .param("environment", environment)
            .param("artifact", artifact)
            .query(Long.class)
            .single()
        > 0;
  }
}
