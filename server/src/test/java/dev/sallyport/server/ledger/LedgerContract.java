package dev.sallyport.server.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.server.db.Database;
import dev.sallyport.tlog.Checkpoint;
import dev.sallyport.tlog.Proofs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The laws of the ledger, the same on both databases.
abstract class LedgerContract {
  @TempDir Path folder;
  Database database;
  Ledger ledger;

  abstract Database fresh();

  @BeforeEach
  void open() {
    database = fresh().migrated("ledger");
    ledger = reopen();
  }

  @AfterEach
  void close() {
    ledger.close();
    database.close();
  }

  Path remembered() {
    return folder.resolve("checkpoint");
  }

  Ledger reopen() {
    return Ledger.open(database, Fixtures.KEY, Fixtures.ORIGIN, remembered(), Fixtures.CLOCK);
  }

  List<Finding> fsck() {
    return Ledger.fsck(database, ledger.logKey(), ledger.head().checkpoint());
  }

  @Test
  void the_first_entry_names_the_log() {
    assertThat(ledger.head().size()).isEqualTo(1);
    assertThat(ledger.entry(0).orElseThrow().entry().type()).isEqualTo(EntryType.GENESIS);
  }

  @Test
  void what_is_appended_is_proved_under_the_head_and_found_after_a_restart() {
    var recorded = new ArrayList<Ledger.Recorded>();
    for (int i = 0; i < 10; i++) {
      recorded.add(ledger.append(Fixtures.draft("entry " + i)));
    }
    Ledger.Head before = ledger.head();
    ledger.close();
    ledger = reopen();
    assertThat(ledger.head()).isEqualTo(before);
    for (Ledger.Recorded one : recorded) {
      assertThat(ledger.entry(one.index()).orElseThrow().entry()).isEqualTo(one.entry());
      Ledger.Proof proof = ledger.prove(one);
      Checkpoint head = Checkpoint.open(proof.head().note(), ledger.logKey());
      assertThat(
              Proofs.inclusion(one.index(), head.size(), one.leafHash(), proof.path(), head.root())
                  .holds())
          .isTrue();
    }
    assertThat(fsck()).isEmpty();
  }

