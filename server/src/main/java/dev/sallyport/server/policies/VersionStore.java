package dev.sallyport.server.policies;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.ledger.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/// Texts and versions of policies, the same for all nodes on one database.
@Component
final class VersionStore {
  private static final RowMapper<PolicyVersion> VERSION =
      (row, _) ->
          new PolicyVersion(
              row.getLong("number"),
              new Digest(row.getString("digest")),
              row.getString("origin"),
              row.getString("published_by"),
              row.getString("reason"),
              Instant.ofEpochMilli(row.getLong("published_epoch_milli")),
              row.getLong("entry"));

  private final Database database;

  VersionStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Keeps a text, before anything names it.
  void keep(Digest digest, String sources) {
    database
        .sql()
        .sql(
            """
            INSERT INTO policies_text (digest, sources) VALUES (:digest, :sources)
            ON CONFLICT (digest) DO NOTHING
            """)
        .param("digest", digest.text())
        .param("sources", sources)
        .update();
  }

  /// A text that was kept.
  Optional<String> text(Digest digest) {
    return database
        .sql()
        .sql("SELECT sources FROM policies_text WHERE digest = :digest")
        .param("digest", digest.text())
        .query((row, _) -> row.getString(1))
        .optional();
  }

  /// Notes a version; the same one again changes nothing.
  void note(PolicyVersion version) {
    database
        .sql()
        .sql(
            """
            INSERT INTO policies_version (number, digest, origin, published_by, reason,
              published_epoch_milli, entry)
            VALUES (:number, :digest, :origin, :by, :reason, :since, :entry)
            ON CONFLICT (number) DO NOTHING
            """)
        .param("number", version.number())
        .param("digest", version.digest().text())
        .param("origin", version.origin())
        .param("by", version.by())
        .param("reason", version.reason())
        .param("since", version.since().toEpochMilli())
        .param("entry", version.entry())
        .update();
  }

  /// The newest.
  Optional<PolicyVersion> newest() {
    return newest(1).stream().findFirst();
  }

  /// The newest ones, newest first, at most `limit`.
  List<PolicyVersion> newest(int limit) {
    return database
        .sql()
        .sql("SELECT * FROM policies_version ORDER BY number DESC LIMIT :limit")
        .param("limit", limit)
        .query(VERSION)
        .list();
  }

  /// One of them.
  Optional<PolicyVersion> version(long number) {
    return database
        .sql()
        .sql("SELECT * FROM policies_version WHERE number = :number")
        .param("number", number)
        .query(VERSION)
        .optional();
  }
}
