package dev.sallyport.server.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two nodes append to one log on PostgreSQL: it is one log.
class TwoNodesTest {
  @TempDir Path folder;

  private Ledger open(Database database, String node) {
    return Ledger.open(
        database, Fixtures.KEY, Fixtures.ORIGIN, folder.resolve(node), Fixtures.CLOCK);
  }

  private interface Law {
    void holds(Database database, Ledger one, Ledger other) throws Exception;
  }

  private void onTwoNodes(Law law) throws Exception {
    String url = RealPostgres.freshUrl();
    try (Database here = connect(url).migrated("ledger");
        Database there = connect(url);
        Ledger one = open(here, "one");
        Ledger other = open(there, "other")) {
      law.holds(here, one, other);
    }
  }

  private static Database connect(String url) {
    return Database.postgresql(url.replaceFirst("\\?.*", ""), "postgres", "postgres");
  }

  @Test
  void appends_of_both_at_once_are_one_log_without_gap_fork_or_lost_answer() throws Exception {
    onTwoNodes((database, one, other) -> {
      var answers = new ArrayList<Future<Ledger.Recorded>>();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < 300; i++) {
          Ledger node = i % 2 == 0 ? one : other;
          String word = "entry " + i;
          answers.add(threads.submit(() -> node.append(Fixtures.draft(word))));
        }
      }
      var indexes = new HashSet<Long>();
      for (Future<Ledger.Recorded> answer : answers) {
        assertThat(indexes.add(answer.get().index())).isTrue();
      }
      assertThat(indexes).hasSize(300);
      Ledger.Recorded last = one.append(Fixtures.draft("the last"));
      assertThat(last.index()).isEqualTo(301);
      assertThat(Ledger.fsck(database, one.logKey(), one.head().checkpoint())).isEmpty();
    });
  }

  @Test
  void two_nodes_that_start_at_once_on_nothing_begin_one_log() throws Exception {
    String url = RealPostgres.freshUrl();
    try (Database here = connect(url).migrated("ledger");
        Database there = connect(url);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Ledger> one = threads.submit(() -> open(here, "one"));
      Future<Ledger> other = threads.submit(() -> open(there, "other"));
      try (Ledger first = one.get();
          Ledger second = other.get()) {
        assertThat(first.append(Fixtures.draft("x")).index()).isEqualTo(1);
        assertThat(second.append(Fixtures.draft("y")).index()).isEqualTo(2);
      }
    }
  }

  @Test
  void what_one_wrote_the_other_shows_and_proves_within_a_second() throws Exception {
    onTwoNodes((_, one, other) -> {
      Ledger.Recorded recorded = one.append(Fixtures.draft("here"));
      long deadline = System.nanoTime() + Duration.ofSeconds(1).toNanos();
      while (other.head().size() <= recorded.index() && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertThat(other.entry(recorded.index()).orElseThrow().entry()).isEqualTo(recorded.entry());
      assertThat(other.prove(recorded).head().note()).isEqualTo(one.head().note());
    });
  }

  @Test
  void one_retry_key_on_both_nodes_at_once_is_one_entry() throws Exception {
    onTwoNodes((_, one, other) -> {
      for (int round = 0; round < 20; round++) {
        String key = "key " + round;
        var answers = new ArrayList<Future<Ledger.Recorded>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
          for (Ledger node : List.of(one, other, one, other)) {
            answers.add(threads.submit(() -> node.append(Fixtures.draft("same", key))));
          }
        }
        var indexes = new HashSet<Long>();
        int first = 0;
        for (Future<Ledger.Recorded> answer : answers) {
          indexes.add(answer.get().index());
          first += answer.get().repeated() ? 0 : 1;
        }
        assertThat(indexes).hasSize(1);
        assertThat(first).isEqualTo(1);
      }
    });
  }
}
