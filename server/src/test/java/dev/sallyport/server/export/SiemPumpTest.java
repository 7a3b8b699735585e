package dev.sallyport.server.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.testdata.Seed;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Entries reach a receiver at least once, in order, and exactly once after it dropped what it has.
class SiemPumpTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Settings.Export HEC =
      new Settings.Export("siem", "splunk-hec", "http://127.0.0.1:1", Path.of("t"), null, null);

  @TempDir Path folder;

  private interface Law {
    void holds(Database database, Ledger ledger) throws Exception;
  }

  private void onBoth(Law law) throws Exception {
    for (boolean postgres : List.of(false, true)) {
      String name = postgres ? "p" : "s";
      try (Database database =
              (postgres ? RealPostgres.fresh() : Database.sqlite(folder.resolve(name + ".db")))
                  .migrated("application");
          Database log = Database.sqlite(folder.resolve(name + "-l.db")).migrated("ledger");
          Ledger ledger =
              Ledger.open(
                  log,
                  SigningKey.generate(KeyAlgorithm.ED25519, RANDOM),
                  "example.org/" + name,
                  folder.resolve(name + ".checkpoint"),
                  Clock.systemUTC())) {
        law.holds(database, ledger);
      }
    }
  }

  private static void act(Ledger ledger, int number) {
    ledger.append(
        new Ledger.Draft(
            EntryType.DECISION,
            Actor.SERVER,
            "deploy",
            new Subject("Environment", "prod-" + number),
            "allowed",
            CanonicalJson.bytes(Map.of("reasons", List.of("because"), "salt", "0123"))));
  }

  private static HecSink sink(HecReceiver receiver) {
    return new HecSink(
        HttpClient.newHttpClient(),
        receiver.base(),
        HecReceiver.TOKEN,
        null,
        "test",
        Duration.ofMillis(300),
        Duration.ofMillis(5));
  }

  private static SinkWorker worker(Sink sink, Ledger ledger, Database database, String node) {
    var worker =
        new SinkWorker(
            HEC,
            sink,
            ledger,
            new CursorStore(database),
            Clock.systemUTC(),
            new java.util.Random(1),
            node,
            (_, _) -> {});
    worker.start();
    return worker;
  }

  private static void until(BooleanSupplier done) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!done.getAsBoolean()) {
      assertThat(System.nanoTime()).as("still not done").isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  private static List<String> everything(Ledger ledger) {
    var all = new ArrayList<String>();
    for (long i = 0; i < ledger.head().size(); i++) {
      all.add(ledger.logKey().name() + "/" + i);
    }
    return all;
  }

  @Test
  void every_entry_arrives_once_in_order_with_its_reasons_and_without_salt() throws Exception {
    onBoth((database, ledger) -> {
      for (int i = 0; i < 250; i++) {
        act(ledger, i);
      }
      try (var receiver = new HecReceiver();
          var worker = worker(sink(receiver), ledger, database, "a")) {
        until(() -> worker.health().lag() == 0);
        assertThat(receiver.arrived()).isEqualTo(everything(ledger));
        var event = receiver.events().get(7).path("event");
        assertThat(event.path("action").asString()).isEqualTo("deploy");
        assertThat(event.path("why").path("reasons").path(0).asString()).isEqualTo("because");
        assertThat(event.path("why").has("salt")).isFalse();
        assertThat(receiver.problems()).isEmpty();
        assertThat(worker.health().lastAcknowledged()).isNotNull();
        assertThat(worker.health().oldestUnsent()).isNull();
      }
    });
  }

  /// Whatever the receiver does, and however often we are stopped, after dropping what it has by
  /// `dedup` it holds every entry exactly once and in order.
  @Test
  void nothing_is_lost_whatever_fails_and_after_dedup_each_is_there_once() throws Exception {
    onBoth((database, ledger) ->
        Seed.forAll(
            2,
            random -> {
              var faults = HecReceiver.Fault.values();
              try (var receiver = new HecReceiver()) {
                receiver.failing(() ->
                    random.nextInt(3) == 0
                        ? faults[random.nextInt(faults.length)]
                        : HecReceiver.Fault.NONE);
                long from =
                    new CursorStore(database).find("siem").map(c -> c.nextIndex()).orElse(0L);
                for (int restart = 0; restart < 3; restart++) {
                  for (int i = 0; i < 60; i++) {
                    act(ledger, i);
                  }
                  try (var worker = worker(sink(receiver), ledger, database, "a")) {
                    Thread.sleep(random.nextInt(150));
                    assertThat(worker.health().name()).isEqualTo("siem");
                  }
                }
                receiver.failing(() -> HecReceiver.Fault.NONE);
                try (var worker = worker(sink(receiver), ledger, database, "a")) {
                  until(() -> worker.health().lag() == 0);
                }
                List<String> wanted =
                    everything(ledger).subList((int) from, (int) ledger.head().size());
                assertThat(receiver.arrived().stream().distinct().toList())
                    .containsExactlyInAnyOrderElementsOf(wanted);
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            }));
  }

  @Test
  void a_receiver_that_acknowledges_nothing_is_not_believed() throws Exception {
    onBoth((database, ledger) -> {
      act(ledger, 1);
      try (var receiver = new HecReceiver()) {
        receiver.failing(() -> HecReceiver.Fault.NO_ACK_ID);
        try (var worker = worker(sink(receiver), ledger, database, "a")) {
          until(() -> worker.health().error() != null);
          assertThat(worker.health().error()).contains("switch indexer acknowledgement on");
          assertThat(worker.health().nextIndex()).isZero();
          assertThat(worker.health().state()).isEqualTo("failing");
        }
      }
    });
  }

  @Test
  void a_wrong_token_shows_in_the_health_and_the_token_does_not() throws Exception {
    onBoth((database, ledger) -> {
      act(ledger, 1);
      try (var receiver = new HecReceiver()) {
        var sink =
            new HecSink(
                HttpClient.newHttpClient(),
                receiver.base(),
                "wrong-token-text",
                null,
                "test",
                Duration.ofMillis(300),
                Duration.ofMillis(5));
        try (var worker = worker(sink, ledger, database, "a")) {
          until(() -> worker.health().error() != null);
          assertThat(worker.health().error())
              .contains("403")
              .contains("Invalid token")
              .doesNotContain("wrong-token-text");
        }
      }
    });
  }

  @Test
  void of_two_nodes_one_tells_and_the_other_takes_over_when_it_is_gone() throws Exception {
    onBoth((database, ledger) -> {
      var store = new CursorStore(database);
      var now = java.time.Instant.parse("2026-11-25T12:00:00Z");
      assertThat(store.take("siem", "a", now, now.plusSeconds(60))).isTrue();
      assertThat(store.take("siem", "b", now.plusSeconds(59), now.plusSeconds(99))).isFalse();
      assertThat(store.take("siem", "b", now.plusSeconds(60), now.plusSeconds(120))).isTrue();
      assertThat(store.advance("siem", 0, 5, now)).isTrue();
      assertThat(store.advance("siem", 0, 9, now)).isFalse();
      assertThat(store.find("siem").orElseThrow().nextIndex()).isEqualTo(5);
    });
  }

  @Test
  void half_a_line_of_a_process_that_died_spoils_no_other_line() throws Exception {
    onBoth((database, ledger) -> {
      act(ledger, 1);
      Path file = folder.resolve(ledger.logKey().name().replace('/', '-') + ".jsonl");
      Files.writeString(file, "{\"dedup\":\"half", StandardOpenOption.CREATE);
      try (var worker = worker(new LinesSink(file), ledger, database, "a")) {
        until(() -> worker.health().lag() == 0);
      }
      List<String> lines = Files.readAllLines(file);
      assertThat(lines).hasSize(3);
      for (String line : lines.subList(1, 3)) {
        assertThat(new JsonMapper().readTree(line).path("dedup").asString()).isNotEmpty();
      }
    });
  }

  /// RFC 6587 section 3.4.1 and RFC 5424 section 6, read by a parser of the test's own.
  @Test
  void syslog_messages_are_framed_by_octets_and_carry_the_dedup_key() throws Exception {
    onBoth((database, ledger) -> {
      for (int i = 0; i < 5; i++) {
        act(ledger, i);
      }
      try (var listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var messages =
            threads.submit(() -> {
              var read = new ArrayList<String>();
              try (var socket = listening.accept();
                  InputStream in = new BufferedInputStream(socket.getInputStream())) {
                while (read.size() < 6) {
                  read.add(frame(in));
                }
              }
              return read;
            });
        var sink =
            new SyslogSink(
                SocketFactory.getDefault(), "127.0.0.1", listening.getLocalPort(), "me", 42);
        try (var worker = worker(sink, ledger, database, "a")) {
          List<String> read = messages.get();
          assertThat(worker.health().acknowledges()).isFalse();
          for (int i = 0; i < 6; i++) {
            String message = read.get(i);
            assertThat(message)
                .matches(
                    "(?s)<85>1 \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z me sallyport 42"
                        + " entry \\[sallyport@32473 dedup=\"example.org/./"
                        + i
                        + "\"\\] \uFEFF\\{.*\\}");
            String json = message.substring(message.indexOf('\uFEFF') + 1);
            assertThat(new JsonMapper().readTree(json).path("index").asInt()).isEqualTo(i);
          }
        }
      }
    });
  }

  private static String frame(InputStream in) throws IOException {
    int length = 0;
    for (int digit = in.read(); digit != ' '; digit = in.read()) {
      length = length * 10 + (digit - '0');
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }
}
