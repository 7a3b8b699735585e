package dev.sallyport.server.releases;

import static dev.sallyport.server.releases.Yard.JOB;
import static dev.sallyport.server.releases.Yard.KEY;
import static dev.sallyport.server.releases.Yard.RANDOM;
import static dev.sallyport.server.releases.Yard.SHOP;
import static dev.sallyport.server.releases.Yard.V1;
import static dev.sallyport.server.releases.Yard.V2;
import static dev.sallyport.server.releases.Yard.WEB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.credential.BoundTickets;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.keys.ClientAuthority;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.releases.Deployment.State;
import dev.sallyport.server.releases.Deployment.TicketState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tickets, hosts and deployments: one contract on both databases (range R22, R23).
class ReleasesTest {
  @TempDir private Path folder;
  private int next;

  private interface Law {
    void holds(Yard yard, Yard otherNode) throws Exception;
  }

  private void onBoth(Law law) {
    for (boolean postgres : List.of(false, true)) {
      Path place = folder.resolve("n" + next++);
      var now = new AtomicReference<>(Instant.parse("2026-11-25T12:00:00Z"));
      try (Database database =
              (postgres
                      ? RealPostgres.fresh()
                      : Database.sqlite(Files.createDirectory(place).resolve("a.db")))
                  .migrated("application");
          Database log =
              Database.sqlite(Files.createDirectories(place).resolve("l.db")).migrated("ledger");
          Ledger ledger =
              Ledger.open(
                  log,
                  SigningKey.generate(KeyAlgorithm.ED25519, RANDOM),
                  "example.org/" + next,
                  place.resolve("checkpoint"),
                  Yard.clock(now));
          Yard one = new Yard(database, ledger, now, place);
          Yard other = new Yard(database, ledger, now, place)) {
        law.holds(one, other);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static void refused(TicketAnswer answer, String why) {
    assertThat(answer)
        .isInstanceOfSatisfying(
            TicketAnswer.Refused.class, no -> assertThat(no.reason()).contains(why));
  }

  private static Deployment granted(TicketAnswer answer) {
    return switch (answer) {
      case TicketAnswer.Granted(Deployment deployment) -> deployment;
      case TicketAnswer.Refused no -> throw new AssertionError(no);
    };
  }

  private static void refused(Agents.Entrance entrance, String why) {
    assertThat(entrance)
        .isInstanceOfSatisfying(
            Agents.Entrance.Refused.class, no -> assertThat(no.reason()).contains(why));
  }

  @Test
  void a_stopped_place_is_told_so_until_another_ticket_is_redeemed_for_it() {
    onBoth((yard, other) -> {
      yard.withHost();
      yard.deployed(V1);
      EntityRef shop = new EntityRef("Service", "shop");
      Warrant warrant = yard.toContain(shop);
      assertThatThrownBy(() ->
              yard.releases.stop(
                  yard.toContain(new EntityRef("Service", "kiosk")), SHOP, "not this one"))
          .isInstanceOf(IllegalStateException.class);
      assertThat(yard.releases.stop(warrant, SHOP, "none is left")).contains(V1);
      assertThat(other.releases.stop(warrant, SHOP, "told twice")).contains(V1);
      assertThat(yard.told("agent")).containsOnlyOnce("stop ordered");
      var running = new Agents.Said(SHOP, null, V1, "running", "healthy", 0, "");
      assertThat(other.agents.report(WEB, List.of(running)).stop()).containsEntry(SHOP, V1);
      var stopped = new Agents.Said(SHOP, null, V1, "stopped", "unknown", 0, "by order");
      assertThat(yard.agents.report(WEB, List.of(stopped)).stop()).containsEntry(SHOP, V1);
      assertThat(yard.releases.running().getFirst().state()).isEqualTo("stopped");
      assertThat(yard.told("agent")).endsWith("report stopped");
      Releases.Issued issued = yard.issued(V2);
      yard.releases.start(JOB, issued.ticket());
      assertThat(yard.agents.report(WEB, List.of(stopped)).stop())
          .as("asked for is not let in")
          .isNotEmpty();
      granted(yard.releases.redeem(WEB, issued.ticket(), "n"));
      assertThat(yard.agents.report(WEB, List.of(stopped)).stop()).isEmpty();
    });
  }

  @Test
  void a_place_where_nothing_ever_ran_cannot_be_stopped() {
    onBoth((yard, _) -> {
      yard.withHost();
      Warrant warrant = yard.toContain(new EntityRef("Service", "shop"));
      assertThat(yard.releases.stop(warrant, SHOP, "none is left")).isEmpty();
      assertThat(yard.told("agent")).doesNotContain("stop ordered");
    });
  }

  @Test
  void a_deploy_goes_from_ruling_to_live_and_each_step_is_an_entry() {
    onBoth((yard, _) -> {
      yard.withHost();
      Releases.Issued issued = yard.issued(V1);
      assertThat(yard.releases.isLive(issued.deployment().id())).isTrue();
      assertThat(yard.agents.work(WEB, Set.of(SHOP), Duration.ZERO)).as("not started").isEmpty();
      assertThat(granted(yard.releases.start(JOB, issued.ticket())).state())
          .isEqualTo(State.REQUESTED);
      List<Agents.Offer> offers = yard.agents.work(WEB, Set.of(SHOP), Duration.ZERO);
      assertThat(offers).hasSize(1);
      Deployment redeemed = granted(yard.releases.redeem(WEB, offers.getFirst().ticket(), "n"));
      assertThat(redeemed.artifact()).isEqualTo(V1);
      assertThat(redeemed.repository()).isEqualTo("acme/shop");
      assertThat(yard.agents.work(WEB, Set.of(SHOP), Duration.ZERO)).as("used").isEmpty();
      var reply = yard.agents.report(WEB, List.of(Yard.live(redeemed.id(), V1)));
      assertThat(reply.acknowledged()).containsExactly(redeemed.id());
      RunningRelease running = yard.releases.running().getFirst();
      assertThat(running.expected()).isEqualTo(V1);
      assertThat(running.reported()).isEqualTo(V1);
      assertThat(running.live()).isNotNull();
      assertThat(yard.told("ticket"))
          .containsExactly("issue issued", "start started", "redeem redeemed");
      assertThat(yard.told("deployment"))
          .containsExactly("deploy requested", "deploy redeemed", "deploy live");
      assertThat(yard.told("agent")).containsExactly("enrol enrolled", "report running");
      Deployment second = yard.deployed(V2);
      assertThat(second.previous()).isEqualTo(V1);
      assertThat(yard.releases.find(redeemed.id()).orElseThrow().state())
          .isEqualTo(State.SUPERSEDED);
      assertThat(yard.releases.history(SHOP).stream().map(Deployment::artifact))
          .containsExactly(V2, V1);
    });
  }

  @Test
  void the_same_ruling_gives_the_same_ticket() {
    onBoth((yard, other) -> {
      yard.withHost();
      var warrant = yard.toDeploy(JOB, V1);
      Releases.Issued first = yard.releases.issue(warrant, SHOP, "acme/shop");
      yard.passes(Duration.ofSeconds(3));
      Releases.Issued again = other.releases.issue(warrant, SHOP, "acme/shop");
      assertThat(again.deployment()).isEqualTo(first.deployment());
      assertThat(yard.told("ticket")).containsExactly("issue issued");
    });
  }

  @Test
  void r23_a_ticket_counts_once_and_the_same_nonce_gets_the_same_answer() {
    onBoth((yard, other) -> {
      yard.withHost();
      Releases.Issued issued = yard.issued(V1);
      yard.releases.start(JOB, issued.ticket());
      Deployment first = granted(yard.releases.redeem(WEB, issued.ticket(), "mine"));
      // Killed before it read the answer, and back after the ticket's end.
      yard.passes(Duration.ofHours(1));
      assertThat(granted(other.releases.redeem(WEB, issued.ticket(), "mine"))).isEqualTo(first);
      refused(other.releases.redeem(WEB, issued.ticket(), "other"), "used before");
      assertThat(yard.told("ticket"))
          .containsExactly("issue issued", "start started", "redeem redeemed", "redeem refused");
      assertThat(yard.told("deployment")).containsExactly("deploy requested", "deploy redeemed");
    });
  }

  @Test
  void r23_of_many_who_redeem_at_once_on_two_nodes_one_gets_it() {
    onBoth((yard, other) -> {
      yard.withHost();
      Releases.Issued issued = yard.issued(V1);
      yard.releases.start(JOB, issued.ticket());
      List<Callable<TicketAnswer>> tries = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String nonce = "nonce-" + i;
        Yard node = i % 2 == 0 ? yard : other;
        tries.add(() -> node.releases.redeem(WEB, issued.ticket(), nonce));
      }
      int granted = 0;
      try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
        for (Future<TicketAnswer> one : pool.invokeAll(tries)) {
          granted += one.get() instanceof TicketAnswer.Granted ? 1 : 0;
        }
      }
      assertThat(granted).isEqualTo(1);
      assertThat(yard.told("ticket").stream().filter("redeem redeemed"::equals)).hasSize(1);
    });
  }

  @Test
  void r23_late_use_another_host_and_a_forged_ticket_are_refused_with_an_entry() {
    onBoth((yard, _) -> {
      yard.withHost();
      yard.agents.enrol(yard.code("db-1", "db"), Yard.request());
      Releases.Issued issued = yard.issued(V1);
      refused(yard.releases.redeem(WEB, issued.ticket(), "n"), "not started");
      yard.releases.start(JOB, issued.ticket());
      refused(yard.releases.redeem(Yard.machine("db-1"), issued.ticket(), "n"), "another host");
      refused(yard.releases.redeem(WEB, issued.ticket() + "x", "n"), "not a signed JWT");
      var thief =
          new BoundTickets(SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM), "sallyport/test");
      var claims = yard.tickets.verify(issued.ticket(), yard.now.get());
      var real = ((dev.sallyport.credential.Checked.Accepted<BoundTickets.Ticket>) claims).value();
      refused(yard.releases.redeem(WEB, thief.sign(real), "n"), "not signed by us");
      var elsewhere =
          new BoundTickets.Ticket(
              "unheard-of",
              real.caller(),
              real.thumbprint(),
              real.kind(),
              V2,
              "shop",
              "prod",
              0,
              real.expires());
      refused(yard.releases.redeem(WEB, yard.tickets.sign(elsewhere), "n"), "not known");
      yard.passes(BoundTickets.LIFETIME);
      refused(yard.releases.redeem(WEB, issued.ticket(), "n"), "expired");
      refused(yard.releases.start(JOB, issued.ticket()), "expired");
      assertThat(yard.told("ticket").stream().filter("redeem refused"::equals)).hasSize(6);
      assertThat(yard.told("deployment")).containsExactly("deploy requested");
      yard.passes(Duration.ofSeconds(31));
      yard.releases.giveUpLate();
      assertThat(yard.releases.find(issued.deployment().id()).orElseThrow().state())
          .isEqualTo(State.FAILED);
      assertThat(yard.told("deployment")).containsExactly("deploy requested", "deploy failed");
    });
  }

