package dev.sallyport.server.sentinel;

import dev.sallyport.detect.Memory;
import dev.sallyport.detect.Severity;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.db.Database;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/// How far the ledger was read, and what came of it: findings and incidents.
@Component
final class SentinelStore {
  private static final String CURSOR = "sentinel";

  private static final RowMapper<Incident> INCIDENT =
      (row, _) -> {
        long closed = row.getLong("closed_epoch_milli");
        boolean open = row.wasNull();
        return new Incident(
            row.getString("id"),
            new EntityRef(row.getString("matter_type"), row.getString("matter_id")),
            Severity.of(row.getString("severity")),
            row.getString("title"),
            Instant.ofEpochMilli(row.getLong("opened_epoch_milli")),
            row.getLong("opened_entry"),
            Instant.ofEpochMilli(row.getLong("grown_epoch_milli")),
            open ? null : Instant.ofEpochMilli(closed),
            row.getString("closed_by"));
      };

  private static final RowMapper<Incident.Found> FOUND =
      (row, _) ->
          new Incident.Found(
              row.getString("id"),
              row.getLong("entry"),
              row.getString("rule"),
              Severity.of(row.getString("severity")),
              Instant.ofEpochMilli(row.getLong("found_epoch_milli")),
              row.getString("told"),
              Arrays.stream(row.getString("evidence").split(",")).map(Long::parseLong).toList());

  private final Database database;

  SentinelStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Another node read on since this one looked: look again.
  static final class OutrunException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutrunException() {
      super("another node read on", null, false, false);
    }
  }

  /// Moves the cursor from where it stood, and does `work`, in one transaction.
  ///
  /// @throws OutrunException if it stood elsewhere; then nothing was done
  void advance(long from, Memory memory, Runnable work) {
    database.inTransaction(() -> {
      if (!move(from, memory)) {
        throw new OutrunException();
      }
      work.run();
    });
  }

  private boolean move(long from, Memory memory) {
    return database
            .sql()
            .sql(
                """
                INSERT INTO sentinel_cursor (name, next_entry, memory)
                VALUES (:name, :next, :memory)
                ON CONFLICT (name) DO UPDATE
                  SET next_entry = excluded.next_entry, memory = excluded.memory
                  WHERE sentinel_cursor.next_entry = :from
                """)
            .param("name", CURSOR)
            .param("next", memory.next())
            .param("memory", memory.bytes())
            .param("from", from)
            .update()
        == 1;
  }

  /// What was remembered last; nothing at the first start.
  Memory memory() {
    return database
        .sql()
        .sql("SELECT memory FROM sentinel_cursor WHERE name = :name")
        .param("name", CURSOR)
        .query((row, _) -> Memory.parse(row.getBytes(1)))
        .optional()
        .orElseGet(Memory::new);
  }

  /// The index of the entry that is read next.
  long next() {
    return database
        .sql()
        .sql("SELECT next_entry FROM sentinel_cursor WHERE name = :name")
        .param("name", CURSOR)
        .query(Long.class)
        .optional()
        .orElse(0L);
  }

  /// The open incident about a matter.
  Optional<Incident> open(EntityRef matter) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM sentinel_incident
            WHERE matter_key = :matter AND closed_epoch_milli IS NULL
            """)
        .param("matter", Edge.key(matter))
        .query(INCIDENT)
        .optional();
  }

  /// Notes an incident; one that is there already grows.
  void note(Incident incident) {
    database
        .sql()
        .sql(
            """
            INSERT INTO sentinel_incident (id, matter_type, matter_id, matter_key, severity, title,
              opened_epoch_milli, opened_entry, grown_epoch_milli)
            VALUES (:id, :matterType, :matterId, :matterKey, :severity, :title, :opened, :entry,
              :grown)
            ON CONFLICT (id) DO UPDATE
              SET severity = excluded.severity, grown_epoch_milli = excluded.grown_epoch_milli
            """)
        .param("id", incident.id())
        .param("matterType", incident.matter().type())
        .param("matterId", incident.matter().id())
        .param("matterKey", Edge.key(incident.matter()))
        .param("severity", incident.severity().word())
        .param("title", incident.title())
        .param("opened", incident.opened().toEpochMilli())
        .param("entry", incident.entry())
        .param("grown", incident.grown().toEpochMilli())
        .update();
  }

  /// Notes a finding of an incident.
  void note(String incident, Incident.Found found) {
    database
        .sql()
        .sql(
            """
            INSERT INTO sentinel_finding (id, entry, rule, severity, found_epoch_milli, incident,
              told, evidence)
            VALUES (:id, :entry, :rule, :severity, :found, :incident, :told, :evidence)
            ON CONFLICT (id) DO NOTHING
            """)
        .param("id", found.id())
        .param("entry", found.entry())
        .param("rule", found.rule())
        .param("severity", found.severity().word())
        .param("found", found.time().toEpochMilli())
        .param("incident", incident)
        .param("told", found.text())
        .param(
            "evidence",
            found.evidence().stream().map(String::valueOf).collect(Collectors.joining(",")))
        .update();
  }

  /// Notes that a person is called, and why.
  void page(Incident incident, Incident.Found why) {
    database.inTransaction(() -> {
      note(incident);
      note(incident.id(), why);
      note(incident.id(), incident.matter());
    });
  }

  /// Notes that an incident is about a thing too.
  void note(String incident, EntityRef thing) {
    database
        .sql()
        .sql(
            """
            INSERT INTO sentinel_incident_thing (incident, thing_key, thing_type, thing_id)
            VALUES (:incident, :key, :type, :id)
            ON CONFLICT (incident, thing_key) DO NOTHING
            """)
        .param("incident", incident)
        .param("key", Edge.key(thing))
        .param("type", thing.type())
        .param("id", thing.id())
        .update();
  }

  /// Incidents, open ones first, then the newest.
  List<Incident> incidents(int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM sentinel_incident
            ORDER BY CASE WHEN closed_epoch_milli IS NULL THEN 0 ELSE 1 END,
              grown_epoch_milli DESC, id LIMIT :limit
            """)
        .param("limit", limit)
        .query(INCIDENT)
        .list();
  }

  /// One incident.
  Optional<Incident> incident(String id) {
    return database
        .sql()
        .sql("SELECT * FROM sentinel_incident WHERE id = :id")
        .param("id", id)
        .query(INCIDENT)
        .optional();
  }

  /// Findings of an incident in the order of the ledger.
  List<Incident.Found> findings(String incident, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM sentinel_finding WHERE incident = :incident
            ORDER BY entry, id LIMIT :limit
            """)
        .param("incident", incident)
        .param("limit", limit)
        .query(FOUND)
        .list();
  }

  /// What an incident is about.
  List<EntityRef> things(String incident, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT thing_type, thing_id FROM sentinel_incident_thing WHERE incident = :incident
            ORDER BY thing_type, thing_id LIMIT :limit
            """)
        .param("incident", incident)
        .param("limit", limit)
        .query((row, _) -> new EntityRef(row.getString(1), row.getString(2)))
        .list();
  }

  /// Closes an incident; false where it is closed already or there is none.
  boolean close(String id, String by, Instant at) {
    return database
            .sql()
            .sql(
                """
                UPDATE sentinel_incident SET closed_epoch_milli = :at, closed_by = :closedBy
                WHERE id = :id AND closed_epoch_milli IS NULL
                """)
            .param("at", at.toEpochMilli())
            .param("closedBy", by)
            .param("id", id)
            .update()
        == 1;
  }
}
