package dev.sallyport.cli.agent;

import dev.sallyport.cli.agent.AgentConfig.Service;
import dev.sallyport.cli.agent.ControlPlane.PlaceName;
import dev.sallyport.cli.agent.ControlPlane.PlaceReport;
import dev.sallyport.cli.agent.ControlPlane.Redemption;
import dev.sallyport.cli.agent.Journal.Outcome;
import dev.sallyport.cli.agent.Journal.Running;
import dev.sallyport.cli.agent.Journal.Step;
import dev.sallyport.cli.agent.Journal.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Keeps one place: does what tickets say, one at a time, keeps its process running, and knows at
/// any time what it is to report.
///
/// [#resume] is the whole story of a deployment. Each case does the work of its step so that doing
/// it again changes nothing, then writes the next step. One thread calls everything but [#report]
/// and [#offer].
final class PlaceKeeper {
  private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(1);
  private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(60);
  private static final Duration FIRST_LOOK = Duration.ofMillis(40);
  private static final int FETCH_TRIES = 5;
  private static final int MAX_TICKETS = 16;

  private final Service service;
  private final PlaceName name;
  private final Journal journal;
  private final ReleaseFolder releases;
  private final ServiceProcess process;
  private final HealthLook health;
  private final ControlPlane server;
  private final Registry registry;
  private final long maxBytes;
  private final Clock clock;
  private final SecureRandom random;
  private final CrashPoints crashes;

  /// Guarded by this: read by the thread that reports.
  private PlaceReport said;

  /// Guarded by this: whether anybody has looked yet.
  private boolean known;

  /// Guarded by this.
  private @Nullable String heldFor;

  /// Guarded by this: the digest that the server wants stopped.
  private @Nullable String stopOrder;

  /// Tickets that came and were not taken yet. While a roll-back is among them, nothing is worth
  /// waiting for; once it is taken, its own release gets all the time there is.
  private final BlockingQueue<ControlPlane.Offer> waiting = new ArrayBlockingQueue<>(MAX_TICKETS);

  private Duration backOff = FIRST_BACK_OFF;
  private long restartAt;
  private long aliveSince;
  private long nextHash;
  private Optional<String> altered = Optional.empty();
  private int failedFetches;