  @Test
  void r23_a_ticket_from_a_log_cannot_be_started_without_its_key() {
    onBoth((yard, _) -> {
      yard.withHost();
      Releases.Issued issued = yard.issued(V1);
      refused(yard.releases.start(Yard.job("7", "t".repeat(43)), issued.ticket()), "another key");
      var stranger =
          new dev.sallyport.server.identity.Caller.Person(
              "x", false, null, new dev.sallyport.server.identity.Caller.Seen(KEY, null, null));
      refused(yard.releases.start(stranger, issued.ticket()), "another key");
      granted(yard.releases.start(JOB, issued.ticket()));
      granted(yard.releases.start(JOB, issued.ticket()));
      assertThat(yard.told("deployment")).containsExactly("deploy requested");
    });
  }

  @Test
  void a_hold_on_anything_it_touches_stops_a_ticket_at_each_door() {
    onBoth((yard, other) -> {
      yard.withHost();
      List<EntityRef> things =
          List.of(
              new EntityRef("Artifact", V1),
              new EntityRef("Service", "shop"),
              new EntityRef("Environment", "prod"),
              new EntityRef("Machine", "host/web-1"),
              new EntityRef("Run", "git.example/345/7"),
              new EntityRef("Runner", "git.example/runner/9"),
              new EntityRef("Key", KEY),
              new EntityRef("Repository", "git.example/345"),
              new EntityRef("Person", "git.example/77"),
              new EntityRef("Token", "token-7"));
      for (EntityRef thing : things) {
        Releases.Issued fresh = yard.issued(V1);
        Releases.Issued started = yard.issued(V1);
        granted(yard.releases.start(JOB, started.ticket()));
        yard.hold(thing);
        yard.passes(Duration.ofSeconds(1));
        refused(other.releases.start(JOB, fresh.ticket()), "on hold");
        assertThat(other.agents.work(WEB, Set.of(SHOP), Duration.ZERO)).as(thing + "").isEmpty();
        refused(other.releases.redeem(WEB, started.ticket(), "n"), "on hold");
        assertThat(other.releases.isLive(started.deployment().id())).isFalse();
        String id = yard.standing.view().all().getFirst().id();
        yard.standing.lift(
            yard.toContain(thing).allow(), yard.toContain(thing).caller().actor(), id, "over");
        yard.passes(Duration.ofSeconds(2));
        refused(other.releases.redeem(WEB, started.ticket(), "n2"), "refused before");
      }
    });
  }

