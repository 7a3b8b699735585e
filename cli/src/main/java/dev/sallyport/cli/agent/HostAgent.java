package dev.sallyport.cli.agent;

import dev.sallyport.cli.agent.AgentConfig.Service;
import dev.sallyport.cli.agent.ControlPlane.Offer;
import dev.sallyport.cli.agent.ControlPlane.PlaceName;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The agent of one host, until it is closed: one thread for each place, one that asks for tickets,
/// one that reports.
///
/// Closing it, or killing it, leaves the services running; the next one adopts them.
public final class HostAgent implements AutoCloseable {
  /// Most bytes that one release may unpack to.
  private static final long MAX_RELEASE_BYTES = 4L << 30;

  private static final int WAIT_SECONDS = 20;
  private static final int MAX_SEEN = 1024;
  private static final Duration GLANCE = Duration.ofMillis(100);
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final AgentConfig config;
  private final ControlPlane server;
  private final Consumer<String> log;
  private final List<Place> places = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final FileChannel lock;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean closing;

  /// Given by a place's thread when a deployment is over, taken by the one that reports.
  private final Semaphore told = new Semaphore(0);

  /// Owned by the thread that asks: tickets that were queued, oldest first.
  private final LinkedHashSet<String> seen = new LinkedHashSet<>();

  /// A place, and what its server has acknowledged.
  private record Place(PlaceKeeper keeper, Service service, Set<String> acknowledged) {}

  private HostAgent(
      AgentConfig config,
      ControlPlane server,
      Registry registry,
      Path state,
      Clock clock,
      SecureRandom random,
      Consumer<String> log) {
    this.config = config;
    this.server = server;
    this.log = log;
    this.lock = locked(state);
    for (Service service : config.services()) {
      places.add(
          new Place(
              new PlaceKeeper(
                  service,
                  state.resolve("places").resolve(service.key()),
                  server,
                  registry,
                  MAX_RELEASE_BYTES,
                  clock,
                  random,
                  CrashPoints.ofProcess()),
              service,
              ConcurrentHashMap.newKeySet()));
    }
  }

  /// Starts the agent that `file` describes.
  ///
  /// @param log gets a line for each thing that happens
  /// @throws AgentException if the configuration or enrolment is not fit, or another agent runs
  ///   here
  public static HostAgent start(Path file, Consumer<String> log) {
    AgentConfig config = AgentConfigReader.read(file);
    Enrolment enrolment = Enrolment.read(config.enrolment());
    if (!enrolment.name().equals(config.name())) {
      throw new AgentException(
          "`name` is " + config.name() + ", but this host was enrolled as " + enrolment.name());
    }
    Clock clock = Clock.systemUTC();
    var server = new HttpControlPlane(enrolment, clock);
    var agent =
        new HostAgent(config, server, server, enrolment.folder(), clock, new SecureRandom(), log);
    agent.begin();
    return agent;
  }

