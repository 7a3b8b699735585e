package dev.sallyport.server.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.Dialect;
import dev.sallyport.server.db.FaultyConnections;
import dev.sallyport.tlog.Checkpoint;
import dev.sallyport.tlog.Hash;
import dev.sallyport.tlog.NoteKey;
import dev.sallyport.tlog.Proofs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Acknowledged means durable: failures between any two writes, and a process killed outright.
class LedgerCrashTest {
  @Test
  void a_failure_between_any_two_writes_loses_no_acknowledged_entry_and_never_forks(
      @TempDir Path folder) {
    var faulty = new FaultyConnections(Database.sqliteSource(folder.resolve("ledger.db")));
    try (Database database = Database.over(Dialect.SQLITE, faulty.source()).migrated("ledger");
        Ledger ledger =
            Ledger.open(
                database,
                Fixtures.KEY,
                Fixtures.ORIGIN,
                folder.resolve("checkpoint"),
                Fixtures.CLOCK)) {
      int before = faulty.steps();
      var acknowledged = new HashMap<Long, Hash>();
      note(acknowledged, ledger.append(Fixtures.draft("counted", "counted")));
      int stepsOfOne = faulty.steps() - before;
      assertThat(stepsOfOne).isGreaterThanOrEqualTo(5);
      for (int step = 0; step < stepsOfOne; step++) {
        for (boolean afterwards : new boolean[] {false, true}) {
          String word = step + (afterwards ? " after" : " before");
          faulty.failAt(step, afterwards);
          assertThatThrownBy(() -> ledger.append(Fixtures.draft(word, word)))
              .as(word)
              .isInstanceOf(LedgerException.class);
          // The same question again: one entry, whether or not the first try was written.
          Ledger.Recorded again = ledger.append(Fixtures.draft(word, word));
          note(acknowledged, again);
          assertThat(again.repeated()).as(word).isEqualTo(afterwards && step == stepsOfOne - 1);
          assertThat(Ledger.fsck(database, ledger.logKey(), ledger.head().checkpoint())).isEmpty();
        }
      }
      acknowledged.forEach((index, hash) ->
          assertThat(ledger.entry(index).orElseThrow().leafHash()).isEqualTo(hash));
      assertThat(ledger.head().size()).isEqualTo(acknowledged.size() + 1L);
    }
  }

  private static void note(Map<Long, Hash> acknowledged, Ledger.Recorded recorded) {
    assertThat(acknowledged.put(recorded.index(), recorded.leafHash())).isNull();
  }

  /// Appends for ever and says so, one line each; killed by the test below.
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      Path folder = Path.of(arguments[0]);
      var key = dev.sallyport.keys.SigningKey.read(folder.resolve("log.key"));
      Database database = Database.sqlite(folder.resolve("ledger.db")).migrated("ledger");
      Ledger ledger =
          Ledger.open(database, key, Fixtures.ORIGIN, folder.resolve("checkpoint"), Fixtures.CLOCK);
      for (int i = 0; ; i++) {
        Ledger.Recorded recorded = ledger.append(Fixtures.draft(arguments[1] + "/" + i));
        System.out.println(
            recorded.index()
                + " "
                + recorded.leafHash().hex()
                + " "
                + ledger.head().note().replace("\n", "|"));
      }
    }
  }

  @Test
  void a_killed_process_loses_no_acknowledged_entry(@TempDir Path folder) throws Exception {
    Fixtures.KEY.writeNew(folder.resolve("log.key"));
    var log = new NoteKey(Fixtures.ORIGIN, Fixtures.KEY.publicKey());
    var acknowledged = new HashMap<Long, Hash>();
    var heads = new HashMap<Long, Checkpoint>();
    var random = new Random(7);
    for (int round = 0; round < 3; round++) {
      kill(folder, round, 20 + random.nextInt(150), log, acknowledged, heads);
    }
    try (Database database = Database.sqlite(folder.resolve("ledger.db")).migrated("ledger");
        Ledger ledger =
            Ledger.open(
                database,
                Fixtures.KEY,
                Fixtures.ORIGIN,
                folder.resolve("checkpoint"),
                Fixtures.CLOCK)) {
      acknowledged.forEach((index, hash) ->
          assertThat(ledger.entry(index).orElseThrow().leafHash()).isEqualTo(hash));
      Ledger.Head last = ledger.head();
      heads.forEach((size, head) ->
          assertThat(
                  Proofs.consistency(
                          size,
                          last.size(),
                          ledger.consistency(size, last.size()),
                          head.root(),
                          last.checkpoint().root())
                      .holds())
              .isTrue());
      assertThat(acknowledged).hasSizeGreaterThan(60);
    }
  }

  private static void kill(
      Path folder,
      int round,
      int afterEntries,
      NoteKey log,
      Map<Long, Hash> acknowledged,
      Map<Long, Checkpoint> heads)
      throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                folder.toString(),
                "round" + round)
            .redirectError(folder.resolve("child.log").toFile())
            .start();
    try (var lines =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      String line;
      int seen = 0;
      while ((line = lines.readLine()) != null) {
        String[] words = line.split(" ", 3);
        if (words.length < 3 || !words[2].endsWith("|")) {
          break;
        }
        long index = Long.parseLong(words[0]);
        acknowledged.put(index, Hash.ofHex(words[1]));
        Checkpoint head = Checkpoint.open(words[2].replace('|', '\n'), log);
        heads.put(head.size(), head);
        if (++seen == afterEntries) {
          // By its handle: the process method would close the stream that we still read.
          child.toHandle().destroyForcibly();
        }
      }
      assertThat(seen)
          .as(Files.readString(folder.resolve("child.log")))
          .isGreaterThanOrEqualTo(afterEntries);
    }
    child.waitFor();
  }
}