  PlaceKeeper(
      Service service,
      Path state,
      ControlPlane server,
      Registry registry,
      long maxBytes,
      Clock clock,
      SecureRandom random,
      CrashPoints crashes) {
    this.service = service;
    this.name = new PlaceName(service.service(), service.environment());
    try {
      if (Files.notExists(state)) {
        Files.createDirectories(
            state,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      throw new AgentException("couldn't make `" + state + "`", e);
    }
    this.journal = new Journal(state.resolve("journal.json"));
    this.releases = new ReleaseFolder(service.folder(), state, crashes);
    this.process = new ServiceProcess(service, state);
    this.health = new HealthLook(service);
    this.server = server;
    this.registry = registry;
    this.maxBytes = maxBytes;
    this.clock = clock;
    this.random = random;
    this.crashes = crashes;
    this.said = new PlaceReport(name, null, null, "empty", "unknown", 0, "");
  }

  PlaceName name() {
    return name;
  }

  /// Takes up what an earlier process of the agent left: adopts the service where it lives, goes on
  /// with the deployment where one was under way.
  void recover() {
    releases.prepare();
    resume();
    tick();
  }

  /// The id of the ticket that was being handed in when the agent ended; it is not to be taken
  /// again.
  Optional<String> halfUsed() {
    return journal.work().map(Work::deployment).filter(id -> !id.isEmpty());
  }

  /// A ticket for this place has come. Called by the thread that asks for them; waits where too
  /// many wait already.
  void offer(ControlPlane.Offer offer) throws InterruptedException {
    waiting.put(offer);
  }

  /// The ticket that is next, if one is there or comes within `time`.
  Optional<ControlPlane.Offer> next(Duration time) throws InterruptedException {
    return Optional.ofNullable(waiting.poll(time.toNanos(), TimeUnit.NANOSECONDS));
  }

  private boolean rollBackWaits() {
    return waiting.stream().anyMatch(ControlPlane.Offer::rollback);
  }

  /// Whether another ticket can be taken: none is under way or waits to be told to the server.
  boolean isFree() {
    return journal.work().isEmpty();
  }

  /// Does what a ticket says, as far as it gets; [#resume] goes on where it stopped.
  void take(ControlPlane.Offer offer) {
    if (!isFree()) {
      throw new IllegalStateException("one ticket at a time");
    }
    String hold = heldFor();
    if (hold != null && !offer.rollback()) {
      return;
    }
    order(null);
    journal.write(Work.redeeming(offer, word(), clock.millis()));
    crashes.at("redeeming");
    resume();
  }

  /// Goes on with the deployment until it is over.
  ///
  /// @throws UnreachableException if the server or registry is away; the journal knows how far it
  ///   is
  void resume() {
    Optional<Work> next = journal.work();
    while (next.isPresent() && next.get().step() != Step.OVER) {
      Work work = next.get();
      switch (work.step()) {
        case REDEEMING -> redeem(work);
        case REDEEMED -> stage(work);
        case STAGED -> journal.write(work.switching(before()));
        case SWITCHING -> switchOver(work);
        case STARTED -> judge(work);
        case UNDOING -> undo(work);
        case OVER -> throw new IllegalStateException("left the loop above");
      }
      next = journal.work();
      next.ifPresent(one -> crashes.at(point(one)));
    }
    refresh();
  }

  private static String point(Work work) {
    return work.step() == Step.OVER && work.outcome() != null
        ? work.outcome().word
        : work.step().name().toLowerCase(java.util.Locale.ROOT);
  }

  private void redeem(Work work) {
    switch (server.redeem(work.ticket(), work.nonce())) {
      case Redemption.Refused _ -> journal.write(null);
      case Redemption.Granted granted -> {
        if (!granted.place().equals(name) || !granted.repository().equals(service.repository())) {
          over(
              work.redeemed(granted.deployment(), granted.digest()),
              Outcome.FAILED,
              "the release comes from a repository that this host does not take");
          return;
        }
        crashes.at("granted");
        failedFetches = 0;
        journal.write(work.redeemed(granted.deployment(), granted.digest()));
      }
    }
  }

  private void stage(Work work) {
    try {
      String release = releases.have(work.digest(), registry, service.repository(), maxBytes);
      journal.write(work.staged(release));
    } catch (UnreachableException e) {
      if (++failedFetches < FETCH_TRIES) {
        throw e;
      }
      over(work, Outcome.FAILED, String.valueOf(e.getMessage()));
    } catch (AgentException e) {
      over(work, Outcome.FAILED, String.valueOf(e.getMessage()));
    }
  }

  /// The release to go back to if this one is not healthy: never one that was stopped by order.
  private String before() {
    boolean stopped = journal.running().map(Running::stopped).orElse(false);
    return stopped ? "" : releases.current().orElse("");
  }

  /// Stop the earlier process, set the link, start the new one; each is skipped where it was done.
  private void switchOver(Work work) {
    Optional<Running> known = journal.running();
    if (known.isEmpty() || !known.get().instance().equals(instance(work, "new"))) {
      known.ifPresent(process::stop);
      crashes.at("stopped");
      journal.write(work, Running.announced(work.to(), instance(work, "new")));
      crashes.at("announced");
    }
    releases.switchTo(work.to());
    crashes.at("linked");
    ensureStarted(work.at(Step.STARTED, ""), work.to());
  }

  /// A word for the instance that follows from the deployment: written once, found again.
  private static String instance(Work work, String which) {
    return work.nonce() + "-" + which;
  }

  /// Adopts the announced instance where it lives, else starts it; then writes down both.
  private void ensureStarted(@Nullable Work next, String release) {
    Running announced = journal.running().orElseThrow();
    ServiceProcess.Found found;
    try {
      found =
          process
              .find(announced)
              .orElseGet(() ->
                  process.start(
                      releases.path(release),
                      ReleaseFolder.digestOf(release),
                      announced.instance()));
    } catch (AgentException e) {
      // Could not even be started: the health check will not find it, and says so.
      found = new ServiceProcess.Found(0, 0);
    }
    crashes.at("spawned");
    aliveSince = System.nanoTime();
    restartAt = 0;
    journal.write(
        next, new Running(release, announced.instance(), found.pid(), found.startTicks(), false));
  }

  private void judge(Work work) {
    Optional<String> wrong = becomesHealthy(work.to());
    if (wrong.isPresent()) {
      journal.write(work.at(Step.UNDOING, "not healthy: " + wrong.get()));
      return;
    }
    backOff = FIRST_BACK_OFF;
    releases.prune(service.keepReleases() + 1, named(work.to(), work.from()));
    over(work, Outcome.LIVE, "");
  }

  private static Set<String> named(String... names) {
    return new HashSet<>(java.util.List.of(names));
  }

  /// Back to the release before, which was verified when it came.
  private void undo(Work work) {
    String from = work.from();
    boolean back = !from.isEmpty() && !from.equals(work.to()) && releases.differs(from).isEmpty();
    Optional<Running> known = journal.running();
    if (known.isEmpty() || !known.get().instance().equals(instance(work, "old"))) {
      known.ifPresent(process::stop);
      crashes.at("undo-stopped");
      journal.write(work, back ? Running.announced(from, instance(work, "old")) : null);
      crashes.at("undo-announced");
    }
    if (!back) {
      releases.clearCurrent();
      over(work, Outcome.FAILED, work.detail() + "; there is no earlier release to go back to");
      return;
    }
    releases.switchTo(from);
    crashes.at("undo-linked");
    ensureStarted(work, from);
    crashes.at("undo-started");
    Optional<String> wrong = becomesHealthy(from);
    if (wrong.isPresent()) {
      over(work, Outcome.FAILED, work.detail() + "; nor is the release before it: " + wrong.get());
      return;
    }
    over(work, Outcome.UNDONE, work.detail());
  }

  private void over(Work work, Outcome outcome, String why) {
    journal.write(work.over(outcome, why, clock.millis()));
  }

  /// Looks again and again until it is healthy or its time is over.
  private Optional<String> becomesHealthy(String release) {
    long deadline =
        System.nanoTime() + Duration.ofSeconds(service.health().withinSeconds()).toNanos();
    Duration between = FIRST_LOOK;
    Duration longest = Duration.ofSeconds(service.health().everySeconds());
    while (true) {
      Optional<String> wrong = wrong(release);
      if (wrong.isEmpty() || System.nanoTime() >= deadline || hasEnded()) {
        return wrong;
      }
      if (rollBackWaits()) {
        return Optional.of("a roll-back came before it was");
      }
      pause(between);
      // Most services are there soon, or not for long.
      between = between.multipliedBy(3).dividedBy(2);
      between = between.compareTo(longest) > 0 ? longest : between;
    }
  }

  private boolean hasEnded() {
    return journal.running().flatMap(process::find).isEmpty();
  }

  private Optional<String> wrong(String release) {
    if (hasEnded()) {
      return Optional.of("its process has ended");
    }
    return health.look(releases.path(release));
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoppedException();
    }
  }

  /// Looks after what runs: starts it again where it ended, later each time; sees whether it is
  /// still what was verified.
  void tick() {
    Optional<Running> running = journal.running();
    if (running.isPresent() && journal.work().map(Work::step).orElse(Step.OVER) == Step.OVER) {
      if (mustStop(running.get())) {
        stop(running.get());
      } else {
        keepRunning(running.get());
      }
      process.tidy();
    }
    refresh();
  }

  private boolean mustStop(Running running) {
    return running.stopped()
        || ReleaseFolder.digestOf(running.release()).equals(stopOrder().orElse(""));
  }

  /// Written down before it is done: whoever comes after a crash ends the process and does not
  /// start it.
  private void stop(Running running) {
    if (!running.stopped()) {
      journal.write(journal.work().orElse(null), running.stoppedByOrder());
      crashes.at("stop-ordered");
    }
    if (process.find(running).isPresent()) {
      process.stop(running);
      crashes.at("stopped-by-order");
    }
  }

  private void keepRunning(Running running) {
    long now = System.nanoTime();
    if (process.find(running).isPresent()) {
      if (aliveSince == 0) {
        aliveSince = now;
      }
      if (now - aliveSince > LONGEST_BACK_OFF.toNanos()) {
        backOff = FIRST_BACK_OFF;
      }
      return;
    }
    if (restartAt == 0) {
      restartAt = now + backOff.toNanos();
      backOff =
          backOff.multipliedBy(2).compareTo(LONGEST_BACK_OFF) > 0
              ? LONGEST_BACK_OFF
              : backOff.multipliedBy(2);
    }
    if (now - restartAt < 0) {
      return;
    }
    process.stop(running);
    journal.write(journal.work().orElse(null), Running.announced(running.release(), word()));
    crashes.at("restarting");
    ensureStarted(journal.work().orElse(null), running.release());
  }

  /// Makes the report anew.
  private void refresh() {
    Optional<String> current = releases.current();
    Optional<Running> running = journal.running();
    String looks = "unknown";
    String detail = "";
    boolean stopped = running.map(Running::stopped).orElse(false);
    if (current.isPresent() && running.isPresent() && !stopped) {
      Optional<String> wrong = wrong(current.get());
      looks = wrong.isEmpty() ? "healthy" : "unhealthy";
      detail = wrong.orElse("");
      hash(current.get());
    } else {
      altered = Optional.empty();
    }
    Optional<Work> over = journal.work().filter(work -> work.step() == Step.OVER);
    String digest = current.map(ReleaseFolder::digestOf).orElse(null);
    PlaceReport report;
    if (over.isPresent()) {
      Outcome outcome = over.get().outcome();
      report =
          new PlaceReport(
              name,
              over.get().deployment(),
              digest,
              outcome == null ? Outcome.FAILED.word : outcome.word,
              looks,
              over.get().seconds(),
              over.get().detail());
    } else if (stopped) {
      report = new PlaceReport(name, null, digest, "stopped", "unknown", 0, "by order");
    } else if (current.isEmpty()) {
      report = new PlaceReport(name, null, null, "empty", "unknown", 0, "");
    } else {
      report =
          new PlaceReport(
              name,
              null,
              digest,
              altered.isPresent() ? "altered" : "running",
              looks,
              0,
              altered.orElse(detail));
    }
    synchronized (this) {
      said = report;
      known = true;
    }
  }

  /// Reads all of what runs again, but spends no more than a twentieth of the time on it.
  private void hash(String release) {
    long began = System.nanoTime();
    if (began - nextHash < 0) {
      return;
    }
    altered = releases.differs(release);
    long took = System.nanoTime() - began;
    nextHash = began + 20 * took;
  }

  /// Whether there is anything to be said: before the first look, nothing is known.
  synchronized boolean isKnown() {
    return known;
  }

  /// What is to be said now.
  synchronized PlaceReport report() {
    return said;
  }

  /// The server has written down how a deployment ended: it may be forgotten here. Called by the
  /// thread that owns this.
  void acknowledged(Set<String> deployments) {
    Optional<Work> work = journal.work();
    if (work.isPresent()
        && work.get().step() == Step.OVER
        && deployments.contains(work.get().deployment())) {
      crashes.at("acknowledged");
      journal.write(null);
      refresh();
    }
  }

  /// The place is on hold, or not any more.
  synchronized void held(@Nullable String reason) {
    heldFor = reason;
  }

  private synchronized @Nullable String heldFor() {
    return heldFor;
  }

  /// The server wants a digest stopped here, or nothing any more.
  synchronized void order(@Nullable String digest) {
    stopOrder = digest;
  }

  private synchronized Optional<String> stopOrder() {
    return Optional.ofNullable(stopOrder);
  }

  private String word() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
