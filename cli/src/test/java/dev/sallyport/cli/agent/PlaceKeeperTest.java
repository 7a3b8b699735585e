package dev.sallyport.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.cli.agent.AgentConfig.Health;
import dev.sallyport.cli.agent.AgentConfig.Probe;
import dev.sallyport.cli.agent.AgentConfig.Service;
import dev.sallyport.cli.agent.ControlPlane.Offer;
import dev.sallyport.cli.agent.ControlPlane.PlaceName;
import dev.sallyport.cli.agent.ControlPlane.Redemption;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One place of a host, with real processes, pulled out of the wall at every step.
class PlaceKeeperTest {
  private static final PlaceName PLACE = new PlaceName("shop", "prod");
  private static final String GOOD = "#!/bin/sh\nexit 0\n";
  private static final String BAD = "#!/bin/sh\nexit 1\n";

  @TempDir private Path folder;
  private final String mark = UUID.randomUUID().toString();
  private TinyRegistry registry = new TinyRegistry();
  private TinyServer server = new TinyServer();
  private Path host = Path.of("unset");
  private int hosts;
  private int patience;
  private String v1 = "";
  private String v2 = "";
  private String broken = "";

  /// The plug was pulled.
  private static final class Halted extends Error {
    private static final long serialVersionUID = 1L;
  }

  @BeforeEach
  void freshHost() {
    host = folder.resolve("host" + hosts++);
    registry = new TinyRegistry();
    server = new TinyServer();
    v1 = release("1", GOOD);
    v2 = release("2", GOOD);
    broken = release("3", BAD);
  }

  @AfterEach
  void killAll() {
    for (List<Long> left = living(); !left.isEmpty(); left = living()) {
      left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    }
  }

  private String release(String version, String check) {
    return registry.release(
        Map.of("bin/run", "#!/bin/sh\nexec sleep 300\n", "bin/check", check, "version", version));
  }

  private Service service() {
    return new Service(
        "shop",
        "prod",
        "acme/shop",
        host.resolve("shop"),
        List.of("bin/run"),
        null,
        Map.of("MARK", mark),
        null,
        new Health(new Probe.Command(List.of("bin/check")), patience, 1),
        5,
        2);
  }

  private PlaceKeeper keeper(CrashPoints crashes) {
    return new PlaceKeeper(
        service(),
        host.resolve("state"),
        server,
        registry,
        1 << 20,
        Clock.systemUTC(),
        new SecureRandom(),
        crashes);
  }

  private PlaceKeeper started() {
    PlaceKeeper keeper = keeper(_ -> {});
    keeper.recover();
    return keeper;
  }

  private Offer ticket(String digest) {
    String ticket = "ticket-" + server.tickets.size();
    server.tickets.put(
        ticket, new Redemption.Granted("deployment-" + ticket, PLACE, digest, "acme/shop"));
    return new Offer("deployment-" + ticket, ticket, PLACE, false);
  }

  private void tell(PlaceKeeper keeper) {
    keeper.acknowledged(server.report(List.of(keeper.report())).acknowledged());
  }

  private void deploy(PlaceKeeper keeper, String digest) {
    keeper.take(ticket(digest));
    tell(keeper);
  }

