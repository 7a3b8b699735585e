package dev.sallyport.server.enforce;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.ledger.Digest;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// What went into the registry through the door.
@Component
final class PublishedStore {
  private final Database database;

  PublishedStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Notes a manifest that went in; the first ruling stays.
  void published(String repository, Digest digest, long ruling) {
    database
        .sql()
        .sql(
            """
            INSERT INTO enforce_published (repository, digest, ruling)
            VALUES (:repository, :digest, :ruling)
            ON CONFLICT (repository, digest) DO NOTHING
            """)
        .param("repository", repository)
        .param("digest", digest.text())
        .param("ruling", ruling)
        .update();
  }

  /// Whether a manifest went into this very repository.
  boolean isPublished(String repository, Digest digest) {
    return database
            .sql()
            .sql(
                """
                SELECT COUNT(*) FROM enforce_published
                WHERE repository = :repository AND digest = :digest
                """)
            .param("repository", repository)
            .param("digest", digest.text())
            .query(Long.class)
            .single()
        > 0;
  }
}
