package dev.sallyport.server.sentinel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.Dialect;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Responses on both databases, and under every crash.
class ResponsesTest {
  private static final EntityRef RUN3 = new EntityRef("Run", "forge/1/3");
  private static final Responses.Wanted RUN3_STOLEN =
      new Responses.Wanted(RUN3, List.of(), "stolen runner", false);

  /// Every so-manieth write is one to die at: `-Dsallyport.stride=1` tries all.
  private static final int STRIDE = Integer.getInteger("sallyport.stride", 9);

  @TempDir Path folder;

  private int next;

  private interface Law {
    void holds(Tower tower) throws Exception;
  }

  private void onBoth(Law law) throws Exception {
    onBoth(Settings.NONE, law);
  }

  private void onBoth(Settings settings, Law law) throws Exception {
    for (boolean postgres : List.of(false, true)) {
      Path data = Files.createDirectories(folder.resolve((postgres ? "p" : "s") + next++));
      try (Database database =
              (postgres ? RealPostgres.fresh() : Database.sqlite(data.resolve("a.db")))
                  .migrated("application");
          Database log = Database.sqlite(data.resolve("l.db")).migrated("ledger");
          Ledger ledger =
              Ledger.open(
                  log, Tower.LOG_KEY, "example.org/x", data.resolve("c"), Clock.systemUTC());
          Tower tower =
              new Tower(database, ledger, new Tower.World(), data, Clock.systemUTC(), settings)) {
        law.holds(tower);
      }
    }
  }

  /// v1 and v2 by a good runner, v3 by a stolen one.
  private static void threeReleases(Tower tower) {
    tower.released("1", "forge/runner/1", Tower.V1);
    tower.released("2", "forge/runner/1", Tower.V2);
    tower.released("3", "forge/runner/666", Tower.V3);
    tower.settle();
  }

  private static Response contained(Tower tower, Responses.Wanted wanted) {
    Response response = tower.responses.contain(tower.toContain(wanted.target(), "ask"), wanted);
    tower.settle();
    return tower.responses.response(response.id()).orElseThrow();
  }

  private static List<String> results(Tower tower, Response response) {
    return tower.responses.steps(response.id()).stream()
        .map(step -> step.kind().word() + " " + step.state())
        .toList();
  }

  @Test
  void r26_a_compromised_release_is_taken_back_to_the_newest_good_one() throws Exception {
    onBoth(tower -> {
      threeReleases(tower);
      Response response = contained(tower, RUN3_STOLEN);
      assertThat(response.state()).isEqualTo(Response.State.FINISHED);
      assertThat(results(tower, response))
          .containsExactly(
              "hold done",
              "revoke-tokens done",
              "revoke-leases done",
              "revoke-tickets done",
              "tombstone done",
              "revoke-tickets done",
              "roll-back done");
      assertThat(tower.world.running).containsEntry(Tower.SHOP, Tower.V2);
      assertThat(tower.world.dead).containsExactly("token-3");
      assertThat(tower.standing.view().withdrawn(Tower.V3)).isTrue();
      assertThat(tower.standing.view().withdrawn(Tower.V2)).isFalse();
      assertThat(tower.standing.on(List.of(RUN3))).hasSize(1);
      assertThat(tower.told("response"))
          .contains("contain planned", "contain finished")
          .filteredOn("contain done"::equals)
          .hasSize(7);
    });
  }

