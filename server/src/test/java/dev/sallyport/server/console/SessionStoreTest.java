package dev.sallyport.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sessions: the contract on both databases.
class SessionStoreTest {
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");

  @Test
  void a_session_is_found_until_its_end_and_gone_when_removed(@TempDir Path folder) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      for (Database database : new Database[] {sqlite, postgres}) {
        var store = new SessionStore(database);
        var session = new Session("a", "administrator", "form", NOON.minusSeconds(9));
        var other = new Session("b", "administrator", "form", NOON);
        store.add(session, NOON);
        store.add(other, NOON.plusSeconds(60));
        assertThat(store.find("a", NOON.minusSeconds(1))).contains(session);
        assertThat(store.find("a", NOON)).isEmpty();
        assertThat(store.find("c", NOON)).isEmpty();
        store.remove("b");
        assertThat(store.find("b", NOON)).isEmpty();
        store.add(other, NOON.plusSeconds(60));
        store.forget(NOON);
        assertThat(store.find("b", NOON)).contains(other);
        assertThat(session.toString()).doesNotContain("form");
      }
    }
  }
}
