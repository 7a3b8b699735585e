package dev.sallyport.server.policies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.FactSheet;
import dev.sallyport.gate.Gate;
import dev.sallyport.gate.PolicyRefused;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Question;
import dev.sallyport.gate.Ruling;
import dev.sallyport.gate.Source;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.Dialect;
import dev.sallyport.server.db.FaultyConnections;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.settings.DataFolder;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.settings.SettingsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Versions of policy: the contract on both databases, with several nodes.
class PoliciesTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Actor ADMINISTRATOR = new Actor(Actor.Kind.PERSON, "administrator");

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

  /// A database and a ledger, on which nodes with folders of their own can be started.
  private final class House {
    private final String name;
    private final Database database;
    private final Ledger ledger;

    House(String name, Database database, Ledger ledger) {
      this.name = name;
      this.database = database;
      this.ledger = ledger;
    }

    Policies node(String of) {
      return node(of, Settings.NONE);
    }

    Policies node(String of, Settings settings) {
      return new Policies(new VersionStore(database), data(of), settings, ledger, clock, RANDOM);
    }

    DataFolder data(String of) {
      return DataFolder.open(folder.resolve(name + "-" + of));
    }

    void edit(String of, String text) {
      try {
        Path files = Files.createDirectories(data(of).file("policy"));
        Files.writeString(files.resolve("own.cedar"), text);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    List<String> entries() {
      return ledger.entries(0, Ledger.MAX_PAGE).stream()
          .filter(one -> one.entry().type() == EntryType.POLICY)
          .map(one -> one.entry().action() + " " + one.entry().subject().getFirst().id())
          .toList();
    }
  }

  private interface Law {
    void holds(House house) throws Exception;
  }

  private void onBoth(Law law) {
    for (boolean postgres : List.of(false, true)) {
      String name = postgres ? "p" : "s";
      try (Database database =
              (postgres ? RealPostgres.fresh() : Database.sqlite(folder.resolve(name + ".db")))
                  .migrated("application");
          Database log = Database.sqlite(folder.resolve(name + "-ledger.db")).migrated("ledger");
          Ledger ledger = ledger(log, name)) {
        law.holds(new House(name, database, ledger));
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }

  private Ledger ledger(Database log, String name) {
    return Ledger.open(
        log,
        SigningKey.generate(KeyAlgorithm.ED25519, RANDOM),
        "example.org/" + name,
        folder.resolve(name + ".checkpoint"),
        clock);
  }

  private static Ruling.Allow allow() {
    return (Ruling.Allow)
        Gate.rule(
            new Question(
                new EntityRef("Person", "administrator"), Action.ADMINISTER, Policies.IN_FORCE),
            new FactSheet().local(true).facts(),
            PolicySnapshot.builtIn(Profile.BASELINE));
  }

  private static String text(String id) {
    return """
    @id("%s")
    permit (principal, action == Sallyport::Action::"push", resource)
    when { context.facts has commits && context.facts.commits.bad == 0 };
    """
        .formatted(id);
  }

  private static PolicySnapshot policy(String id) {
    return Policies.checked(List.of(new Source("own.cedar", text(id))));
  }

  private static PolicyVersion publish(Policies node, String id, long expected) {
    return node.publish(allow(), ADMINISTRATOR, policy(id), expected, "because", 7);
  }

  private static String inForce(Policies node) {
    return node.current().policies().getFirst().id();
  }

  @Test
  void a_new_folder_begins_with_its_files_else_with_its_profile() {
    onBoth(house -> {
      try (Policies node = house.node("a")) {
        assertThat(node.current()).isSameAs(PolicySnapshot.builtIn(Profile.BASELINE));
        assertThat(node.version().number()).isEqualTo(1);
        assertThat(node.version().origin()).isEqualTo("profile baseline");
        assertThat(house.entries()).containsExactly("enforce baseline");
      }
    });
  }

  @Test
  void what_is_published_is_in_force_here_at_once_and_elsewhere_within_a_second() {
    onBoth(house -> {
      try (Policies here = house.node("a");
          Policies elsewhere = house.node("b")) {
        PolicyVersion version = publish(here, "mine", 1);
        assertThat(version.number()).isEqualTo(2);
        assertThat(version.by()).isEqualTo("administrator");
        assertThat(version.reason()).isEqualTo("because");
        assertThat(inForce(here)).isEqualTo("mine");
        now.set(now.get().plusMillis(1000));
        assertThat(inForce(elsewhere)).isEqualTo("mine");
        assertThat(elsewhere.versions(10))
            .extracting(PolicyVersion::number)
            .containsExactly(2L, 1L);
        assertThat(house.entries()).endsWith("publish custom");
      }
      try (Policies again = house.node("a")) {
        assertThat(inForce(again)).isEqualTo("mine");
        assertThat(again.version().number()).isEqualTo(2);
      }
    });
  }

  @Test
  void who_looked_at_another_version_publishes_nothing() {
    onBoth(house -> {
      try (Policies here = house.node("a");
          Policies elsewhere = house.node("b")) {
        publish(here, "first", 1);
        long before = house.ledger.head().size();
        assertThatThrownBy(() -> publish(elsewhere, "second", 1))
            .isInstanceOf(OutrunException.class)
            .hasMessageContaining("version 2 is in force, not 1");
        assertThat(house.ledger.head().size()).isEqualTo(before);
      }
    });
  }

  @Test
  void of_nodes_that_publish_at_once_one_is_first_and_the_others_are_refused() {
    onBoth(house -> {
      var nodes = new ArrayList<Policies>();
      for (int i = 0; i < 4; i++) {
        nodes.add(house.node("n" + i));
      }
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (long version = 1; version <= 5; version++) {
          var tries = new ArrayList<Callable<PolicyVersion>>();
          for (int i = 0; i < nodes.size(); i++) {
            Policies node = nodes.get(i);
            String id = "v" + version + "-" + i;
            long expected = version;
            tries.add(() -> publish(node, id, expected));
          }
          var won = new ArrayList<PolicyVersion>();
          for (var one : threads.invokeAll(tries)) {
            try {
              won.add(one.get());
            } catch (ExecutionException e) {
              assertThat(e).hasCauseInstanceOf(OutrunException.class);
            }
          }
          assertThat(won).hasSize(1);
          now.set(now.get().plusMillis(1000));
          assertThat(nodes)
              .allSatisfy(node ->
                  assertThat(node.current().digest()).isEqualTo(won.getFirst().digest().text()));
        }
      }
      nodes.forEach(Policies::close);
    });
  }

  @Test
  void an_earlier_text_comes_back_as_a_new_version() {
    onBoth(house -> {
      try (Policies node = house.node("a")) {
        publish(node, "mine", 1);
        PolicyVersion back = node.rollBack(allow(), ADMINISTRATOR, 1, 2, "too wide", 9);
        assertThat(back.number()).isEqualTo(3);
        assertThat(back.origin()).isEqualTo("rollback of 1");
        assertThat(node.current()).isSameAs(PolicySnapshot.builtIn(Profile.BASELINE));
        assertThat(house.entries()).endsWith("rollback baseline");
        assertThatThrownBy(() -> node.rollBack(allow(), ADMINISTRATOR, 1, 3, "again", 9))
            .hasMessageContaining("in force already");
        assertThatThrownBy(() -> node.rollBack(allow(), ADMINISTRATOR, 9, 3, "x", 9))
            .hasMessageContaining("no version 9");
      }
    });
  }

  @Test
  void an_edit_of_the_folder_is_the_next_version_and_a_node_with_another_folder_changes_nothing() {
    onBoth(house -> {
      house.edit("a", text("edited"));
      try (Policies node = house.node("a")) {
        assertThat(inForce(node)).isEqualTo("edited");
        publish(node, "published", 1);
      }
      // Nobody edited anything: what was published stays, also for a node that joins.
      try (Policies again = house.node("a");
          Policies joined = house.node("b")) {
        assertThat(inForce(again)).isEqualTo("published");
        assertThat(inForce(joined)).isEqualTo("published");
      }
      house.edit("a", text("edited-again"));
      try (Policies node = house.node("a")) {
        assertThat(inForce(node)).isEqualTo("edited-again");
        assertThat(node.version().origin()).isEqualTo("folder");
        assertThat(node.version().by()).isEqualTo("sallyport");
      }
    });
  }

  @Test
  void a_broken_folder_stops_the_start_whatever_was_published() {
    onBoth(house -> {
      try (Policies node = house.node("a")) {
        publish(node, "published", 1);
      }
      house.edit("a", "permit (");
      assertThatThrownBy(() -> house.node("a")).isInstanceOf(SettingsException.class);
    });
  }

  @Test
  void a_text_that_was_changed_in_the_database_rules_nothing() {
    onBoth(house -> {
      try (Policies node = house.node("a")) {
        publish(node, "mine", 1);
      }
      house
          .database
          .sql()
          .sql("UPDATE policies_text SET sources = REPLACE(sources, 'bad == 0', 'bad >= 0')")
          .update();
      assertThatThrownBy(() -> house.node("a"))
          .hasMessageContaining("is not the one that came into force");
    });
  }

  @Test
  void rows_that_are_lost_are_made_anew_from_the_ledger() {
    onBoth(house -> {
      try (Policies node = house.node("a")) {
        publish(node, "mine", 1);
        publish(node, "other", 2);
      }
      house.database.sql().sql("DELETE FROM policies_version").update();
      try (Policies node = house.node("a")) {
        assertThat(inForce(node)).isEqualTo("other");
        assertThat(node.versions(9))
            .extracting(PolicyVersion::reason)
            .containsExactly("because", "because", "the first version");
      }
    });
  }

  @Test
  void what_cannot_be_a_policy_is_not_published() {
    assertThatThrownBy(() -> Policies.checked(List.of())).isInstanceOf(PolicyRefused.class);
    assertThatThrownBy(() -> Policies.checked(List.of(new Source("../x.cedar", text("a")))))
        .hasMessageContaining("named like");
    var same = new Source("a.cedar", text("a"));
    assertThatThrownBy(() -> Policies.checked(List.of(same, same)))
        .hasMessageContaining("stands twice");
    assertThatThrownBy(() ->
            Policies.checked(
                List.of(new Source("a.cedar", "/".repeat(Policies.MAX_FILE_BYTES + 1)))))
        .hasMessageContaining("more than");
    // Of two files with one id, neither is used.
    assertThatThrownBy(() ->
            Policies.checked(
                List.of(new Source("a.cedar", text("a")), new Source("b.cedar", text("a")))))
        .isInstanceOf(PolicyRefused.class)
        .hasMessageContaining("stands already");
  }

  /// Wherever the process dies, the old policy is in force or the new one, on every later look.
  @Test
  void killed_at_any_statement_the_old_policy_is_in_force_or_the_new_one() {
    for (int step = 0; step < 4; step++) {
      for (boolean afterwards : List.of(false, true)) {
        String name = "k" + step + afterwards;
        Path file = folder.resolve(name + ".db");
        Database.sqlite(file).migrated("application").close();
        var faulty = new FaultyConnections(Database.sqliteSource(file));
        try (Database log = Database.sqlite(folder.resolve(name + "-l.db")).migrated("ledger");
            Ledger ledger = ledger(log, name)) {
          var house = new House(name, Database.over(Dialect.SQLITE, faulty.source()), ledger);
          boolean told = false;
          try (Policies node = house.node("a")) {
            faulty.failAt(step, afterwards);
            publish(node, "mine", 1);
            told = true;
          } catch (RuntimeException crashed) {
            // Nobody was told that it is in force.
          }
          faulty.failAt(Integer.MAX_VALUE, false);
          try (Policies node = house.node("a")) {
            boolean published = node.version().number() == 2;
            assertThat(published || !told).isTrue();
            assertThat(inForce(node)).isEqualTo(published ? "mine" : "push");
            long next = node.version().number();
            assertThat(publish(node, "next", next).number()).isEqualTo(next + 1);
          }
        }
      }
    }
  }

  @Test
  void a_look_older_than_a_second_is_none() {
    Path file = folder.resolve("faulty.db");
    Database.sqlite(file).migrated("application").close();
    DataSource real = Database.sqliteSource(file);
    var gone = new AtomicBoolean();
    var source =
        (DataSource)
            Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (_, method, arguments) -> {
                  if (gone.get()) {
                    throw new SQLException("gone");
                  }
                  return method.invoke(real, arguments);
                });
    try (Database log = Database.sqlite(folder.resolve("l.db")).migrated("ledger");
        Ledger ledger = ledger(log, "f")) {
      var house = new House("f", Database.over(Dialect.SQLITE, source), ledger);
      try (Policies node = house.node("a")) {
        gone.set(true);
        now.set(now.get().plusMillis(999));
        assertThat(node.current()).isNotNull();
        now.set(now.get().plusMillis(1));
        assertThatThrownBy(node::current).isInstanceOf(PolicyUnknownException.class);
        gone.set(false);
        assertThat(node.current()).isNotNull();
      }
    }
  }
}
