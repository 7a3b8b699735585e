package dev.sallyport.server.secrets;

import dev.sallyport.server.db.Database;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/// Who was given what.
@Component
final class LeaseStore {
  private static final int MOST = 10_000;

  private static final RowMapper<Lease> LEASE =
      (row, _) ->
          new Lease(
              row.getString("id"),
              row.getString("path"),
              row.getLong("version"),
              row.getString("name"),
              row.getString("run"),
              row.getString("step"),
              Instant.ofEpochMilli(row.getLong("leased_epoch_milli")),
              Instant.ofEpochMilli(row.getLong("until_epoch_milli")),
              row.getString("over"));

  private final Database database;

  LeaseStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Notes a lease; the same one again changes nothing.
  void lease(Lease lease) {
    database
        .sql()
        .sql(
            """
            INSERT INTO secrets_lease (id, path, version, name, run, step, leased_epoch_milli,
              until_epoch_milli)
            VALUES (:id, :path, :version, :name, :run, :step, :since, :until)
            ON CONFLICT (id) DO NOTHING
            """)
        .param("id", lease.id())
        .param("path", lease.path())
        .param("version", lease.version())
        .param("name", lease.name())
        .param("run", lease.run())
        .param("step", lease.step())
        .param("since", lease.since().toEpochMilli())
        .param("until", lease.until().toEpochMilli())
        .update();
  }

  /// Ends a lease; the first way in which it ended stays.
  void over(String id, String how) {
    database
        .sql()
        .sql("UPDATE secrets_lease SET over = :how WHERE id = :id AND over IS NULL")
        .param("how", how)
        .param("id", id)
        .update();
  }

  /// One lease.
  Optional<Lease> find(String id) {
    return database
        .sql()
        .sql("SELECT * FROM secrets_lease WHERE id = :id")
        .param("id", id)
        .query(LEASE)
        .optional();
  }

  /// Leases of a step that were not ended.
  List<Lease> openOfStep(String step) {
    return open("SELECT * FROM secrets_lease WHERE step = :of AND over IS NULL ORDER BY id", step);
  }

  /// Leases of a run that were not ended.
  List<Lease> openOfRun(String run) {
    return open("SELECT * FROM secrets_lease WHERE run = :of AND over IS NULL ORDER BY id", run);
  }

  private List<Lease> open(String query, String of) {
    return database.sql().sql(query).param("of", of).query(LEASE).list();
  }

  /// Leases of a run, over or not, for whoever follows what it could have touched.
  List<Lease> ofRun(String run) {
    return database
        .sql()
        .sql("SELECT * FROM secrets_lease WHERE run = :run ORDER BY leased_epoch_milli, id")
        .param("run", run)
        .query(LEASE)
        .list();
  }

  /// Leases of a secret, newest first.
  List<Lease> ofPath(String path) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM secrets_lease WHERE path = :path
            ORDER BY leased_epoch_milli DESC, id LIMIT :limit
            """)
        .param("path", path)
        .param("limit", MOST)
        .query(LEASE)
        .list();
  }

  /// Everything that was not ended.
  List<Lease> allOpen() {
    return database
        .sql()
        .sql("SELECT * FROM secrets_lease WHERE over IS NULL ORDER BY id LIMIT :limit")
        .param("limit", MOST)
        .query(LEASE)
        .list();
  }
}