  @Test
  void a_held_place_can_be_rolled_back_and_nothing_else() {
    onBoth((yard, _) -> {
      yard.withHost();
      yard.deployed(V1);
      yard.deployed(V2);
      yard.hold(new EntityRef("Service", "shop"));
      yard.hold(new EntityRef("Environment", "prod"));
      Deployment back = yard.releases.rollback(yard.toRollBack(V1), SHOP, V1);
      assertThat(back.state()).isEqualTo(State.REQUESTED);
      List<Agents.Offer> offers = yard.agents.work(WEB, Set.of(SHOP), Duration.ZERO);
      assertThat(offers).hasSize(1);
      granted(yard.releases.redeem(WEB, offers.getFirst().ticket(), "n"));
      var reply = yard.agents.report(WEB, List.of(Yard.live(back.id(), V1)));
      assertThat(reply.held()).containsEntry(SHOP, "stolen");
      assertThat(yard.releases.running().getFirst().expected()).isEqualTo(V1);
      assertThat(yard.told("deployment")).endsWith("rollback live", "deploy superseded");
      yard.hold(new EntityRef("Artifact", V2));
      Deployment never = yard.releases.rollback(yard.toRollBack(V2), SHOP, V2);
      assertThat(yard.agents.work(WEB, Set.of(SHOP), Duration.ZERO)).isEmpty();
      assertThat(yard.releases.proveDead(never.id())).isTrue();
    });
  }

