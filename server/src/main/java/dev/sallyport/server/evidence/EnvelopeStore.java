package dev.sallyport.server.evidence;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.ledger.Digest;
import java.time.Instant;
import java.util.List;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// Envelopes as they were handed in, and what they are about.
@Component
final class EnvelopeStore {
  private final Database database;

  EnvelopeStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Keeps an envelope under its digest; the same one again changes nothing.
  void keep(Digest digest, byte[] envelope, List<String> subjects, Instant received) {
    database.inTransaction(() -> {
      insertEnvelope(digest, envelope, received);
      subjects.forEach(subject -> insertSubject(subject, digest));
    });
  }

  private void insertEnvelope(Digest digest, byte[] envelope, Instant received) {
    database
        .sql()
        .sql(
            """
            INSERT INTO evidence_envelope (digest, envelope, received_epoch)
            VALUES (:digest, :envelope, :received)
            ON CONFLICT (digest) DO NOTHING
            """)
        .param("digest", digest.text())
        .param("envelope", envelope)
        .param("received", received.getEpochSecond())
        .update();
  }

  private void insertSubject(String subject, Digest digest) {
    database
        .sql()
        .sql(
            """
            INSERT INTO evidence_subject (subject, digest) VALUES (:subject, :digest)
            ON CONFLICT (subject, digest) DO NOTHING
            """)
        .param("subject", subject)
        .param("digest", digest.text())
        .update();
  }

  /// Envelopes about `subject`, at most `limit`, in the order of their digests.
  List<byte[]> about(String subject, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT evidence_envelope.envelope FROM evidence_subject
            JOIN evidence_envelope ON evidence_envelope.digest = evidence_subject.digest
            WHERE evidence_subject.subject = :subject
            ORDER BY evidence_subject.digest LIMIT :limit
            """)
        .param("subject", subject)
        .param("limit", limit)
        .query((row, _) -> row.getBytes(1))
        .list();
  }
}
