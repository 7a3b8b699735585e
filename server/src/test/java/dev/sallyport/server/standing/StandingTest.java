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
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.FaultyConnections;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.testdata.Seed;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Holds: the contract on both databases.
class StandingTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Actor ADMINISTRATOR = new Actor(Actor.Kind.PERSON, "administrator");
  private static final EntityRef RUN = new EntityRef("Run", "forge/1/7");
  private static final EntityRef ARTIFACT = new EntityRef("Artifact", "sha256:" + "ab".repeat(32));
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir Path folder;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-25T12:00:00Z"));
  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now.get();
        }
      };

  /// A node: its own view on a database and a ledger that others may share.
  private record Node(Database database, Ledger ledger, Standing standing)
      implements AutoCloseable {
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
    return new Node(
        database,
        ledger,
        new Standing(new HoldStore(database), new WaiverStore(database), ledger, clock, RANDOM));
  }

  private static Ruling.Allow allow() {
    var question =
        new Question(
            new EntityRef("Person", "administrator"), Action.CONTAIN, new EntityRef("Run", "a"));
    return (Ruling.Allow)
        Gate.rule(
            question,
            new FactSheet().local(true).facts(),
            PolicySnapshot.builtIn(Profile.BASELINE));
  }

  private static HeldThing hold(Node node, EntityRef on, Duration lifetime, String retry) {
    return node.standing().hold(allow(), ADMINISTRATOR, on, "stolen", lifetime, retry);
  }

  @Test
  void a_hold_is_honoured_at_once_here_and_within_a_second_elsewhere() {
    onBoth((here, elsewhere) -> {
      assertThat(elsewhere.standing().on(List.of(RUN))).isEmpty();
      hold(here, RUN, HOUR, "1");
      assertThat(here.standing().on(List.of(RUN))).hasSize(1);
      now.set(now.get().plusMillis(1000));
      assertThat(elsewhere.standing().on(List.of(RUN)))
          .singleElement()
          .satisfies(hold -> assertThat(hold.reason()).isEqualTo("stolen"));
    });
  }

  @Test
  void a_hold_ends_by_itself_a_tombstone_never() {
    onBoth((node, _) -> {
      hold(node, RUN, HOUR, "1");
      node.standing().hold(allow(), ADMINISTRATOR, ARTIFACT, "bad", null, "2");
      now.set(now.get().plus(HOUR));
      assertThat(node.standing().on(List.of(RUN))).isEmpty();
      now.set(now.get().plus(Duration.ofDays(4000)));
      assertThat(node.standing().view().withdrawn(ARTIFACT.id())).isTrue();
      assertThat(node.standing().on(List.of(ARTIFACT))).hasSize(1);
    });
  }

  @Test
  void a_lifted_hold_stays_lifted_and_its_entries_stay() {
    onBoth((node, other) -> {
      HeldThing held = hold(node, RUN, HOUR, "1");
      long before = node.ledger().head().size();
      assertThat(other.standing().lift(allow(), ADMINISTRATOR, held.id(), "was fine")).isPresent();
      now.set(now.get().plusMillis(1000));
      assertThat(node.standing().on(List.of(RUN))).isEmpty();
      // The same act again neither sets it again nor writes an entry.
      hold(node, RUN, HOUR, "1");
      assertThat(node.standing().on(List.of(RUN))).isEmpty();
      assertThat(node.ledger().head().size()).isEqualTo(before + 1);
      assertThat(node.standing().lift(allow(), ADMINISTRATOR, "nothing", "x")).isEmpty();
    });
  }

  @Test
  void the_last_administrator_and_the_sentinel_are_never_held() {
    onBoth((node, _) -> {
      for (EntityRef one :
          List.of(new EntityRef("Person", "administrator"), new EntityRef("Machine", "sentinel"))) {
        assertThatThrownBy(() -> hold(node, one, HOUR, "1"))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("never held");
      }
      assertThatThrownBy(() -> node.standing().hold(allow(), ADMINISTRATOR, RUN, "bad", null, "3"))
          .hasMessageContaining("only an artifact");
    });
  }

  @Test
  void what_was_taken_from_an_environment_is_below_its_floor_there_and_nowhere_else() {
    onBoth((node, other) -> {
      node.standing().withdrawFrom(allow(), "prod", ARTIFACT.id());
      node.standing().withdrawFrom(allow(), "prod", ARTIFACT.id());
      assertThat(other.standing().isBelowFloor("prod", ARTIFACT.id())).isTrue();
      assertThat(other.standing().isBelowFloor("staging", ARTIFACT.id())).isFalse();
    });
  }

  /// Whatever was held and lifted, the view says what a plain list of open holds says.
  @Test
  void the_view_agrees_with_a_list_of_what_was_done() {
    onBoth((node, other) ->
        Seed.forAll(
            6,
            random -> {
              var open = new java.util.ArrayList<HeldThing>();
              for (int i = 0; i < 12; i++) {
                if (open.isEmpty() || random.nextInt(3) > 0) {
                  var thing = new EntityRef("Run", "forge/1/" + random.nextInt(4));
                  open.add(hold(node, thing, HOUR, random.nextLong() + " " + i));
                } else {
                  HeldThing gone = open.remove(random.nextInt(open.size()));
                  node.standing().lift(allow(), ADMINISTRATOR, gone.id(), "fine");
                }
              }
              now.set(now.get().plusMillis(1000));
              for (int i = 0; i < 4; i++) {
                var thing = new EntityRef("Run", "forge/1/" + i);
                long expected = open.stream().filter(held -> held.on().equals(thing)).count();
                assertThat(other.standing().on(List.of(thing))).hasSize((int) expected);
              }
              open.forEach(
                  held -> node.standing().lift(allow(), ADMINISTRATOR, held.id(), "end of round"));
            }));
  }

  /// The database is gone: for a second the last look counts, then nobody is let through.
  @Test
  void a_look_older_than_a_second_is_none() {
    Path file = folder.resolve("faulty.db");
    try (Database ready = Database.sqlite(file).migrated("application");
        Database log = Database.sqlite(folder.resolve("l.db")).migrated("ledger");
        Ledger ledger =
            Ledger.open(
                log,
                SigningKey.generate(KeyAlgorithm.ED25519, RANDOM),
                "example.org/f",
                folder.resolve("f.checkpoint"),
                clock)) {
      Database over =
          Database.over(
              ready.dialect(),
              new javax.sql.DataSource() {
                private final javax.sql.DataSource real = Database.sqliteSource(file);

                @Override
                public java.sql.Connection getConnection() throws java.sql.SQLException {
                  if (broken) {
                    throw new java.sql.SQLException("gone");
                  }
                  return real.getConnection();
                }

                @Override
                public java.sql.Connection getConnection(String user, String password)
                    throws java.sql.SQLException {
                  return getConnection();
                }

                @Override
                public java.io.PrintWriter getLogWriter() {
                  return new java.io.PrintWriter(java.io.Writer.nullWriter());
                }

                @Override
                public void setLogWriter(java.io.PrintWriter out) {}

                @Override
                public void setLoginTimeout(int seconds) {}

                @Override
                public int getLoginTimeout() {
                  return 0;
                }

                @Override
                public java.util.logging.Logger getParentLogger() {
                  return java.util.logging.Logger.getGlobal();
                }

                @Override
                public <T> T unwrap(Class<T> type) {
                  throw new UnsupportedOperationException();
                }

                @Override
                public boolean isWrapperFor(Class<?> type) {
                  return false;
                }
              });
      try (var standing =
          new Standing(new HoldStore(over), new WaiverStore(over), ledger, clock, RANDOM)) {
        assertThat(standing.on(List.of(RUN))).isEmpty();
        broken = true;
        now.set(now.get().plusMillis(999));
        standing.view();
        now.set(now.get().plusMillis(2));
        assertThatThrownBy(() -> standing.on(List.of(RUN)))
            .isInstanceOf(StandingUnknownException.class);
        broken = false;
        assertThat(standing.on(List.of(RUN))).isEmpty();
      }
    }
  }

  private volatile boolean broken;

  @Test
  void a_crash_at_any_write_of_a_hold_is_put_right_by_the_same_act_again() {
    for (int step = 0; step < 3; step++) {
      for (boolean afterwards : List.of(false, true)) {
        String name = step + (afterwards ? "a" : "b");
        Path file = folder.resolve(name + ".db");
        Database.sqlite(file).migrated("application").close();
        var faulty = new FaultyConnections(Database.sqliteSource(file));
        try (Database log = Database.sqlite(folder.resolve(name + "-l.db")).migrated("ledger");
            Ledger ledger =
                Ledger.open(
                    log,
                    SigningKey.generate(KeyAlgorithm.ED25519, RANDOM),
                    "example.org/" + name,
                    folder.resolve(name + ".checkpoint"),
                    clock)) {
          Database over = Database.over(dev.sallyport.server.db.Dialect.SQLITE, faulty.source());
          var store = new HoldStore(over);
          try (var standing = new Standing(store, new WaiverStore(over), ledger, clock, RANDOM)) {
            faulty.failAt(step, afterwards);
            Node node = new Node(over, ledger, standing);
            try {
              hold(node, RUN, HOUR, "same");
            } catch (RuntimeException crashed) {
              // Nobody was told that it is held.
            }
            faulty.failAt(Integer.MAX_VALUE, false);
            HeldThing again = hold(node, RUN, HOUR, "same");
            assertThat(standing.on(List.of(RUN))).hasSize(1);
            assertThat(store.find(again.id())).isPresent();
            // Genesis and one hold, however often it was tried.
            assertThat(ledger.head().size()).isEqualTo(2);
          }
        }
      }
    }
  }
}
