package dev.sallyport.server.console;

import dev.sallyport.server.db.Database;
import java.time.Instant;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// Sessions by the hash of their cookie: whoever reads the table cannot become anybody.
@Component
final class SessionStore {
  private final Database database;

  SessionStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  void add(Session session, Instant until) {
    database
        .sql()
        .sql(
            """
            INSERT INTO console_session (id_hash, person, form_token, until_epoch, since_epoch)
            VALUES (:idHash, :person, :formToken, :until, :since)
            """)
        .param("idHash", session.id())
        .param("person", session.person())
        .param("formToken", session.formToken())
        .param("until", until.getEpochSecond())
        .param("since", session.since().getEpochSecond())
        .update();
  }

  Optional<Session> find(String idHash, Instant now) {
    return database
        .sql()
        .sql(
            """
            SELECT person, form_token, since_epoch FROM console_session
            WHERE id_hash = :idHash AND until_epoch > :now
            """)
        .param("idHash", idHash)
        .param("now", now.getEpochSecond())
        .query((row, _) ->
            new Session(
                idHash, row.getString(1), row.getString(2), Instant.ofEpochSecond(row.getLong(3))))
        .optional();
  }

  void remove(String idHash) {
    database
        .sql()
        .sql("DELETE FROM console_session WHERE id_hash = :idHash")
        .param("idHash", idHash)
        .update();
  }

  void forget(Instant before) {
    database
        .sql()
        .sql("DELETE FROM console_session WHERE until_epoch <= :before")
        .param("before", before.getEpochSecond())
        .update();
  }
}
