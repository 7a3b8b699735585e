package dev.sallyport.server.secrets;

import dev.sallyport.keys.SealedBox;
import dev.sallyport.server.db.Database;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/// Sealed values; never an open one.
@Component
final class SecretStore {
  private static final int MOST = 10_000;

  private static final RowMapper<SecretSource.Version> VERSION =
      (row, _) ->
          new SecretSource.Version(
              row.getString("path"),
              row.getLong("version"),
              row.getString("put_by"),
              Instant.ofEpochMilli(row.getLong("put_epoch_milli")));

  private final Database database;

  SecretStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Keeps a version; one of this number that is there already fails.
  void put(SecretSource.Version version, SealedBox box) {
    database
        .sql()
        .sql(
            """
            INSERT INTO secrets_version (path, version, key_id, wrapped_key, box, put_by,
              put_epoch_milli)
            VALUES (:path, :version, :keyId, :wrappedKey, :box, :by, :at)
            """)
        .param("path", version.path())
        .param("version", version.number())
        .param("keyId", box.keyId())
        .param("wrappedKey", box.wrappedKey())
        .param("box", box.box())
        .param("by", version.by())
        .param("at", version.at().toEpochMilli())
        .update();
  }

  /// The newest version of a secret.
  Optional<SecretSource.Version> newest(String path) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM secrets_version WHERE path = :path ORDER BY version DESC LIMIT 1
            """)
        .param("path", path)
        .query(VERSION)
        .optional();
  }

  /// The newest version of each secret, by path.
  List<SecretSource.Version> all() {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM secrets_version AS newest
            WHERE version =
              (SELECT MAX(version) FROM secrets_version AS other WHERE other.path = newest.path)
            ORDER BY path LIMIT :limit
            """)
        .param("limit", MOST)
        .query(VERSION)
        .list();
  }

  /// A sealed value.
  Optional<SealedBox> box(String path, long version) {
    return database
        .sql()
        .sql(
            """
            SELECT key_id, wrapped_key, box FROM secrets_version
            WHERE path = :path AND version = :version
            """)
        .param("path", path)
        .param("version", version)
        .query((row, _) -> new SealedBox(row.getString(1), row.getBytes(2), row.getBytes(3)))
        .optional();
  }

  /// Under which keys values are sealed.
  List<String> keyIds() {
    return database
        .sql()
        .sql("SELECT DISTINCT key_id FROM secrets_version ORDER BY key_id")
        .query((row, _) -> row.getString(1))
        .list();
  }
}
