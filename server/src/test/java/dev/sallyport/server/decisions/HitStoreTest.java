package dev.sallyport.server.decisions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Counts of what policies did: the contract on both databases.
class HitStoreTest {
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");

  @TempDir Path folder;

  private interface Law {
    void holds(HitStore store);
  }

  private void onBoth(Law law) {
    for (boolean postgres : List.of(false, true)) {
      try (Database database =
          (postgres ? RealPostgres.fresh() : Database.sqlite(folder.resolve("hits.db")))
              .migrated("application")) {
        law.holds(new HitStore(database));
      }
    }
  }

  private static HitStore.Seen seen(String policy, String text, long entry) {
    return new HitStore.Seen(policy, text, Hits.Verdict.REFUSED, NOON.plusSeconds(entry), entry);
  }

  @Test
  void what_was_seen_is_counted_once_by_policy_text_and_verdict() {
    onBoth(store -> {
      assertThat(store.next()).isZero();
      store.add(0, 3, List.of(seen("a", "x", 0), seen("a", "x", 1), seen("a", "y", 2)));
      // Another node that read the same pages was slower.
      store.add(0, 3, List.of(seen("a", "x", 0), seen("b", "x", 1)));
      assertThat(store.next()).isEqualTo(3);
      store.add(3, 4, List.of(seen("a", "x", 3)));
      assertThat(store.all(10))
          .containsExactly(
              new HitStore.Count("a", "x", Hits.Verdict.REFUSED, 3, NOON.plusSeconds(3), 3),
              new HitStore.Count("a", "y", Hits.Verdict.REFUSED, 1, NOON.plusSeconds(2), 2));
    });
  }
}