  /// Whoever contains a run must not be made to withdraw what an honest one made: a bad run can
  /// claim any digest as its product, push its bytes once more, or only deploy it.
  @Test
  void r25_a_run_cannot_drag_a_release_that_another_made_down_with_it() throws Exception {
    onBoth(tower -> {
      tower.released("1", "forge/runner/1", Tower.V1);
      tower.released("2", "forge/runner/1", Tower.V2);
      tower.tell(
          "step",
          "end",
          "succeeded",
          "workload",
          "Step=s3",
          "Run=forge/1/3",
          "Artifact=" + Tower.V1,
          "Artifact=" + Tower.V3);
      for (String action : List.of("publish", "deploy")) {
        tower.tell(
            "decision",
            action,
            "allowed",
            "workload",
            "Environment=prod",
            "Artifact=" + Tower.V2,
            "Run=forge/1/3",
            "Runner=forge/runner/666",
            "enforced:true");
      }
      tower.settle();
      Response response = contained(tower, RUN3_STOLEN);
      assertThat(response.state()).isEqualTo(Response.State.FINISHED);
      assertThat(tower.standing.view().withdrawn(Tower.V1)).isFalse();
      assertThat(tower.standing.view().withdrawn(Tower.V2)).isFalse();
      assertThat(tower.standing.view().withdrawn(Tower.V3))
          .as("a product that nobody else made is believed, for want of better")
          .isTrue();
      assertThat(tower.world.running).containsEntry(Tower.SHOP, Tower.V2);
    });
  }

  /// Whoever names the digest itself means the digest, whoever made it.
  @Test
  void a_digest_that_is_named_is_withdrawn_whoever_made_it() throws Exception {
    onBoth(tower -> {
      threeReleases(tower);
      contained(
          tower,
          new Responses.Wanted(new EntityRef("Artifact", Tower.V3), List.of(), "found bad", false));
      assertThat(tower.standing.view().withdrawn(Tower.V3)).isTrue();
      assertThat(tower.world.running).containsEntry(Tower.SHOP, Tower.V2);
    });
  }

  @Test
  void a_release_that_shares_the_runner_or_the_dependency_is_not_gone_back_to() throws Exception {
    onBoth(tower -> {
      for (String run : List.of("2", "3")) {
        tower.tell(
            "step",
            "end",
            "succeeded",
            "workload",
            "Step=s" + run,
            "Run=forge/1/" + run,
            "dependencies:[pkg:npm/left-pad@1.3.0?x=y,pkg:npm/good@1]");
      }
      threeReleases(tower);
      var dependency = new EntityRef("Dependency", "pkg:npm/left-pad@1.3.0");
      contained(tower, new Responses.Wanted(RUN3, List.of(dependency), "poisoned", false));
      assertThat(tower.world.running).containsEntry(Tower.SHOP, Tower.V1);
    });
  }

  @Test
  void r24_a_release_whose_evidence_does_not_hold_today_is_passed_over() throws Exception {
    onBoth(tower -> {
      threeReleases(tower);
      tower.world.refused.add(Tower.V2);
      contained(tower, RUN3_STOLEN);
      assertThat(tower.world.running).containsEntry(Tower.SHOP, Tower.V1);
    });
  }

  @Test
  void a_release_that_does_not_become_healthy_is_not_the_last_try() throws Exception {
    onBoth(tower -> {
      threeReleases(tower);
      tower.world.broken.add(Tower.V2);
      Response response = contained(tower, RUN3_STOLEN);
      assertThat(response.state()).isEqualTo(Response.State.FINISHED);
      assertThat(tower.world.running).containsEntry(Tower.SHOP, Tower.V1);
    });
  }

  @Test
  void where_none_is_left_the_service_is_held_a_person_called_and_nothing_unverified_run()
      throws Exception {
    onBoth(tower -> {
      threeReleases(tower);
      tower.world.refused.addAll(Set.of(Tower.V1, Tower.V2));
      Response response = contained(tower, RUN3_STOLEN);
      assertThat(results(tower, response)).endsWith("roll-back failed");
      assertThat(tower.world.deployments).isEmpty();
      assertThat(tower.standing.on(List.of(new EntityRef("Service", "shop")))).hasSize(1);
      assertThat(tower.told("incident")).contains("page paged");
      String incident = tower.sentinel.incidents(1).getFirst().id();
      assertThat(tower.sentinel.incident(incident).orElseThrow().findings())
          .anyMatch(found -> found.text().contains("no release"));
    });
  }

