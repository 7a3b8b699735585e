package dev.sallyport.server.tokens;

import dev.sallyport.server.db.Database;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// Tokens that we minted, until they have ended: whose they are, and whether they were revoked.
@Component
final class MintedStore {
  private final Database database;

  MintedStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Notes a token before it is handed out.
  void minted(String id, String holder, @Nullable String run, String thumbprint, Instant until) {
    database
        .sql()
        .sql(
            """
            INSERT INTO tokens_minted (id, holder, run, thumbprint, until_epoch)
            VALUES (:id, :holder, :run, :thumbprint, :until)
            """)
        .param("id", id)
        .param("holder", holder)
        .param("run", run)
        .param("thumbprint", thumbprint)
        .param("until", until.getEpochSecond())
        .update();
  }

  /// Whether a token counts: minted by us, noted, and not revoked.
  boolean counts(String id) {
    return database
            .sql()
            .sql("SELECT COUNT(*) FROM tokens_minted WHERE id = :id AND revoked = 0")
            .param("id", id)
            .query(Long.class)
            .single()
        == 1;
  }

  /// Revokes a token; again changes nothing.
  void revoke(String id) {
    database
        .sql()
        .sql("UPDATE tokens_minted SET revoked = 1 WHERE id = :id")
        .param("id", id)
        .update();
  }

  /// Tokens of a run or of a key that have not ended, revoked ones too, at most `limit`.
  List<String> living(String run, String thumbprint, Instant now, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT id FROM tokens_minted
            WHERE (run = :run OR thumbprint = :thumbprint) AND until_epoch > :now
            ORDER BY id LIMIT :limit
            """)
        .param("run", run)
        .param("thumbprint", thumbprint)
        .param("now", now.getEpochSecond())
        .param("limit", limit)
        .query((row, _) -> row.getString(1))
        .list();
  }

  /// Forgets what has ended.
  void forget(Instant before) {
    database
        .sql()
        .sql("DELETE FROM tokens_minted WHERE until_epoch < :before")
        .param("before", before.getEpochSecond())
        .update();
  }
}