  /// Living processes of this test's service, by the mark in their environment; not the checks.
  private List<Long> living() {
    var living = new ArrayList<Long>();
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      for (Path process : all.filter(p -> p.getFileName().toString().matches("[0-9]+")).toList()) {
        try {
          String environment =
              new String(
                  Files.readAllBytes(process.resolve("environ")), StandardCharsets.ISO_8859_1);
          String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
          boolean zombie = stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z");
          if (environment.contains("MARK=" + mark) && !zombie) {
            living.add(Long.parseLong(process.getFileName().toString()));
          }
        } catch (IOException gone) {
          // It ended meanwhile.
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return living;
  }

  private String environment(long pid, String name) throws IOException {
    for (String one :
        new String(
                Files.readAllBytes(Path.of("/proc", Long.toString(pid), "environ")),
                StandardCharsets.ISO_8859_1)
            .split("\0", -1)) {
      if (one.startsWith(name + "=")) {
        return one.substring(name.length() + 1);
      }
    }
    return "";
  }

  /// The whole invariant, at any moment: `current` points to a complete verified release or is not
  /// there; nothing half unpacked lies in `releases`; at most one process runs; no ticket was
  /// handed in twice, no deployment ended in two ways.
  private void check(String when) throws IOException {
    Path link = host.resolve("shop/current");
    if (Files.exists(link, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      assertThat(link.toRealPath()).as(when).isDirectory();
      assertComplete(link.toRealPath(), when);
    }
    Path releases = host.resolve("shop/releases");
    if (Files.exists(releases)) {
      try (Stream<Path> all = Files.list(releases)) {
        for (Path one : all.toList()) {
          assertComplete(one, when);
        }
      }
    }
    assertThat(living()).as(when).hasSizeLessThanOrEqualTo(1);
    assertThat(server.misuse).as(when).isEmpty();
  }

  private void assertComplete(Path release, String when) throws IOException {
    String hex = release.getFileName().toString();
    String version = Files.readString(release.resolve("version"));
    String wanted = version.equals("1") ? v1 : version.equals("2") ? v2 : broken;
    assertThat("sha256:" + hex).as(when).isEqualTo(wanted);
    assertThat(Files.readString(release.resolve("NOTE"))).as(when).isEqualTo("a plain file");
    assertThat(Files.readString(release.resolve("bin/check")))
        .as(when)
        .isEqualTo(wanted.equals(broken) ? BAD : GOOD);
    assertThat(Files.isExecutable(release.resolve("bin/run"))).as(when).isTrue();
  }

  private void assertRuns(String digest, String when) throws IOException {
    check(when);
    assertThat(host.resolve("shop/current").toRealPath().getFileName().toString())
        .as(when)
        .isEqualTo(digest.substring(7));
    assertThat(living()).as(when).hasSize(1);
    assertThat(environment(living().getFirst(), "SALLYPORT_RELEASE")).as(when).isEqualTo(digest);
  }

  @Test
  void a_release_goes_out_and_is_reported_until_it_is_written_down() throws Exception {
    PlaceKeeper keeper = started();
    assertThat(keeper.report().state()).isEqualTo("empty");
    keeper.take(ticket(v1));
    assertRuns(v1, "after v1");
    assertThat(keeper.report().state()).isEqualTo("live");
    assertThat(keeper.report().digest()).isEqualTo(v1);
    assertThat(keeper.isFree()).isFalse();
    tell(keeper);
    assertThat(keeper.isFree()).isTrue();
    assertThat(keeper.report().state()).isEqualTo("running");
    assertThat(keeper.report().health()).isEqualTo("healthy");
    deploy(keeper, v2);
    assertRuns(v2, "after v2");
  }

  @Test
  void a_release_that_is_not_healthy_is_undone() throws Exception {
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    keeper.take(ticket(broken));
    assertRuns(v1, "after the broken one");
    assertThat(keeper.report().state()).isEqualTo("undone");
    assertThat(keeper.report().detail()).contains("its check exited with 1");
    tell(keeper);
    assertThat(server.ended).containsEntry("deployment-ticket-1", "undone");
  }

  /// Healthy only at the third look: an announced roll-back must not cut its own release short.
  @Test
  void a_roll_back_gets_the_time_that_its_release_needs() throws Exception {
    patience = 20;
    String slow =
        release("2", "#!/bin/sh\necho x >> ../../looks\n[ $(wc -l < ../../looks) -ge 3 ]\n");
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    Offer back = ticket(slow);
    keeper.offer(new Offer(back.id(), back.ticket(), PLACE, true));
    keeper.take(keeper.next(Duration.ofSeconds(1)).orElseThrow());
    assertThat(keeper.report().state()).as(keeper.report().detail()).isEqualTo("live");
  }

  @Test
  void a_roll_back_that_waits_ends_the_waiting_for_what_is_not_healthy() throws Exception {
    patience = 600;
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    Offer bad = ticket(broken);
    Offer back = ticket(v1);
    keeper.offer(new Offer(back.id(), back.ticket(), PLACE, true));
    Thread doing = Thread.ofPlatform().start(() -> keeper.take(bad));
    assertThat(doing.join(Duration.ofSeconds(20))).isTrue();
    assertThat(keeper.report().state()).isEqualTo("undone");
    assertThat(keeper.report().detail()).contains("a roll-back came before it was");
  }

  @Test
  void the_first_release_that_is_not_healthy_leaves_nothing_running() throws Exception {
    PlaceKeeper keeper = started();
    keeper.take(ticket(broken));
    check("after the broken one");
    assertThat(living()).isEmpty();
    assertThat(host.resolve("shop/current")).doesNotExist();
    assertThat(keeper.report().state()).isEqualTo("failed");
  }

  @Test
  void killed_at_every_step_of_a_deploy_it_goes_on_and_ends_as_if_nothing_had_been()
      throws Exception {
    everyStep(() -> v2, () -> v2, "live");
  }

  @Test
  void killed_at_every_step_of_an_undo_it_goes_on_and_ends_as_if_nothing_had_been()
      throws Exception {
    everyStep(() -> broken, () -> v1, "undone");
  }

  private interface Digest {
    String get();
  }

  private void everyStep(Digest next, Digest runs, String outcome) throws Exception {
    List<String> points = new ArrayList<>();
    PlaceKeeper dry = keeper(points::add);
    dry.recover();
    deploy(dry, v1);
    points.clear();
    deploy(dry, next.get());
    int steps = points.size();
    assertThat(points).contains("redeeming", "granted", "fetching", "fetched", "linked", "spawned");
    for (int step = 0; step < steps; step++) {
      killAll();
      freshHost();
      deploy(started(), v1);
      String when = "halted at " + points.get(step) + " (" + step + ")";
      int[] left = {step};
      PlaceKeeper doomed =
          keeper(_ -> {
            if (left[0]-- == 0) {
              throw new Halted();
            }
          });
      left[0] = Integer.MAX_VALUE;
      doomed.recover();
      left[0] = step;
      try {
        doomed.take(ticket(next.get()));
        tell(doomed);
        throw new AssertionError(when + ": went on");
      } catch (Halted halted) {
        check(when);
      }
      List<Long> before = living();
      PlaceKeeper again = started();
      tell(again);
      assertRuns(runs.get(), when);
      assertThat(server.ended).as(when).containsEntry("deployment-ticket-1", outcome);
      assertThat(again.isFree()).as(when).isTrue();
      if (points.get(step).equals("spawned") || points.get(step).equals("started")) {
        if (outcome.equals("live")) {
          assertThat(living()).as(when + ": adopted, not started twice").isEqualTo(before);
        }
      }
    }
  }

  @Test
  void killed_at_every_step_of_a_stop_by_order_it_ends_stopped_and_stays_so() throws Exception {
    for (String point : List.of("none", "stop-ordered", "stopped-by-order")) {
      killAll();
      freshHost();
      PlaceKeeper keeper =
          keeper(at -> {
            if (at.equals(point)) {
              throw new Halted();
            }
          });
      keeper.recover();
      deploy(keeper, v1);
      keeper.order(v2);
      keeper.tick();
      assertRuns(v1, "another digest is to stop");
      keeper.order(v1);
      try {
        keeper.tick();
        assertThat(point).isEqualTo("none");
      } catch (Halted halted) {
        check(point);
      }
      // The host comes up again, and its server cannot be reached.
      PlaceKeeper again = started();
      assertThat(living()).as(point).isEmpty();
      Thread.sleep(1100);
      again.tick();
      assertThat(living()).as(point + ": not started again").isEmpty();
      assertThat(again.report().state()).isEqualTo("stopped");
      assertThat(again.report().digest()).isEqualTo(v1);
      deploy(again, v2);
      assertRuns(v2, "another ticket starts it");
      assertThat(again.report().state()).isEqualTo("running");
    }
  }

  @Test
  void a_release_that_was_stopped_by_order_is_not_gone_back_to() throws Exception {
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    keeper.order(v1);
    keeper.tick();
    keeper.take(ticket(broken));
    check("after the broken one");
    assertThat(living()).isEmpty();
    assertThat(keeper.report().state()).isEqualTo("failed");
    assertThat(host.resolve("shop/current")).doesNotExist();
  }

  @Test
  void an_order_that_comes_late_does_not_stop_what_was_let_in_after_it() throws Exception {
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    keeper.order(v1);
    deploy(keeper, v1);
    keeper.tick();
    assertRuns(v1, "given back");
  }

  @Test
  void the_service_outlives_the_agent_and_is_adopted() throws Exception {
    deploy(started(), v1);
    List<Long> before = living();
    PlaceKeeper again = started();
    assertThat(living()).isEqualTo(before);
    assertThat(again.report().state()).isEqualTo("running");
  }

  @Test
  void a_service_that_ends_is_started_again_later_each_time() throws Exception {
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    killAll();
    keeper.tick();
    assertThat(living()).isEmpty();
    assertThat(keeper.report().health()).isEqualTo("unhealthy");
    Thread.sleep(1100);
    keeper.tick();
    assertRuns(v1, "restarted");
    killAll();
    keeper.tick();
    Thread.sleep(1100);
    keeper.tick();
    assertThat(living()).as("the second time it waits longer").isEmpty();
  }

  @Test
  void a_changed_file_of_the_running_release_is_reported() throws Exception {
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    Path version = host.resolve("shop/current/version");
    Files.setPosixFilePermissions(version, PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(version, "9");
    Files.setPosixFilePermissions(version, PosixFilePermissions.fromString("r--r--r--"));
    assertTold(keeper, "`version` was changed");
    assertThat(keeper.report().state()).isEqualTo("altered");
    // The same digest again brings an honest copy.
    deploy(keeper, v1);
    assertThat(Files.readString(version)).isEqualTo("1");
    assertThat(keeper.report().state()).isEqualTo("running");
  }

  /// Looking costs at most a twentieth of the time, so it may take a while.
  private static void assertTold(PlaceKeeper keeper, String detail) throws InterruptedException {
    for (int i = 0; i < 200 && !keeper.report().detail().equals(detail); i++) {
      Thread.sleep(50);
      keeper.tick();
    }
    assertThat(keeper.report().detail()).isEqualTo(detail);
  }

  @Test
  void an_added_or_missing_file_is_a_change_too() throws Exception {
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    Path extra = host.resolve("shop/current").toRealPath().resolve("implant");
    Files.writeString(extra, "x");
    assertTold(keeper, "`implant` does not belong to it");
    Files.delete(extra);
    Files.delete(extra.resolveSibling("NOTE"));
    assertTold(keeper, "`NOTE` is missing");
  }

  @Test
  void a_refused_ticket_changes_nothing() throws Exception {
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    keeper.take(new Offer("forged", "forged", PLACE, false));
    assertRuns(v1, "after a forged ticket");
    assertThat(keeper.isFree()).isTrue();
  }

  @Test
  void a_release_from_another_repository_or_place_is_not_taken() throws Exception {
    PlaceKeeper keeper = started();
    server.tickets.put("a", new Redemption.Granted("d-a", PLACE, v1, "evil/shop"));
    keeper.take(new Offer("a", "a", PLACE, false));
    tell(keeper);
    server.tickets.put(
        "b", new Redemption.Granted("d-b", new PlaceName("shop", "staging"), v1, "acme/shop"));
    keeper.take(new Offer("b", "b", PLACE, false));
    tell(keeper);
    assertThat(server.ended)
        .containsExactlyInAnyOrderEntriesOf(Map.of("d-a", "failed", "d-b", "failed"));
    assertThat(registry.opened).isZero();
    assertThat(living()).isEmpty();
  }

  @Test
  void a_held_place_takes_no_deploy_but_a_rollback() throws Exception {
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    keeper.held("stolen key");
    keeper.take(ticket(v2));
    assertThat(keeper.isFree()).isTrue();
    assertRuns(v1, "held");
    Offer back = ticket(v2);
    keeper.take(new Offer(back.id(), back.ticket(), PLACE, true));
    assertRuns(v2, "rolled back");
  }

  @Test
  void a_server_that_is_away_stops_nothing_and_takes_no_memory() throws Exception {
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    server.away = true;
    Offer offer = ticket(v2);
    assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> keeper.take(offer)))
        .isInstanceOf(UnreachableException.class);
    assertRuns(v1, "away");
    server.away = false;
    keeper.resume();
    assertRuns(v2, "back");
  }

  @Test
  void a_release_that_cannot_be_had_leaves_the_old_one_running() throws Exception {
    PlaceKeeper keeper = started();
    deploy(keeper, v1);
    Optional<String> lost =
        registry.things.keySet().stream().filter(one -> one.equals(v2)).findFirst();
    registry.things.put(lost.orElseThrow(), "{}".getBytes(StandardCharsets.UTF_8));
    deploy(keeper, v2);
    assertRuns(v1, "not fetched");
    assertThat(server.ended).containsEntry("deployment-ticket-1", "failed");
  }

  @Test
  void old_releases_are_tidied_away_but_never_what_runs() throws Exception {
    PlaceKeeper keeper = started();
    for (int i = 0; i < 3; i++) {
      deploy(keeper, v1);
      deploy(keeper, v2);
    }
    try (Stream<Path> all = Files.list(host.resolve("shop/releases"))) {
      assertThat(all).hasSize(2);
    }
    assertThat(registry.opened).as("fetched once each").isEqualTo(6);
    assertRuns(v2, "tidied");
  }
}
