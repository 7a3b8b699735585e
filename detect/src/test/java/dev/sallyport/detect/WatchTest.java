package dev.sallyport.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.testdata.Seed;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The laws of watching, by generated histories that are small enough to be full of coincidence.
class WatchTest {
  private static final int ROUNDS = 300;
  private final Watch watch = Watch.standard();

  private static String one(Random random, String... words) {
    return words[random.nextInt(words.length)];
  }

  private static List<Event> history(Random random) {
    var events = new ArrayList<Event>();
    Instant time = Story.BEGIN;
    int length = random.nextInt(200);
    for (int index = 0; index < length; index++) {
      time =
          time.plusMillis(random.nextInt(10) == 0 ? random.nextInt(900_000) : random.nextInt(3000));
      events.add(event(random, index, time));
    }
    return events;
  }

  private static Event event(Random random, long index, Instant time) {
    String type =
        one(
            random,
            "decision",
            "decision",
            "token",
            "secret",
            "ticket",
            "agent",
            "deployment",
            "policy",
            "step",
            "response",
            "finding",
            "incident");
    String action =
        switch (type) {
          case "decision" -> one(random, "publish", "deploy", "readSecret", "administer");
          case "token" -> "mint";
          case "secret" -> one(random, "lease", "end", "declare");
          case "ticket" -> one(random, "issue", "start", "redeem");
          case "agent" -> one(random, "report", "silent", "back", "enrol");
          case "response" -> one(random, "switch", "contain");
          default -> one(random, "deploy", "begin", "enforce");
        };
    String outcome =
        one(
            random,
            "allowed",
            "allowed",
            "forbidden",
            "refused",
            "minted",
            "leased",
            "ended",
            "live",
            "reported",
            "off",
            "on");
    var subjects = new ArrayList<Thing>();
    for (String kind :
        List.of(
            "Token",
            "Run",
            "Runner",
            "Key",
            "Person",
            "Machine",
            "Service",
            "Environment",
            "Artifact",
            "Secret",
            "Lease",
            "Ticket")) {
      if (random.nextInt(3) == 0) {
        subjects.add(new Thing(kind, one(random, "a/1", "a/2", "replayed")));
      }
    }
    if (subjects.isEmpty()) {
      subjects.add(new Thing("Run", "a/1"));
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    for (String name :
        List.of(
            "network",
            "key",
            "token",
            "fork",
            "pipelineReviewed",
            "reason",
            "digest",
            "expected",
            "service",
            "environment",
            "interval",
            "used",
            "policy",
            "steps")) {
      if (random.nextInt(4) == 0) {
        attributes.put(
            name,
            one(
                random,
                "true",
                "false",
                "ticket was used before",
                "5",
                "192.0.2.1",
                "198.51.100.1",
                "x\ny"));
      }
    }
    return new Event(
        index,
        time,
        type,
        action,
        outcome,
        new Thing(one(random, "workload", "person", "unknown"), one(random, "p", "q")),
        subjects,
        attributes);
  }

  @Test
  void the_generated_histories_make_every_rule_speak() {
    var spoken = new java.util.TreeSet<String>();
    Seed.forAll(
        ROUNDS,
        random ->
            watch.steps(new Memory(), history(random)).forEach(one -> spoken.add(one.rule())));
    assertThat(spoken)
        .containsExactlyInAnyOrderElementsOf(watch.rules().stream().map(About::id).toList());
  }

  @Test
  void any_split_into_batches_gives_the_same_findings_and_the_same_memory() {
    Seed.forAll(
        ROUNDS,
        random -> {
          List<Event> history = history(random);
          var whole = new Memory();
          List<Finding> expected = watch.steps(whole, history);
          var found = new ArrayList<Finding>();
          byte[] kept = new Memory().bytes();
          int at = 0;
          while (at < history.size()) {
            int to = Math.min(history.size(), at + 1 + random.nextInt(20));
            Memory memory = Memory.parse(kept);
            found.addAll(watch.steps(memory, history.subList(at, to)));
            kept = memory.bytes();
            at = to;
          }
          assertThat(found).isEqualTo(expected);
          assertThat(Memory.parse(kept)).isEqualTo(whole);
        });
  }

  @Test
  void an_entry_counts_once_however_often_and_late_it_comes() {
    Seed.forAll(
        ROUNDS,
        random -> {
          List<Event> history = history(random);
          var whole = new Memory();
          List<Finding> expected = watch.steps(whole, history);
          var repeated = new ArrayList<Event>();
          for (Event event : history) {
            repeated.add(event);
            if (random.nextInt(3) == 0) {
              repeated.add(history.get(random.nextInt((int) event.index() + 1)));
            }
          }
          var memory = new Memory();
          assertThat(watch.steps(memory, repeated)).isEqualTo(expected);
          assertThat(memory).isEqualTo(whole);
        });
  }

  @Test
  void ticks_change_when_something_is_found_and_never_what() {
    Seed.forAll(
        ROUNDS,
        random -> {
          List<Event> history = history(random);
          var whole = new Memory();
          List<Finding> expected = watch.steps(whole, history);
          var ticked = new ArrayList<Input>();
          Instant last = Story.BEGIN;
          for (Event event : history) {
            if (random.nextBoolean()) {
              long gap = event.time().toEpochMilli() - last.toEpochMilli();
              ticked.add(new Tick(last.plusMillis(random.nextLong(gap + 1))));
            }
            ticked.add(event);
            last = event.time();
          }
          var memory = new Memory();
          assertThat(watch.steps(memory, ticked)).isEqualTo(expected);
          assertThat(memory).isEqualTo(whole);
        });
  }

  @Test
  void findings_have_identities_of_their_own() {
    Seed.forAll(
        ROUNDS,
        random -> {
          List<Finding> found = watch.steps(new Memory(), history(random));
          assertThat(found).extracting(Finding::identity).doesNotHaveDuplicates();
        });
  }

  @Test
  void what_the_sentinel_wrote_itself_is_not_looked_at() {
    var story = new Story();
    for (int i = 0; i < 20; i++) {
      story
          .tell("finding", "first-seen", "refused", "server sallyport", "Token=replayed")
          .tell("response", "contain", "refused", "machine sentinel", "Token=replayed")
          .tell("incident", "open", "opened", "server sallyport", "Incident=1");
    }
    assertThat(story.findings()).isEmpty();
  }

  @Test
  void a_memory_survives_being_written_and_refuses_what_is_none() {
    var memory = new Memory();
    memory.table("t").put("a\"\u0001b", List.of("", "ü", "x".repeat(5000)));
    memory.advance(7, Story.BEGIN);
    assertThat(Memory.parse(memory.bytes())).isEqualTo(memory);
    for (String bad :
        List.of(
            "",
            "[]",
            "{}",
            "{\"v\":2,\"next\":0,\"time\":\"1970-01-01T00:00:00Z\",\"tables\":{}}",
            "{\"v\":1,\"next\":-1,\"time\":\"1970-01-01T00:00:00Z\",\"tables\":{}}",
            "{\"v\":1,\"next\":0,\"time\":\"now\",\"tables\":{}}",
            "{\"v\":1,\"next\":0,\"time\":\"1970-01-01T00:00:00Z\",\"tables\":{\"a\":[[]]}}",
            "{\"v\":1,\"v\":1,\"next\":0,\"time\":\"1970-01-01T00:00:00Z\",\"tables\":{}}",
            "{\"v\":1,\"next\":0,\"time\":\"1970-01-01T00:00:00Z\",\"tables\":{\"a\":[[1]]}}")) {
      assertThatThrownBy(() -> Memory.parse(bad.getBytes(StandardCharsets.UTF_8)))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void a_table_forgets_the_row_that_was_written_longest_ago() {
    var memory = new Memory();
    Table table = memory.table("t");
    for (int i = 0; i < Table.MAX_ROWS; i++) {
      table.put("k" + i, List.of("v"));
    }
    table.put("k0", List.of("again"));
    table.put("new", List.of("v"));
    assertThat(table.get("k1")).isNull();
    assertThat(table.get("k0")).containsExactly("again");
    assertThat(table.rows()).hasSize(Table.MAX_ROWS);
    assertThat(Memory.parse(memory.bytes())).isEqualTo(memory);
  }
}
