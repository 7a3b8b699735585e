package dev.sallyport.server.releases;

import dev.sallyport.server.db.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// Hosts with an agent, and the codes that let them in.
@Component
final class AgentStore {
  private static final int MOST = 10_000;

  private final Database database;

  AgentStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// A code.
  ///
  /// @param usedBy id of the key that used it; null while none did
  record Code(
      String id,
      String secretHash,
      String host,
      List<String> services,
      String environment,
      Instant until,
      int triesLeft,
      @Nullable String usedBy) {
    Code {
      services = List.copyOf(services);
    }
  }

  /// A host's agent.
  record Agent(String host, Instant heard, boolean silent) {}

  void keep(Code code) {
    database
        .sql()
        .sql(
            """
            INSERT INTO releases_code (id, secret_hash, host, services, environment,
              until_epoch_milli, tries_left, used_by)
            VALUES (:id, :hash, :host, :services, :environment, :until, :tries, NULL)
            """)
        .param("id", code.id())
        .param("hash", code.secretHash())
        .param("host", code.host())
        .param("services", String.join(",", code.services()))
        .param("environment", code.environment())
        .param("until", code.until().toEpochMilli())
        .param("tries", code.triesLeft())
        .update();
  }

  Optional<Code> code(String id) {
    return database
        .sql()
        .sql("SELECT * FROM releases_code WHERE id = :id")
        .param("id", id)
        .query((row, _) -> code(row))
        .optional();
  }

  private static Code code(ResultSet row) throws SQLException {
    return new Code(
        row.getString("id"),
        row.getString("secret_hash"),
        row.getString("host"),
        List.of(row.getString("services").split(",", -1)),
        row.getString("environment"),
        Instant.ofEpochMilli(row.getLong("until_epoch_milli")),
        row.getInt("tries_left"),
        row.getString("used_by"));
  }

  /// Takes one try away before the secret is compared; false where none is left.
  boolean tried(String id) {
    return database
            .sql()
            .sql(
                """
                UPDATE releases_code SET tries_left = tries_left - 1
                WHERE id = :id AND tries_left > 0
                """)
            .param("id", id)
            .update()
        == 1;
  }

  /// Uses a code for one key; false where another key used it.
  boolean use(String id, String key) {
    return database
            .sql()
            .sql(
                """
                UPDATE releases_code SET used_by = :key
                WHERE id = :id AND (used_by IS NULL OR used_by = :key)
                """)
            .param("id", id)
            .param("key", key)
            .update()
        == 1;
  }

  /// Forgets codes whose time is over.
  void forget(Instant before) {
    database
        .sql()
        .sql("DELETE FROM releases_code WHERE until_epoch_milli < :before")
        .param("before", before.toEpochMilli())
        .update();
  }

  void enrolled(String host, Instant now) {
    database
        .sql()
        .sql(
            """
            INSERT INTO releases_agent (host, enrolled_epoch_milli, heard_epoch_milli, silent)
            VALUES (:host, :now, :now, 0)
            ON CONFLICT (host) DO UPDATE SET enrolled_epoch_milli = :now
            """)
        .param("host", host)
        .param("now", now.toEpochMilli())
        .update();
  }

  Optional<Agent> agent(String host) {
    return database
        .sql()
        .sql("SELECT * FROM releases_agent WHERE host = :host")
        .param("host", host)
        .query((row, _) -> agent(row))
        .optional();
  }

  List<Agent> agents() {
    return database
        .sql()
        .sql("SELECT * FROM releases_agent ORDER BY host LIMIT :limit")
        .param("limit", MOST)
        .query((row, _) -> agent(row))
        .list();
  }

  private static Agent agent(ResultSet row) throws SQLException {
    return new Agent(
        row.getString("host"),
        Instant.ofEpochMilli(row.getLong("heard_epoch_milli")),
        row.getInt("silent") != 0);
  }

  void heard(String host, Instant now) {
    database
        .sql()
        .sql(
            """
            UPDATE releases_agent SET heard_epoch_milli = :now, silent = 0 WHERE host = :host
            """)
        .param("host", host)
        .param("now", now.toEpochMilli())
        .update();
  }

  void silent(String host) {
    database
        .sql()
        .sql("UPDATE releases_agent SET silent = 1 WHERE host = :host")
        .param("host", host)
        .update();
  }
}
