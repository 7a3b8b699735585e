package dev.sallyport.server.identity;

import dev.sallyport.server.db.Database;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/// Passkeys and the challenges given for them.
@Component
final class PasskeyStore {
  private static final RowMapper<Passkey> PASSKEY =
      (row, _) ->
          new Passkey(
              row.getString("credential_id"),
              row.getString("person"),
              row.getBytes("attested"),
              row.getLong("sign_count"),
              row.getInt("backup_eligible") == 1,
              Instant.ofEpochSecond(row.getLong("enrolled_epoch")));

  private final Database database;

  PasskeyStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Notes a challenge.
  void challenge(String challenge, String person, String session, String purpose, Instant until) {
    database
        .sql()
        .sql(
            """
            INSERT INTO identity_challenge (challenge, person, session, purpose, until_epoch)
            VALUES (:challenge, :person, :session, :purpose, :until)
            """)
        .param("challenge", challenge)
        .param("person", person)
        .param("session", session)
        .param("purpose", purpose)
        .param("until", until.getEpochSecond())
        .update();
  }

  /// Uses a challenge up; false where it was not given for just this, or used, or is over. One
  /// statement, so that of two uses at once one wins.
  boolean use(String challenge, String person, String session, String purpose, Instant now) {
    return database
            .sql()
            .sql(
                """
                DELETE FROM identity_challenge
                WHERE challenge = :challenge AND person = :person AND session = :session
                  AND purpose = :purpose AND until_epoch > :now
                """)
            .param("challenge", challenge)
            .param("person", person)
            .param("session", session)
            .param("purpose", purpose)
            .param("now", now.getEpochSecond())
            .update()
        == 1;
  }

  /// Forgets challenges that are over.
  void forget(Instant before) {
    database
        .sql()
        .sql("DELETE FROM identity_challenge WHERE until_epoch <= :before")
        .param("before", before.getEpochSecond())
        .update();
  }

  /// Adds a passkey; false where its id is taken.
  boolean add(Passkey passkey) {
    return database
            .sql()
            .sql(
                """
                INSERT INTO identity_passkey (credential_id, person, attested, sign_count,
                  backup_eligible, enrolled_epoch)
                VALUES (:id, :person, :attested, :signCount, :backupEligible, :enrolled)
                ON CONFLICT (credential_id) DO NOTHING
                """)
            .param("id", passkey.id())
            .param("person", passkey.person())
            .param("attested", passkey.attested())
            .param("signCount", passkey.signCount())
            .param("backupEligible", passkey.backupEligible() ? 1 : 0)
            .param("enrolled", passkey.enrolled().getEpochSecond())
            .update()
        == 1;
  }

  /// One passkey.
  Optional<Passkey> find(String id) {
    return database
        .sql()
        .sql("SELECT * FROM identity_passkey WHERE credential_id = :id")
        .param("id", id)
        .query(PASSKEY)
        .optional();
  }

  /// A person's passkeys, at most `limit`, oldest first.
  List<Passkey> of(String person, int limit) {
    return database
        .sql()
        .sql(
            """
            SELECT * FROM identity_passkey WHERE person = :person
            ORDER BY enrolled_epoch, credential_id LIMIT :limit
            """)
        .param("person", person)
        .param("limit", limit)
        .query(PASSKEY)
        .list();
  }

  /// Moves a counter on from where it was read; false where it moved meanwhile.
  boolean count(String id, long from, long to) {
    return database
            .sql()
            .sql(
                """
                UPDATE identity_passkey SET sign_count = :to
                WHERE credential_id = :id AND sign_count = :from
                """)
            .param("to", to)
            .param("id", id)
            .param("from", from)
            .update()
        == 1;
  }
}
