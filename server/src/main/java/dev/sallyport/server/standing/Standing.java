package dev.sallyport.server.standing;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Hold;
import dev.sallyport.gate.Ruling;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// How things stand right now, for every door.
///
/// A node looks into the database four times a second and answers from what it saw. A look that is
/// older than a second is no answer: then it looks again on the spot, and where that fails nobody
/// is let through. So a hold that any node sets is honoured by all within that second.
///
/// An act is in the ledger before it is in the table: a crash in between leaves an entry without a
/// hold, and the same act again (same retry) puts that right without a second entry.
@Component
public final class Standing implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Standing.class);

  /// How old a look may be.
  public static final Duration FRESH = Duration.ofSeconds(1);

  /// The longest that a hold may be set for in one act.
  public static final Duration LONGEST = Duration.ofDays(365);

  /// Whom a hold would lock out of lifting it.
  private static final Set<EntityRef> NEVER_HELD =
      Set.of(new EntityRef("Person", "administrator"), new EntityRef("Machine", "sentinel"));

  private static final Duration EVERY = Duration.ofMillis(250);

  /// More open holds than this: something is wrong, and nobody can say how things stand.
  private static final int MOST = 20_000;

  private final HoldStore holds;
  private final WaiverStore waivers;
  private final Ledger ledger;
  private final Clock clock;
  private final SecureRandom random;
  private final Thread looker;
  private volatile @Nullable StandingView view;
  private volatile boolean closing;

  Standing(HoldStore holds, WaiverStore waivers, Ledger ledger, Clock clock, SecureRandom random) {
    this.holds = holds;
    this.waivers = waivers;
    this.ledger = ledger;
    this.clock = clock;
    this.random = random;
    this.looker = Thread.ofVirtual().name("standing-looker").start(this::keepLooking);
  }

  private void keepLooking() {
    while (!closing) {
      try {
        look();
        Thread.sleep(EVERY);
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // Whoever asks finds the look too old and looks himself; here it is only tried again.
        LOG.debug("couldn't look how things stand", e);
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(EVERY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  StandingView look() {
    Instant now = clock.instant();
    List<HeldThing> open = holds.open(now, MOST + 1);
    if (open.size() > MOST) {
      throw new IllegalStateException("more than " + MOST + " holds are open");
    }
    var fresh = new StandingView(now, open, waivers.live(now, Waivers.MOST));
    synchronized (holds) {
      StandingView seen = view;
      if (seen == null || !seen.lookedAt().isAfter(fresh.lookedAt())) {
        view = fresh;
      }
    }
    return fresh;
  }

  /// How things stand, as seen within the last second.
  ///
  /// @throws StandingUnknownException if that cannot be had: refuse
  public StandingView view() {
    StandingView seen = view;
    Instant now = clock.instant();
    if (seen != null && seen.lookedAt().plus(FRESH).isAfter(now) && !seen.lookedAt().isAfter(now)) {
      return seen;
    }
    try {
      return look();
    } catch (RuntimeException e) {
      throw new StandingUnknownException("couldn't look how things stand", e);
    }
  }

  /// The holds on these things.
  ///
  /// @throws StandingUnknownException if that cannot be had: refuse
  public List<Hold> on(Collection<EntityRef> things) {
    return view().on(things, clock.instant());
  }

  /// Whether an artifact is below the floor of an environment: once taken away from it.
  public boolean isBelowFloor(String environment, String artifact) {
    return holds.isBelow(environment, artifact);
  }

  /// Takes an environment away from an artifact: it does not come back there by a deploy.
  public void withdrawFrom(Ruling.Allow allow, String environment, String artifact) {
    requireAllow(allow);
    holds.below(environment, artifact);
  }

  /// Puts a thing on hold.
  ///
  /// @param allow that `contain` on the thing was allowed
  /// @param by who does it
  /// @param lifetime how long; null withdraws an artifact for ever
  /// @param retry the same text for the same act; it sets one hold however often it comes
  /// @throws IllegalArgumentException if it would last too long, or withdraws what is no artifact
  public HeldThing hold(
      Ruling.Allow allow,
      Actor by,
      EntityRef on,
      String reason,
      @Nullable Duration lifetime,
      String retry) {
    requireAllow(allow);
    boolean tombstone = lifetime == null;
    if (tombstone && !on.type().equals("Artifact")) {
      throw new IllegalArgumentException("only an artifact is withdrawn for ever");
    }
    if (lifetime != null && (lifetime.isNegative() || lifetime.compareTo(LONGEST) > 0)) {
      throw new IllegalArgumentException(
          "a hold lasts at most " + LONGEST.toDays() + " days at a time");
    }
    if (NEVER_HELD.contains(on)) {
      throw new IllegalArgumentException(
          "the last administrator and the sentinel itself are never held");
    }
    Digest key = Digest.of("hold\n" + by.id() + "\n" + retry);
    String id = key.text().substring("sha256:".length(), "sha256:".length() + 32);
    Ledger.Recorded recorded =
        ledger.append(
            draft(
                by,
                tombstone ? "tombstone" : "hold",
                tombstone ? "withdrawn" : "held",
                on,
                id,
                key,
                reason,
                lifetime));
    Instant since = recorded.entry().time();
    var held =
        new HeldThing(
            id,
            on,
            tombstone,
            reason,
            by.id(),
            since,
            lifetime == null ? null : since.plus(lifetime));
    holds.hold(held);
    look();
    return holds.find(id).orElse(held);
  }

  /// Lifts a hold before its end; empty where there is none of this id.
  public Optional<HeldThing> lift(Ruling.Allow allow, Actor by, String id, String reason) {
    requireAllow(allow);
    Optional<HeldThing> held = holds.find(id);
    held.ifPresent(thing -> {
      ledger.append(
          draft(by, "lift", "lifted", thing.on(), id, Digest.of("lift\n" + id), reason, null));
      holds.lift(id, clock.instant());
      look();
    });
    return held;
  }

  /// Hands the proof of permission through the type system: nobody else can make one.
  private static void requireAllow(Ruling.Allow allow) {
    if (!allow.allowed()) {
      throw new IllegalStateException("not allowed");
    }
  }

  private Ledger.Draft draft(
      Actor by,
      String action,
      String outcome,
      EntityRef on,
      String id,
      Digest retry,
      String reason,
      @Nullable Duration lifetime) {
    var body = new TreeMap<String, Object>(Map.of("reason", reason, "salt", salt()));
    if (lifetime != null) {
      body.put("seconds", Long.toString(lifetime.toSeconds()));
    }
    return new Ledger.Draft(
        EntryType.HOLD,
        by,
        action,
        List.of(new Subject(on.type(), on.id()), new Subject("Hold", id)),
        outcome,
        null,
        List.of(),
        null,
        retry,
        CanonicalJson.bytes(body));
  }

  private String salt() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public void close() {
    closing = true;
    looker.interrupt();
  }
}
