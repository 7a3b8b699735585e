package dev.sallyport.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.console.RunEntryStore.RunEntry;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The index of runs: the contract on both databases.
class RunEntryStoreTest {
  @TempDir private Path folder;

  private interface Law {
    void holds(Database database) throws Exception;
  }

  private void onBoth(Law law) throws Exception {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      law.holds(sqlite);
      law.holds(postgres);
    }
  }

  @Test
  void entries_of_a_run_come_in_order_and_the_run_heard_of_last_comes_first() throws Exception {
    onBoth(database -> {
      var store = new RunEntryStore(database);
      assertThat(store.next()).isZero();
      store.add(0, 10, List.of(new RunEntry("a", 7), new RunEntry("b", 3), new RunEntry("a", 2)));
      store.add(10, 20, List.of(new RunEntry("b", 11), new RunEntry("a", 7)));
      assertThat(store.next()).isEqualTo(20);
      assertThat(store.of("a", 10)).containsExactly(2L, 7L);
      assertThat(store.of("a", 1)).containsExactly(2L);
      assertThat(store.of("nobody", 10)).isEmpty();
      assertThat(store.newest(10)).containsExactly("b", "a");
      assertThat(store.newest(1)).containsExactly("b");
    });
  }

  @Test
  void who_read_from_elsewhere_notes_nothing() throws Exception {
    onBoth(database -> {
      var store = new RunEntryStore(database);
      store.add(0, 10, List.of(new RunEntry("a", 1)));
      store.add(0, 12, List.of(new RunEntry("late", 1)));
      store.add(11, 12, List.of(new RunEntry("early", 11)));
      assertThat(store.next()).isEqualTo(10);
      assertThat(store.newest(10)).containsExactly("a");
    });
  }

  @Test
  void nodes_that_read_at_once_leave_each_entry_once_and_no_gap() throws Exception {
    onBoth(database -> {
      try (var nodes = Executors.newFixedThreadPool(4)) {
        var work = new ArrayList<Callable<Void>>();
        for (int node = 0; node < 4; node++) {
          work.add(() -> {
            var store = new RunEntryStore(database);
            for (long from = store.next(); from < 50; from = store.next()) {
              store.add(from, from + 1, List.of(new RunEntry("run", from)));
            }
            return null;
          });
        }
        for (var done : nodes.invokeAll(work)) {
          done.get();
        }
      }
      assertThat(new RunEntryStore(database).of("run", 100))
          .containsExactlyElementsOf(LongStream.range(0, 50).boxed().toList());
    });
  }
}
