package dev.sallyport.server.enforce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.ledger.Digest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What went in through the door: the contract on both databases.
class PublishedStoreTest {
  @Test
  void what_went_into_one_repository_did_not_go_into_another(@TempDir Path folder) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      for (Database database : List.of(sqlite, postgres)) {
        var store = new PublishedStore(database);
        Digest digest = Digest.of("manifest");
        assertThat(store.isPublished("acme/shop", digest)).isFalse();
        store.published("acme/shop", digest, 7);
        store.published("acme/shop", digest, 8);
        assertThat(store.isPublished("acme/shop", digest)).isTrue();
        assertThat(store.isPublished("acme/other", digest)).isFalse();
        assertThat(store.isPublished("acme/shop", Digest.of("another"))).isFalse();
      }
    }
  }
}
