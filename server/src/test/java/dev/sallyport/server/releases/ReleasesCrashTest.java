package dev.sallyport.server.releases;

import static dev.sallyport.server.releases.Yard.JOB;
import static dev.sallyport.server.releases.Yard.RANDOM;
import static dev.sallyport.server.releases.Yard.SHOP;
import static dev.sallyport.server.releases.Yard.V1;
import static dev.sallyport.server.releases.Yard.V2;
import static dev.sallyport.server.releases.Yard.WEB;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.Dialect;
import dev.sallyport.server.db.FaultyConnections;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.releases.Deployment.State;
import dev.sallyport.server.releases.Deployment.TicketState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The plug is pulled before and after every statement that a deploy and a roll-back write; then
/// the server starts again, everybody asks again what he had no answer to, and it ends as if
/// nothing had been.
class ReleasesCrashTest {
  private static final int MOST_STEPS = 200;

  @TempDir private Path folder;
  private int next;

  @Test
  void a_deploy_and_a_rollback_end_the_same_wherever_sqlite_fails() throws Exception {
    everywhere(Dialect.SQLITE);
  }

  @Test
  void a_deploy_and_a_rollback_end_the_same_wherever_postgresql_fails() throws Exception {
    everywhere(Dialect.POSTGRESQL);
  }

  private void everywhere(Dialect dialect) throws Exception {
    for (boolean afterwards : List.of(false, true)) {
      // A database of another process is slow: there each step fails once, before or afterwards.
      int stride = dialect == Dialect.SQLITE ? 1 : 2;
      int step = afterwards ? stride - 1 : 0;
      try (HikariDataSource pool = pool(dialect)) {
        while (fails(dialect, pool, step, afterwards)) {
          step += stride;
          assertThat(step).isLessThan(MOST_STEPS);
        }
      }
      assertThat(step).as("steps of the story").isGreaterThan(8);
    }
  }

  private HikariDataSource pool(Dialect dialect) {
    var config = new HikariConfig();
    config.setMaximumPoolSize(4);
    switch (dialect) {
      case SQLITE ->
          config.setDataSource(Database.sqliteSource(folder.resolve("a" + next++ + ".db")));
      case POSTGRESQL -> {
        config.setJdbcUrl(RealPostgres.freshUrl());
        config.setUsername("postgres");
        config.setPassword("postgres");
      }
    }
    var pool = new HikariDataSource(config);
    Database.over(dialect, pool).migrated("application");
    return pool;
  }

  private static void emptied(Database database) {
    for (String table :
        List.of("releases_code", "releases_agent", "releases_place", "releases_deployment")) {
      database.sql().sql("DELETE FROM " + table).update();
    }
  }

  /// Whether the story has a step of this number to fail at.
  private boolean fails(Dialect dialect, DataSource real, int step, boolean afterwards)
      throws Exception {
    Path place = Files.createDirectory(folder.resolve("c" + next++));
    var now = new AtomicReference<>(Instant.parse("2026-11-25T12:00:00Z"));
    emptied(Database.over(dialect, real));
    var faulty = new FaultyConnections(real);
    try (Database log = Database.sqlite(place.resolve("l.db")).migrated("ledger");
        Ledger ledger =
            Ledger.open(
                log,
                SigningKey.generate(KeyAlgorithm.ED25519, RANDOM),
                "example.org/crash",
                place.resolve("checkpoint"),
                Yard.clock(now))) {
      Database database = Database.over(dialect, faulty.source());
      var client = new Client();
      boolean crashed = false;
      try (Yard doomed = new Yard(database, ledger, now, place).withHost()) {
        doomed.deployed(V1);
        client.prepare(doomed);
        faulty.failAt(step, afterwards);
        try {
          client.goOn(doomed);
        } catch (RuntimeException pulled) {
          crashed = true;
        }
      }
      faulty.failAt(Integer.MAX_VALUE, false);
      try (Yard again = new Yard(database, ledger, now, place)) {
        client.goOn(again);
        client.check(again, dialect + " step " + step + (afterwards ? " after" : " before"));
      }
      return crashed;
    }
  }

  /// The job, the host and the owner: each keeps what it got an answer to, and asks again for the
  /// rest with the same words.
  private static final class Client {
    private @Nullable Warrant deploy;
    private @Nullable Warrant back;
    private String ticket = "";
    private boolean started;
    private boolean redeemed;
    private boolean live;
    private String rollback = "";
    private boolean backLive;

    void prepare(Yard yard) {
      deploy = yard.toDeploy(JOB, V2);
      back = yard.toRollBack(V1);
    }

    void goOn(Yard yard) {
      if (ticket.isEmpty()) {
        ticket = yard.releases.issue(requireNonNull(deploy), SHOP, "acme/shop").ticket();
      }
      if (!started) {
        assertThat(yard.releases.start(JOB, ticket)).isInstanceOf(TicketAnswer.Granted.class);
        started = true;
      }
      if (!redeemed) {
        assertThat(yard.releases.redeem(WEB, ticket, "n")).isInstanceOf(TicketAnswer.Granted.class);
        redeemed = true;
      }
      String id = yard.releases.issue(requireNonNull(deploy), SHOP, "acme/shop").deployment().id();
      if (!live) {
        yard.agents.report(WEB, List.of(Yard.live(id, V2)));
        live = true;
      }
      if (rollback.isEmpty()) {
        rollback = yard.releases.rollback(requireNonNull(back), SHOP, V1).id();
      }
      if (!backLive) {
        List<Agents.Offer> offers = yard.agents.work(WEB, Set.of(SHOP), Duration.ZERO);
        for (Agents.Offer offer : offers) {
          assertThat(yard.releases.redeem(WEB, offer.ticket(), "m"))
              .isInstanceOf(TicketAnswer.Granted.class);
        }
        Deployment at = yard.releases.find(rollback).orElseThrow();
        assertThat(at.ticket()).isEqualTo(TicketState.REDEEMED);
        yard.agents.report(WEB, List.of(Yard.live(rollback, V1)));
        backLive = true;
      }
    }

    void check(Yard yard, String when) {
      assertThat(yard.told("ticket"))
          .as(when)
          .containsExactly(
              "issue issued",
              "start started",
              "redeem redeemed",
              "issue issued",
              "start started",
              "redeem redeemed",
              "issue issued",
              "start started",
              "redeem redeemed");
      assertThat(yard.told("deployment"))
          .as(when)
          .containsExactlyInAnyOrder(
              "deploy requested",
              "deploy redeemed",
              "deploy live",
              "deploy requested",
              "deploy redeemed",
              "deploy live",
              "deploy superseded",
              "rollback requested",
              "rollback redeemed",
              "rollback live",
              "deploy superseded");
      assertThat(yard.releases.history(SHOP).stream().map(Deployment::state))
          .as(when)
          .containsExactlyInAnyOrder(State.LIVE, State.SUPERSEDED, State.SUPERSEDED);
      RunningRelease running = yard.releases.running().getFirst();
      assertThat(running.expected()).as(when).isEqualTo(V1);
      assertThat(running.reported()).as(when).isEqualTo(V1);
      assertThat(running.deployment()).as(when).isEqualTo(rollback);
    }
  }
}
