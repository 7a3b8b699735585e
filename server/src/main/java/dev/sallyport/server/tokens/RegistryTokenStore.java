package dev.sallyport.server.tokens;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.ledger.Digest;
import java.time.Instant;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// Registry tokens by their digests, until they end.
@Component
final class RegistryTokenStore {
  private final Database database;

  RegistryTokenStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// What a token is good for, and whose it is.
  record Row(
      String id,
      String repository,
      String actions,
      String workload,
      String source,
      String claims,
      String thumbprint) {}

  /// Notes a token before it is handed out.
  void minted(Digest token, Row row, Instant until) {
    database
        .sql()
        .sql(
            """
            INSERT INTO tokens_registry (token, id, repository, actions, workload, source, claims,
              thumbprint, until_epoch)
            VALUES (:token, :id, :repository, :actions, :workload, :source, :claims, :thumbprint,
              :until)
            """)
        .param("token", token.text())
        .param("id", row.id())
        .param("repository", row.repository())
        .param("actions", row.actions())
        .param("workload", row.workload())
        .param("source", row.source())
        .param("claims", row.claims())
        .param("thumbprint", row.thumbprint())
        .param("until", until.getEpochSecond())
        .update();
  }

  /// A token that has not ended.
  Optional<Row> find(Digest token, Instant now) {
    return database
        .sql()
        .sql("SELECT * FROM tokens_registry WHERE token = :token AND until_epoch > :now")
        .param("token", token.text())
        .param("now", now.getEpochSecond())
        .query((row, _) ->
            new Row(
                row.getString("id"),
                row.getString("repository"),
                row.getString("actions"),
                row.getString("workload"),
                row.getString("source"),
                row.getString("claims"),
                row.getString("thumbprint")))
        .optional();
  }

  /// Forgets what has ended.
  void forget(Instant before) {
    database
        .sql()
        .sql("DELETE FROM tokens_registry WHERE until_epoch < :before")
        .param("before", before.getEpochSecond())
        .update();
  }
}