  @Test
  void where_none_is_left_the_place_is_stopped_only_if_the_response_may() throws Exception {
    for (boolean mayStop : List.of(false, true)) {
      onBoth(tower -> {
        threeReleases(tower);
        tower.world.refused.addAll(Set.of(Tower.V1, Tower.V2));
        Response response =
            contained(tower, new Responses.Wanted(RUN3, List.of(), "stolen", mayStop));
        assertThat(tower.world.stopped.contains(Tower.SHOP)).isEqualTo(mayStop);
        assertThat(tower.world.deployments).isEmpty();
        assertThat(tower.responses.steps(response.id()).getLast().result())
            .contains("the service is held" + (mayStop ? " and its host told to stop it" : ";"));
      });
    }
  }

  @Test
  void a_response_that_may_stop_stops_nothing_while_a_good_release_is_left() throws Exception {
    onBoth(tower -> {
      threeReleases(tower);
      contained(tower, new Responses.Wanted(RUN3, List.of(), "stolen", true));
      assertThat(tower.world.stopped).isEmpty();
      assertThat(tower.world.running).containsEntry(Tower.SHOP, Tower.V2);
    });
  }

  @Test
  void a_dry_run_is_the_plan_and_changes_nothing() throws Exception {
    onBoth(tower -> {
      threeReleases(tower);
      long entries = tower.ledger.head().size();
      List<Response.Step> dry = tower.responses.dryRun(RUN3_STOLEN);
      assertThat(tower.responses.dryRun(RUN3_STOLEN)).isEqualTo(dry);
      assertThat(tower.ledger.head().size()).isEqualTo(entries);
      assertThat(tower.standing.view().all()).isEmpty();
      assertThat(tower.world.running).containsEntry(Tower.SHOP, Tower.V3);
      Response response = contained(tower, RUN3_STOLEN);
      assertThat(tower.responses.steps(response.id()))
          .extracting(Response.Step::kind)
          .isEqualTo(dry.stream().map(Response.Step::kind).toList());
    });
  }

  @Test
  void a_token_that_is_still_taken_makes_its_step_fail() throws Exception {
    onBoth(tower -> {
      threeReleases(tower);
      tower.world.undying.add("token-3");
      Response response = contained(tower, RUN3_STOLEN);
      assertThat(results(tower, response)).contains("revoke-tokens failed", "roll-back done");
    });
  }

  @Test
  void undoing_lifts_the_holds_and_gives_digests_back_only_when_asked() throws Exception {
    onBoth(tower -> {
      threeReleases(tower);
      Response response = contained(tower, RUN3_STOLEN);
      Response undo =
          tower
              .responses
              .undo(tower.toContain(RUN3, "undo"), response.id(), false, "was ours")
              .orElseThrow();
      // From the first moment its steps are given: nobody may work out others.
      assertThat(undo.state()).isEqualTo(Response.State.RUNNING);
      tower.settle();
      assertThat(results(tower, undo)).containsExactly("lift done");
      assertThat(tower.standing.on(List.of(RUN3))).isEmpty();
      assertThat(tower.standing.view().withdrawn(Tower.V3)).isTrue();
      tower.responses.undo(tower.toContain(RUN3, "undo all"), response.id(), true, "was ours");
      tower.settle();
      assertThat(tower.standing.view().withdrawn(Tower.V3)).isFalse();
    });
  }

  @Test
  void the_last_administrator_and_the_sentinel_itself_are_never_held() throws Exception {
    onBoth(tower -> {
      for (EntityRef thing :
          List.of(new EntityRef("Person", "administrator"), new EntityRef("Machine", "sentinel"))) {
        Response response =
            tower.responses.contain(
                tower.toContain(thing, "ask " + thing),
                new Responses.Wanted(thing, List.of(), "lock them out", false));
        tower.settle();
        assertThat(results(tower, response)).containsExactly("hold skipped");
      }
      assertThat(tower.standing.view().all()).isEmpty();
    });
  }

