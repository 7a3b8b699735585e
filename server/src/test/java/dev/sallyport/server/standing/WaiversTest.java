package dev.sallyport.server.standing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.FactSheet;
import dev.sallyport.gate.Gate;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Question;
import dev.sallyport.gate.Ruling;
import dev.sallyport.gate.Waiver;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Waivers: the contract on both databases.
class WaiversTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Actor OWNER = new Actor(Actor.Kind.PERSON, "administrator");
  private static final Waivers.Draft DRAFT =
      new Waivers.Draft(
          7,
          new Waiver.Scope(
              new EntityRef("Repository", "forge/1"),
              Map.of("ref", "refs/heads/main"),
              Action.DEPLOY,
              new EntityRef("Environment", "prod"),
              Map.of("artifact", "sha256:" + "ab".repeat(32))),
          Map.of("tested", "sha256:" + "cd".repeat(32)),
          false,
          "hotfix \"now\"");
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir Path folder;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-25T12:00:00Z"));
  private final Clock clock = clock();

  private record Node(Ledger ledger, Standing standing, Waivers waivers) implements AutoCloseable {
    List<Waiver> live(Instant at) {
      return standing.view().waivers(at);
    }

    @Override
    public void close() {
      standing.close();
    }
  }

  private interface Law {
    void holds(Node node, Node other);
  }

  private void onBoth(Law law) {
    for (boolean postgres : List.of(false, true)) {
      String name = postgres ? "p" : "s";
      try (Database database =
              (postgres ? RealPostgres.fresh() : Database.sqlite(folder.resolve(name + ".db")))
                  .migrated("application");
          Database log = Database.sqlite(folder.resolve(name + "-ledger.db")).migrated("ledger");
          Ledger ledger =
              Ledger.open(
                  log,
                  SigningKey.generate(KeyAlgorithm.ED25519, RANDOM),
                  "example.org/" + name,
                  folder.resolve(name + ".checkpoint"),
                  clock);
          Node one = node(database, ledger);
          Node other = node(database, ledger)) {
        law.holds(one, other);
      }
    }
  }

  private Node node(Database database, Ledger ledger) {
    var store = new WaiverStore(database);
    var standing = new Standing(new HoldStore(database), store, ledger, clock, RANDOM);
    return new Node(ledger, standing, new Waivers(store, standing, ledger, clock, RANDOM));
  }

  private static Ruling.Allow allow() {
    var question =
        new Question(
            new EntityRef("Person", "administrator"), Action.WAIVE, new EntityRef("Record", "7"));
    return (Ruling.Allow)
        Gate.rule(
            question,
            new FactSheet().local(true).facts(),
            PolicySnapshot.builtIn(Profile.BASELINE));
  }

  private static GivenWaiver give(Node node, Duration lifetime, String retry) {
    return node.waivers().give(allow(), OWNER, DRAFT, lifetime, retry);
  }

  @Test
  void what_was_given_is_read_back_whole_and_counts_on_every_node_within_a_second() {
    onBoth((here, elsewhere) -> {
      assertThat(elsewhere.live(now.get())).isEmpty();
      GivenWaiver given = give(here, HOUR, "1");
      assertThat(given.waiver())
          .isEqualTo(
              new Waiver(
                  given.waiver().id(), DRAFT.scope(), DRAFT.policies(), false, DRAFT.reason()));
      assertThat(given.refusal()).isEqualTo(7);
      assertThat(given.until()).isEqualTo(given.since().plus(HOUR));
      assertThat(here.live(now.get())).containsExactly(given.waiver());
      now.set(now.get().plusMillis(1000));
      assertThat(elsewhere.live(now.get())).containsExactly(given.waiver());
    });
  }

  @Test
  void an_expired_waiver_counts_nowhere_though_nobody_looked_again() {
    onBoth((node, _) -> {
      GivenWaiver given = give(node, Duration.ofMillis(500), "1");
      StandingView seen = node.standing().view();
      assertThat(seen.waivers(given.until().minusMillis(1))).hasSize(1);
      assertThat(seen.waivers(given.until())).isEmpty();
    });
  }

  @Test
  void a_waiver_ended_on_one_node_counts_on_no_other_after_a_second_and_never_again() {
    onBoth((here, elsewhere) -> {
      GivenWaiver given = give(here, HOUR, "1");
      now.set(now.get().plusMillis(1000));
      assertThat(elsewhere.live(now.get())).hasSize(1);
      long before = here.ledger().head().size();
      assertThat(here.waivers().end(allow(), OWNER, given.waiver().id(), "mended"))
          .get()
          .satisfies(ended -> assertThat(ended.ended()).isNotNull());
      assertThat(here.live(now.get())).isEmpty();
      now.set(now.get().plusMillis(1000));
      assertThat(elsewhere.live(now.get())).isEmpty();
      // The act that gave it, tried again, revives nothing and writes nothing.
      give(here, HOUR, "1");
      assertThat(here.live(now.get())).isEmpty();
      assertThat(here.waivers().end(allow(), OWNER, given.waiver().id(), "again")).isPresent();
      assertThat(here.ledger().head().size()).isEqualTo(before + 1);
      assertThat(here.waivers().end(allow(), OWNER, "nothing", "x")).isEmpty();
    });
  }

  @Test
  void each_use_is_counted_from_whichever_node() {
    onBoth((here, elsewhere) -> {
      GivenWaiver given = give(here, HOUR, "1");
      assertThat(given.uses()).isZero();
      assertThat(given.lastUsed()).isNull();
      here.waivers().used(List.of(given.waiver().id()));
      now.set(now.get().plusSeconds(60));
      elsewhere.waivers().used(List.of(given.waiver().id()));
      assertThat(here.waivers().newest())
          .singleElement()
          .satisfies(one -> {
            assertThat(one.uses()).isEqualTo(2);
            assertThat(one.lastUsed()).isEqualTo(now.get());
          });
    });
  }

  @Test
  void a_waiver_without_end_or_of_no_time_is_refused_and_leaves_no_entry() {
    onBoth((node, _) -> {
      long before = node.ledger().head().size();
      for (Duration lifetime :
          List.of(Duration.ZERO, Duration.ofSeconds(-1), Waivers.LONGEST.plusMillis(1))) {
        assertThatThrownBy(() -> give(node, lifetime, "1"))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("at most 7 days");
      }
      assertThat(node.ledger().head().size()).isEqualTo(before);
      assertThat(give(node, Waivers.LONGEST, "1").isLive(now.get())).isTrue();
    });
  }

  @Test
  void giving_and_ending_stand_in_the_ledger_with_what_they_are_for() {
    onBoth((node, _) -> {
      GivenWaiver given = give(node, HOUR, "1");
      node.waivers().end(allow(), OWNER, given.waiver().id(), "mended");
      var entries = node.ledger().entries(1, 10);
      assertThat(entries)
          .extracting(recorded -> recorded.entry().type())
          .containsExactly(EntryType.WAIVER, EntryType.WAIVER);
      assertThat(entries)
          .extracting(recorded -> recorded.entry().outcome())
          .containsExactly("waived", "ended");
      var entry = entries.getFirst().entry();
      assertThat(entry.subject())
          .extracting(subject -> subject.type())
          .containsExactly("Waiver", "Repository", "Environment", "Artifact");
      assertThat(
              new String(
                  node.ledger().body(java.util.Objects.requireNonNull(entry.body())).orElseThrow(),
                  java.nio.charset.StandardCharsets.UTF_8))
          .contains("\"tested\":\"sha256:cdcd", "\"refusal\":7", "\"seconds\":3600");
    });
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public java.time.ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(java.time.ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return now.get();
      }
    };
  }
}
