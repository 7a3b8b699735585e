package dev.sallyport.server.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.ledger.Digest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Registry tokens: the contract on both databases.
class RegistryTokenStoreTest {
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");

  @Test
  void a_token_is_found_until_it_ends_and_then_forgotten(@TempDir Path folder) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      for (Database database : List.of(sqlite, postgres)) {
        var store = new RegistryTokenStore(database);
        var row =
            new RegistryTokenStore.Row(
                "id", "acme/shop", "pull,push", "workload", "git.example/1", "{}", "thumbprint");
        Digest token = Digest.of("token");
        store.minted(token, row, NOON.plusSeconds(60));
        assertThat(store.find(token, NOON)).contains(row);
        assertThat(store.find(Digest.of("other"), NOON)).isEmpty();
        assertThat(store.find(token, NOON.plusSeconds(60))).isEmpty();
        store.forget(NOON.plusSeconds(60));
        assertThat(store.find(token, NOON)).contains(row);
        store.forget(NOON.plusSeconds(61));
        assertThat(store.find(token, NOON)).isEmpty();
      }
    }
  }
}