  @Test
  void a_run_hides_no_token_behind_more_than_one_list_of_them() throws Exception {
    onBoth(tower -> {
      threeReleases(tower);
      for (int token = 0; token < 2 * Tower.MOST_LIVING; token++) {
        tower.world.tokens.put("many-" + token, RUN3.id());
      }
      contained(tower, RUN3_STOLEN);
      assertThat(tower.world.living(RUN3.id())).isEmpty();
    });
  }

  @Test
  void what_a_bad_run_built_is_withdrawn_though_another_published_it_and_it_sent_it_again()
      throws Exception {
    onBoth(tower -> {
      tower.released("1", "forge/runner/1", Tower.V1);
      tower.tell(
          "step",
          "end",
          "succeeded",
          "workload",
          "Step=s3",
          "Run=forge/1/3",
          "Artifact=" + Tower.V3);
      tower.released("2", "forge/runner/1", Tower.V3);
      tower.released("3", "forge/runner/1", Tower.V3);
      tower.settle();
      contained(tower, RUN3_STOLEN);
      assertThat(tower.standing.view().withdrawn(Tower.V3)).isTrue();
      assertThat(tower.world.running).containsEntry(Tower.SHOP, Tower.V1);
    });
  }

  @Test
  void an_entry_that_cannot_be_read_blinds_nobody_to_what_follows() throws Exception {
    onBoth(tower -> {
      tower.tell(
          "decision",
          "readSecret",
          "not-permitted",
          "workload",
          "A".repeat(64) + "=x",
          "Run=forge/1/9",
          "fork:true");
      usedElsewhere(tower, 1);
      for (int i = 0; i < 20 && tower.sentinel.next() < tower.ledger.head().size(); i++) {
        try {
          tower.sentinel.read();
        } catch (RuntimeException tried) {
          assertThat(i).isLessThan(8);
        }
      }
      tower.settle();
      assertThat(tower.standing.on(List.of(new EntityRef("Run", "forge/1/1")))).hasSize(1);
      assertThat(tower.told("incident")).contains("page paged");
    });
  }

  private static void usedElsewhere(Tower tower, int run) {
    for (String network : List.of("192.0.2.1", "198.51.100.1")) {
      tower.tell(
          "decision",
          "deploy",
          "allowed",
          "workload",
          "Environment=prod",
          "Run=forge/1/" + run,
          "token:t" + run,
          "network:" + network);
    }
  }

  @Test
  void a_playbook_holds_by_itself_and_the_kill_switch_stops_that_at_once() throws Exception {
    onBoth(tower -> {
      usedElsewhere(tower, 1);
      tower.settle();
      assertThat(tower.standing.on(List.of(new EntityRef("Run", "forge/1/1")))).hasSize(1);
      tower.responses.switchAutomatic(
          tower.toContain(new EntityRef("Machine", "sentinel"), "off"), false, "drill");
      usedElsewhere(tower, 2);
      tower.settle();
      assertThat(tower.standing.on(List.of(new EntityRef("Run", "forge/1/2")))).isEmpty();
      assertThat(tower.told("response")).contains("token-elsewhere stopped");
      threeReleases(tower);
      contained(tower, RUN3_STOLEN);
      assertThat(tower.world.running).containsEntry(Tower.SHOP, Tower.V2);
    });
  }

  @Test
  void r25_forged_findings_run_into_the_cap_of_the_hour_and_call_a_person() throws Exception {
    onBoth(tower -> {
      for (int run = 1; run <= 6; run++) {
        usedElsewhere(tower, run);
        tower.settle();
      }
      assertThat(tower.standing.view().all()).hasSize(3);
      assertThat(tower.told("incident")).filteredOn("page paged"::equals).hasSize(3);
    });
  }

  private static Edge edge(String fromType, String from, String toType, String to, String kind) {
    return new Edge(new EntityRef(fromType, from), new EntityRef(toType, to), kind, true, 1);
  }

