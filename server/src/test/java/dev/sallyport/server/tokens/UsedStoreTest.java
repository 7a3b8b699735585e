package dev.sallyport.server.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What was used once: the contract on both databases.
class UsedStoreTest {
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");

  @TempDir Path folder;

  private void onBoth(Consumer<UsedStore> law) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      law.accept(new UsedStore(sqlite));
      law.accept(new UsedStore(postgres));
    }
  }

  @Test
  void a_use_is_the_first_one_once() {
    onBoth(used -> {
      assertThat(used.first("a", NOON)).isTrue();
      assertThat(used.first("a", NOON)).isFalse();
      assertThat(used.first("b", NOON)).isTrue();
    });
  }

  @Test
  void of_many_uses_at_once_one_is_the_first() {
    onBoth(used -> {
      var tries = new ArrayList<Future<Boolean>>();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < 32; i++) {
          tries.add(threads.submit(() -> used.first("same", NOON)));
        }
      }
      assertThat(tries.stream().filter(Future::resultNow)).hasSize(1);
    });
  }

  @Test
  void only_what_is_over_is_forgotten() {
    onBoth(used -> {
      used.first("old", NOON);
      used.first("new", NOON.plusSeconds(60));
      used.forget(NOON.plusSeconds(1));
      assertThat(used.first("old", NOON)).isTrue();
      assertThat(used.first("new", NOON)).isFalse();
    });
  }
}