  /// Two agents over one journal would each be right.
  private static FileChannel locked(Path state) {
    try {
      FileChannel channel =
          FileChannel.open(
              state.resolve("agent.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock held = null;
      try {
        held = channel.tryLock();
      } catch (OverlappingFileLockException heldHere) {
        // Said below.
      }
      if (held == null) {
        channel.close();
        throw new AgentException("another agent runs with this enrolment");
      }
      return channel;
    } catch (IOException e) {
      throw new AgentException("couldn't lock `" + state + "`", e);
    }
  }

  private void begin() {
    places.forEach(place -> place.keeper().halfUsed().ifPresent(seen::add));
    for (Place place : places) {
      threads.add(
          Thread.ofPlatform().name("place-" + place.service().key()).start(() -> keep(place)));
    }
    threads.add(Thread.ofPlatform().name("tickets").start(this::ask));
    threads.add(Thread.ofPlatform().name("reports").start(this::report));
  }

  private void keep(Place place) {
    boolean recovered = false;
    long every = Duration.ofSeconds(place.service().health().everySeconds()).toNanos();
    long next = 0;
    while (!closing) {
      try {
        if (!recovered) {
          place.keeper().recover();
          recovered = true;
          next = System.nanoTime() + every;
        }
        place.keeper().acknowledged(Set.copyOf(place.acknowledged()));
        place.keeper().resume();
        if (place.keeper().isFree()) {
          place.keeper().next(GLANCE).ifPresent(offer -> take(place, offer));
        } else {
          pause(GLANCE);
        }
        if (System.nanoTime() - next >= 0) {
          place.keeper().tick();
          next = System.nanoTime() + every;
        }
      } catch (InterruptedException | StoppedException e) {
        return;
      } catch (UnreachableException | AgentException e) {
        log.accept(place.service().key() + ": " + e.getMessage());
        pause(RETRY);
      }
    }
  }

  private void take(Place place, Offer offer) {
    log.accept(
        place.service().key() + ": a ticket to " + (offer.rollback() ? "roll back" : "deploy"));
    place.keeper().take(offer);
    log.accept(place.service().key() + ": " + place.keeper().report().state());
    told.release();
  }

  /// A ticket is offered until it is handed in, so the same one comes again and again: it is queued
  /// once.
  private void ask() {
    Map<PlaceName, Place> byName = new HashMap<>();
    places.forEach(place -> byName.put(place.keeper().name(), place));
    while (!closing) {
      try {
        boolean news = false;
        for (Offer offer : server.work(List.copyOf(byName.keySet()), WAIT_SECONDS)) {
          Place place = byName.get(offer.place());
          if (place == null || !seen.add(offer.id())) {
            continue;
          }
          news = true;
          place.keeper().offer(offer);
        }
        if (!news) {
          pause(GLANCE.multipliedBy(5));
        }
        while (seen.size() > MAX_SEEN) {
          seen.removeFirst();
        }
      } catch (StoppedException | InterruptedException e) {
        return;
      } catch (UnreachableException | AgentException e) {
        log.accept(String.valueOf(e.getMessage()));
        pause(RETRY);
      }
    }
  }

  private void report() {
    while (!closing) {
      try {
        ControlPlane.Reply reply =
            server.report(
                places.stream()
                    .map(Place::keeper)
                    .filter(PlaceKeeper::isKnown)
                    .map(PlaceKeeper::report)
                    .toList());
        for (Place place : places) {
          place.keeper().held(reply.held().get(place.keeper().name()));
          place.keeper().order(reply.stop().get(place.keeper().name()));
          place.acknowledged().clear();
          place.acknowledged().addAll(reply.acknowledged());
        }
        server.renew();
      } catch (StoppedException e) {
        return;
      } catch (UnreachableException | AgentException e) {
        log.accept(String.valueOf(e.getMessage()));
      }
      waitForNews();
    }
  }

  /// The end of a deployment is told at once, everything else at its time.
  private void waitForNews() {
    long deadline = System.nanoTime() + Duration.ofSeconds(config.reportEverySeconds()).toNanos();
    try {
      while (!closing && System.nanoTime() < deadline) {
        boolean news = places.stream().anyMatch(HostAgent::hasNews);
        if (told.tryAcquire(GLANCE.toMillis(), TimeUnit.MILLISECONDS) || news) {
          told.drainPermits();
          return;
        }
      }
    } catch (InterruptedException e) {
      closing = true;
    }
  }

  private static boolean hasNews(Place place) {
    String deployment = place.keeper().report().deployment();
    return deployment != null && !place.acknowledged().contains(deployment);
  }

  private void pause(Duration time) {
    try {
      if (closed.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
        closing = true;
      }
    } catch (InterruptedException e) {
      closing = true;
    }
  }

  /// How this host is called.
  public String name() {
    return config.name();
  }

  /// Waits until it is closed.
  public void await() throws InterruptedException {
    closed.await();
  }

  @Override
  public void close() {
    closing = true;
    closed.countDown();
    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      try {
        thread.join(Duration.ofSeconds(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    try {
      lock.close();
    } catch (IOException e) {
      throw new AgentException("couldn't let go of the lock", e);
    }
  }
}