  @Test
  void there_is_no_way_back_to_what_never_was_live() {
    onBoth((yard, _) -> {
      yard.withHost();
      yard.deployed(V1);
      assertThatThrownBy(() -> yard.releases.rollback(yard.toRollBack(V2), SHOP, V2))
          .isInstanceOf(NoSuchPlaceException.class);
      assertThatThrownBy(() -> yard.releases.rollback(yard.toRollBack(V1), SHOP, V2))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> yard.releases.issue(yard.toRollBack(V1), SHOP, "acme/shop"))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() ->
              yard.releases.issue(yard.toDeploy(JOB, V1), new Place("bank", "prod"), "acme/bank"))
          .isInstanceOf(NoSuchPlaceException.class);
    });
  }

  @Test
  void tickets_of_a_thing_are_taken_back_and_proved_dead() {
    onBoth((yard, other) -> {
      yard.withHost();
      Releases.Issued fresh = yard.issued(V1);
      Releases.Issued started = yard.issued(V1);
      yard.releases.start(JOB, started.ticket());
      Releases.Issued others =
          yard.releases.issue(yard.toDeploy(Yard.job("8", KEY), V2), SHOP, "acme/shop");
      var run = new EntityRef("Run", "git.example/345/7");
      List<Deployment> revoked =
          yard.releases.revokeTickets(yard.toContain(run), run, "the run is compromised");
      assertThat(revoked.stream().map(Deployment::id))
          .containsExactlyInAnyOrder(fresh.deployment().id(), started.deployment().id());
      for (Deployment one : revoked) {
        assertThat(other.releases.isLive(one.id())).isFalse();
        assertThat(other.releases.proveDead(one.id())).isTrue();
      }
      refused(other.releases.start(JOB, fresh.ticket()), "taken back");
      refused(other.releases.redeem(WEB, started.ticket(), "n"), "taken back");
      assertThat(other.releases.isLive(others.deployment().id())).isTrue();
      assertThat(yard.releases.revokeTickets(yard.toContain(run), run, "again")).isEmpty();
      assertThat(yard.told("ticket").stream().filter("revoke revoked"::equals)).hasSize(2);
    });
  }

  @Test
  void the_end_of_a_deployment_is_told_once_however_often_it_is_reported() {
    onBoth((yard, other) -> {
      yard.withHost();
      Deployment live = yard.deployed(V1);
      for (int i = 0; i < 3; i++) {
        var reply =
            (i % 2 == 0 ? yard : other).agents.report(WEB, List.of(Yard.live(live.id(), V1)));
        assertThat(reply.acknowledged()).containsExactly(live.id());
      }
      var lie = new Agents.Said(SHOP, live.id(), V1, "failed", "unhealthy", 1, "");
      yard.agents.report(WEB, List.of(lie));
      assertThat(yard.releases.find(live.id()).orElseThrow().state()).isEqualTo(State.LIVE);
      assertThat(yard.told("deployment").stream().filter("deploy live"::equals)).hasSize(1);
      assertThat(yard.told("deployment")).doesNotContain("deploy failed");
    });
  }

  @Test
  void an_undone_deploy_leaves_what_was_expected_before() {
    onBoth((yard, _) -> {
      yard.withHost();
      yard.deployed(V1);
      Releases.Issued broken = yard.issued(V2);
      yard.releases.start(JOB, broken.ticket());
      yard.releases.redeem(WEB, broken.ticket(), "n");
      yard.agents.report(
          WEB,
          List.of(
              new Agents.Said(
                  SHOP, broken.deployment().id(), V1, "undone", "healthy", 9, "status 500")));
      Deployment undone = yard.releases.find(broken.deployment().id()).orElseThrow();
      assertThat(undone.state()).isEqualTo(State.UNDONE);
      assertThat(undone.detail()).isEqualTo("status 500");
      assertThat(yard.releases.running().getFirst().expected()).isEqualTo(V1);
      assertThat(yard.releases.history(SHOP)).hasSize(1);
    });
  }

  @Test
  void what_runs_is_an_entry_only_when_it_changes() {
    onBoth((yard, other) -> {
      yard.withHost();
      yard.deployed(V1);
      long before = yard.ledger.head().size();
      var said = new Agents.Said(SHOP, null, V1, "running", "healthy", 0, "");
      for (int i = 0; i < 5; i++) {
        (i % 2 == 0 ? yard : other).agents.report(WEB, List.of(said));
      }
      assertThat(yard.ledger.head().size()).isEqualTo(before);
      yard.agents.report(
          WEB, List.of(new Agents.Said(SHOP, null, V2, "altered", "unhealthy", 0, "changed")));
      assertThat(yard.told("agent")).endsWith("report altered");
      RunningRelease running = yard.releases.running().getFirst();
      assertThat(running.expected()).isEqualTo(V1);
      assertThat(running.reported()).isEqualTo(V2);
      assertThat(running.state()).isEqualTo("altered");
    });
  }

  @Test
  void a_host_speaks_for_its_own_places_only() {
    onBoth((yard, _) -> {
      yard.withHost();
      Deployment live = yard.deployed(V1);
      var db = Yard.machine("db-1");
      yard.agents.enrol(yard.code("db-1", "db"), Yard.request());
      assertThatThrownBy(() ->
              yard.agents.report(
                  db, List.of(new Agents.Said(SHOP, null, V2, "running", "healthy", 0, ""))))
          .isInstanceOf(NoSuchPlaceException.class);
      assertThatThrownBy(() ->
              yard.agents.report(
                  db,
                  List.of(
                      new Agents.Said(
                          new Place("db", "prod"), live.id(), V1, "live", "healthy", 0, ""))))
          .isInstanceOf(NoSuchPlaceException.class);
      assertThatThrownBy(() -> yard.agents.report(Yard.machine("stranger"), List.of()))
          .isInstanceOf(NoSuchPlaceException.class);
      assertThatThrownBy(() -> yard.code("db-1", "shop"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("another host's");
      Releases.Issued waiting = yard.issued(V2);
      yard.releases.start(JOB, waiting.ticket());
      assertThat(yard.agents.work(db, Set.of(SHOP), Duration.ZERO)).isEmpty();
    });
  }

  @Test
  void a_code_lets_one_key_in_once() {
    onBoth((yard, other) -> {
      String code = yard.code("web-1", "shop", "cart");
      assertThat(yard.agents.enrol(code, Yard.request()))
          .isInstanceOf(Agents.Entrance.Welcome.class);
      // The answer was lost: the same key may ask again.
      assertThat(other.agents.enrol(code, Yard.request()))
          .isInstanceOf(Agents.Entrance.Welcome.class);
      SigningKey thief = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
      refused(other.agents.enrol(code, ClientAuthority.request(thief, "x")), "used before");
      assertThat(yard.told("agent")).containsExactly("enrol enrolled", "enrol refused");
      assertThat(yard.releases.running()).hasSize(2);
    });
  }

  @Test
  void a_code_is_guessed_five_times_at_most() {
    onBoth((yard, other) -> {
      String code = yard.code("web-1", "shop");
      String wrong = code.substring(0, 7) + "a".repeat(20);
      for (int i = 0; i < 5; i++) {
        refused((i % 2 == 0 ? yard : other).agents.enrol(wrong, Yard.request()), "no such code");
      }
      refused(yard.agents.enrol(code, Yard.request()), "too often");
      refused(yard.agents.enrol("zzzzzz-" + "a".repeat(20), Yard.request()), "no such code");
      refused(yard.agents.enrol("", Yard.request()), "no such code");
      assertThat(yard.told("agent")).hasSize(6).containsOnly("enrol refused");
    });
  }

  @Test
  void a_code_ends_after_ten_minutes() {
    onBoth((yard, _) -> {
      String code = yard.code("web-1", "shop");
      yard.passes(Duration.ofMinutes(10));
      refused(yard.agents.enrol(code, Yard.request()), "expired");
    });
  }

  @Test
  void a_held_host_gets_no_certificate_and_no_ticket_but_is_heard() {
    onBoth((yard, other) -> {
      yard.withHost();
      assertThat(yard.agents.renew(WEB, Yard.request()))
          .isInstanceOf(Agents.Entrance.Welcome.class);
      yard.hold(new EntityRef("Machine", "host/web-1"));
      yard.passes(Duration.ofSeconds(1));
      refused(other.agents.renew(WEB, Yard.request()), "on hold");
      var reply =
          other.agents.report(
              WEB, List.of(new Agents.Said(SHOP, null, null, "empty", "unknown", 0, "")));
      assertThat(reply.held()).containsKey(SHOP);
      refused(other.agents.renew(Yard.machine("stranger"), Yard.request()), "not let in");
    });
  }

  @Test
  void silence_is_an_entry_and_so_is_the_end_of_it() {
    onBoth((yard, other) -> {
      yard.withHost();
      yard.passes(Agents.SILENCE);
      yard.agents.listen();
      assertThat(yard.told("agent")).containsExactly("enrol enrolled");
      yard.passes(Duration.ofSeconds(1));
      yard.agents.listen();
      other.agents.listen();
      assertThat(yard.told("agent")).containsExactly("enrol enrolled", "silent silent");
      assertThat(yard.releases.running().getFirst().silent()).isTrue();
      yard.agents.report(WEB, List.of());
      other.agents.report(WEB, List.of());
      assertThat(yard.told("agent"))
          .containsExactly("enrol enrolled", "silent silent", "back back");
      assertThat(yard.releases.running().getFirst().silent()).isFalse();
    });
  }

  @Test
  void r22_a_tag_is_no_artifact_anywhere() {
    onBoth((yard, _) -> {
      yard.withHost();
      assertThatThrownBy(() -> yard.toDeploy(JOB, "shop:latest"))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(
              () -> new Agents.Said(SHOP, null, "shop:latest", "running", "healthy", 0, ""))
          .isInstanceOf(IllegalArgumentException.class);
    });
  }

  @Test
  void every_state_of_a_ticket_has_a_word() {
    assertThat(TicketState.values()).extracting(TicketState::word).doesNotHaveDuplicates();
    assertThat(State.values()).extracting(State::word).doesNotHaveDuplicates();
  }
}