  @Test
  void a_response_that_is_too_wide_is_refused_before_it_begins() throws Exception {
    onBoth(tower -> {
      tower.database.inTransaction(() -> {
        for (int run = 0; run < 1700; run++) {
          tower.edges.add(edge("Person", "p", "Run", "f/1/" + run, "started"));
        }
      });
      var person = new EntityRef("Person", "p");
      assertThatThrownBy(
              () -> tower.responses.dryRun(new Responses.Wanted(person, List.of(), "x", false)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("narrower");
    });
  }

  @Test
  void killed_at_any_write_it_goes_on_and_does_each_thing_once() throws Exception {
    // Reading, planning, each step: from the first write to the last, some left out for time.
    int died = 0;
    for (int steps = 1; steps < 400; steps += STRIDE) {
      Path data = Files.createDirectories(folder.resolve("k" + steps));
      if (!dies(data, steps)) {
        break;
      }
      died++;
    }
    assertThat(died).isGreaterThan(60 / STRIDE);
  }

  /// One process that dies after so many writes, and one after it that goes on; false where the
  /// first came to its end alive.
  private static boolean dies(Path data, int steps) throws Exception {
    var world = new Tower.World();
    try (Database database = Database.sqlite(data.resolve("a.db")).migrated("application");
        Database log = Database.sqlite(data.resolve("l.db")).migrated("ledger");
        Ledger ledger = ledger(log, data)) {
      Tower.released(ledger, world, "1", "r1", Tower.V1);
      Tower.released(ledger, world, "2", "r1", Tower.V2);
      Tower.released(ledger, world, "3", "r666", Tower.V3);
      assertThat(database.dialect()).isEqualTo(Dialect.SQLITE);
    }
    var life = new Mortal.Life(steps);
    boolean asked = firstLife(data, world, life);
    try (Database database = Database.sqlite(data.resolve("a.db"));
        Database log = Database.sqlite(data.resolve("l.db"));
        Ledger ledger = ledger(log, data);
        Tower tower = new Tower(database, ledger, world, data, Clock.systemUTC(), Settings.NONE)) {
      if (!asked) {
        // The person was never answered, and asks again with the same retry.
        tower.responses.contain(tower.toContain(RUN3, "ask"), RUN3_STOLEN);
      }
      tower.settle();
      assertThat(world.running).containsEntry(Tower.SHOP, Tower.V2);
      assertThat(world.deployments).hasSize(1);
      assertThat(tower.standing.view().all()).hasSize(2);
      assertThat(tower.told("hold")).containsExactlyInAnyOrder("hold held", "tombstone withdrawn");
      assertThat(tower.told("response")).filteredOn("contain done"::equals).hasSize(7);
    }
    return life.isOver();
  }

  private static Ledger ledger(Database log, Path data) {
    return Ledger.open(log, Tower.LOG_KEY, "example.org/x", data.resolve("c"), Clock.systemUTC());
  }

  /// Whether the person was answered.
  private static boolean firstLife(Path data, Tower.World world, Mortal.Life life) {
    var database =
        Database.over(
            Dialect.SQLITE, Mortal.source(Database.sqliteSource(data.resolve("a.db")), life));
    var log =
        Database.over(
            Dialect.SQLITE, Mortal.source(Database.sqliteSource(data.resolve("l.db")), life));
    boolean answered = false;
    try (Ledger ledger = ledger(log, data);
        Tower tower = new Tower(database, ledger, world, data, Clock.systemUTC(), Settings.NONE)) {
      try {
        tower.responses.contain(tower.toContain(RUN3, "ask"), RUN3_STOLEN);
        answered = true;
        for (int i = 0; i < 50 && !life.isOver(); i++) {
          tower.sentinel.read();
          if (!tower.responses.workOnce() && tower.responseStore.unfinished(1).isEmpty()) {
            return true;
          }
        }
      } catch (RuntimeException dead) {
        if (!life.isOver()) {
          throw dead;
        }
      }
    }
    return answered;
  }
}
