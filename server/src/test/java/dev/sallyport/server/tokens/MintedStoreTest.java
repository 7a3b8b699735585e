package dev.sallyport.server.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;

/// Tokens we minted: the contract on both databases.
class MintedStoreTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  @Test
  void a_token_counts_from_when_it_was_noted_until_it_is_revoked(@TempDir Path folder) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      for (Database database : List.of(sqlite, postgres)) {
        var store = new MintedStore(database);
        assertThat(store.counts("a")).as("never minted").isFalse();
        store.minted("a", "workload x", "run-1", "key-1", NOW.plusSeconds(300));
        store.minted("b", "workload x", "run-1", "key-2", NOW.plusSeconds(1));
        store.minted("c", "administrator", null, "key-1", NOW.plusSeconds(300));
        assertThatThrownBy(() -> store.minted("a", "thief", "run-9", "key-9", NOW))
            .as("an id is one token's")
            .isInstanceOf(DataAccessException.class);
        assertThat(store.living("run-1", "", NOW, 10)).containsExactly("a", "b");
        assertThat(store.living("", "key-1", NOW, 10)).containsExactly("a", "c");
        assertThat(store.living("run-1", "", NOW.plusSeconds(1), 10)).containsExactly("a");
        assertThat(store.living("run-1", "", NOW, 1)).containsExactly("a");
        store.revoke("a");
        store.revoke("a");
        store.revoke("unknown");
        assertThat(store.counts("a")).isFalse();
        assertThat(store.counts("b")).isTrue();
        store.forget(NOW.plusSeconds(300));
        assertThat(store.counts("b")).as("ended long ago").isFalse();
        assertThat(store.counts("c")).as("ends at this second").isTrue();
        assertThat(store.counts("a")).as("forgotten is not pardoned").isFalse();
      }
    }
  }
}