  @Test
  void every_head_extends_every_earlier_one_across_a_tile_border() throws Exception {
    var heads = new ArrayList<Ledger.Head>();
    heads.add(ledger.head());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < 6; round++) {
        var waiting = new ArrayList<Future<Ledger.Recorded>>();
        for (int i = 0; i < 50; i++) {
          String word = round + "/" + i;
          waiting.add(threads.submit(() -> ledger.append(Fixtures.draft(word))));
        }
        var places = new HashSet<Long>();
        for (var one : waiting) {
          places.add(one.get().index());
        }
        assertThat(places).hasSize(50);
        heads.add(ledger.head());
      }
    }
    Ledger.Head last = ledger.head();
    assertThat(last.size()).isEqualTo(301);
    for (Ledger.Head head : heads) {
      assertThat(
              Proofs.consistency(
                      head.size(),
                      last.size(),
                      ledger.consistency(head.size(), last.size()),
                      head.checkpoint().root(),
                      last.checkpoint().root())
                  .holds())
          .isTrue();
    }
    assertThat(fsck()).isEmpty();
    ledger.close();
    ledger = reopen();
    assertThat(ledger.head()).isEqualTo(last);
    assertThat(ledger.append(Fixtures.draft("after")).index()).isEqualTo(301);
    assertThat(fsck()).isEmpty();
  }

  @Test
  void a_retry_finds_the_first_entry_and_adds_none() {
    Ledger.Recorded first = ledger.append(Fixtures.draft("a", "key"));
    Ledger.Recorded again = ledger.append(Fixtures.draft("b", "key"));
    assertThat(first.repeated()).isFalse();
    assertThat(again.repeated()).isTrue();
    assertThat(again.index()).isEqualTo(first.index());
    assertThat(again.entry()).isEqualTo(first.entry());
    assertThat(ledger.head().size()).isEqualTo(2);
  }

  @Test
  void many_retries_at_once_leave_one_entry() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var waiting = new ArrayList<Future<Ledger.Recorded>>();
      for (int i = 0; i < 40; i++) {
        waiting.add(threads.submit(() -> ledger.append(Fixtures.draft("same", "key"))));
      }
      var places = new HashSet<Long>();
      int fresh = 0;
      for (var one : waiting) {
        places.add(one.get().index());
        fresh += one.get().repeated() ? 0 : 1;
      }
      assertThat(places).hasSize(1);
      assertThat(fresh).isEqualTo(1);
    }
    assertThat(ledger.head().size()).isEqualTo(2);
  }

  @Test
  void a_body_may_be_erased_and_the_entry_still_proves_itself() {
    Ledger.Recorded recorded = ledger.append(Fixtures.draft("personal"));
    Digest body = recorded.entry().body();
    assertThat(body).isNotNull();
    assertThat(ledger.body(body)).isPresent();
    database.sql().sql("DELETE FROM ledger_body").update();
    assertThat(ledger.body(body)).isEmpty();
    assertThat(ledger.prove(recorded).path()).isNotEmpty();
    assertThat(fsck()).isEmpty();
  }

  @Test
  void an_entry_that_can_never_be_one_is_refused_before_it_joins_a_batch() {
    var huge = new ArrayList<Subject>();
    for (int i = 0; i < 16; i++) {
      huge.add(new Subject("x".repeat(1024), "\u0800".repeat(1024)));
    }
    assertThatThrownBy(() ->
            ledger.append(
                new Ledger.Draft(
                    EntryType.DECISION,
                    Actor.SERVER,
                    "deploy",
                    huge,
                    "allowed",
                    null,
                    List.of(),
                    null,
                    null,
                    new byte[0])))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(ledger.head().size()).isEqualTo(1);
  }

  @Test
  void the_log_can_be_read_whole_while_it_grows() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> writing =
          threads.submit(() -> {
            for (int i = 0; i < 200; i++) {
              ledger.append(Fixtures.draft("entry " + i, "retry " + i));
            }
          });
      int readings = 0;
      while (!writing.isDone() || readings < 3) {
        Checkpoint before = ledger.head().checkpoint();
        assertThat(Ledger.fsck(database, ledger.logKey(), before)).isEmpty();
        readings++;
      }
      writing.get();
    }
    assertThat(fsck()).isEmpty();
  }

  // Attacks on what is stored. Each is found by fsck with its place named, and stops the next
  // start.

  private void attack(String sql, int... expected) {
    database.sql().sql(sql).update();
    List<Finding> findings = fsck();
    assertThat(findings).as(sql).isNotEmpty();
    if (expected.length > 0) {
      assertThat(findings.stream().mapToInt(finding -> (int) finding.index()).toArray())
          .as(sql)
          .contains(expected);
    }
    ledger.close();
    assertThatThrownBy(this::reopen).as(sql).isInstanceOf(LedgerTamperedException.class);
  }

  private void fill(int entries) {
    for (int i = 1; i < entries; i++) {
      ledger.append(Fixtures.draft("entry " + i, "retry " + i));
    }
  }

  @Test
  void an_altered_row_is_named() {
    fill(8);
    attack(
        "UPDATE ledger_entry SET entry = (SELECT entry FROM ledger_entry WHERE leaf_index = 2) WHERE leaf_index = 5",
        5);
  }

  @Test
  void a_row_altered_together_with_its_noted_hash_is_named() {
    fill(8);
    database
        .sql()
        .sql("UPDATE ledger_entry SET entry = :entry, leaf_hash = :hash WHERE leaf_index = 4")
        .param("entry", Fixtures.utf8("{}"))
        .param("hash", dev.sallyport.tlog.Tree.leafHash(Fixtures.utf8("{}")).bytes())
        .update();
    attack("DELETE FROM ledger_retry WHERE leaf_index = 4", 4);
  }

  @Test
  void two_altered_rows_are_both_named() {
    fill(8);
    database.sql().sql("UPDATE ledger_entry SET entry = leaf_hash WHERE leaf_index = 3").update();
    attack("UPDATE ledger_entry SET entry = leaf_hash WHERE leaf_index = 6", 3, 6);
  }

  @Test
  void a_deleted_row_is_named() {
    fill(8);
    attack("DELETE FROM ledger_entry WHERE leaf_index = 3", 3);
  }

  @Test
  void a_cut_tail_is_named() {
    fill(8);
    attack("DELETE FROM ledger_entry WHERE leaf_index >= 6", 6);
  }

  @Test
  void a_tail_cut_together_with_its_heads_is_seen_by_the_remembered_head() {
    fill(8);
    database.sql().sql("DELETE FROM ledger_retry WHERE leaf_index >= 6").update();
    database.sql().sql("DELETE FROM ledger_checkpoint WHERE tree_size > 6").update();
    attack("DELETE FROM ledger_entry WHERE leaf_index >= 6", 6);
  }

  @Test
  void swapped_rows_are_named() {
    fill(8);
    database.sql().sql("UPDATE ledger_entry SET leaf_index = 100 WHERE leaf_index = 3").update();
    database.sql().sql("UPDATE ledger_entry SET leaf_index = 3 WHERE leaf_index = 4").update();
    attack("UPDATE ledger_entry SET leaf_index = 4 WHERE leaf_index = 100", 3);
  }

  @Test
  void a_row_put_in_at_the_end_is_named() {
    fill(8);
    attack(
        "INSERT INTO ledger_entry SELECT 8, entry, leaf_hash FROM ledger_entry WHERE leaf_index = 2",
        8);
  }

  @Test
  void a_changed_body_is_named() {
    fill(4);
    Digest body = ledger.entry(2).orElseThrow().entry().body();
    assertThat(body).isNotNull();
    attack(
        "UPDATE ledger_body SET body = (SELECT leaf_hash FROM ledger_entry WHERE leaf_index = 0) WHERE digest = '"
            + body.text()
            + "'",
        2);
  }

  @Test
  void a_retry_key_that_points_elsewhere_is_named() {
    fill(4);
    attack("UPDATE ledger_retry SET leaf_index = 3 WHERE leaf_index = 1", 1);
  }

  @Test
  void a_head_of_another_key_is_named() {
    fill(4);
    attack(
        "UPDATE ledger_checkpoint SET note = REPLACE(note, 'example', 'exomple') WHERE tree_size = 3");
  }

  @Test
  void a_changed_tile_is_named() {
    fill(258);
    attack(
        "UPDATE ledger_tile SET hashes = (SELECT leaf_hash FROM ledger_entry WHERE leaf_index = 0)");
  }

  @Test
  void a_second_writer_never_forks_the_log() throws Exception {
    fill(3);
    Path elsewhere = Files.createDirectories(folder.resolve("other")).resolve("checkpoint");
    try (Ledger second =
        Ledger.open(database, Fixtures.KEY, Fixtures.ORIGIN, elsewhere, Fixtures.CLOCK)) {
      second.append(Fixtures.draft("mine"));
      // It is outrun, reads what the other wrote and goes on behind it.
      assertThat(ledger.append(Fixtures.draft("yours")).index()).isEqualTo(4);
      assertThat(second.append(Fixtures.draft("again")).index()).isEqualTo(5);
      assertThat(fsck()).isEmpty();
    }
    assertThat(fsck()).isEmpty();
  }
}
