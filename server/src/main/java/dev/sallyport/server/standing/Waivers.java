package dev.sallyport.server.standing;

import dev.sallyport.gate.Ruling;
import dev.sallyport.gate.Waiver;
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
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.springframework.stereotype.Component;

/// Waivers of refusals: given, counted, ended. Which are live is part of how things stand
/// ([Standing]), so that every node stops honouring one within a second of its end.
///
/// An act is in the ledger before it is in the table, as with holds.
@Component
public final class Waivers {
  /// The longest that one may be given for.
  public static final Duration LONGEST = Duration.ofDays(7);

  /// Most that may be live at once: more of them are a policy that nobody wrote.
  static final int MOST = 1000;

  private static final int MOST_SHOWN = 500;

  private final WaiverStore store;
  private final Standing standing;
  private final Ledger ledger;
  private final Clock clock;
  private final SecureRandom random;

  Waivers(WaiverStore store, Standing standing, Ledger ledger, Clock clock, SecureRandom random) {
    this.store = store;
    this.standing = standing;
    this.ledger = ledger;
    this.clock = clock;
    this.random = random;
  }

  /// What is to be waived.
  ///
  /// @param refusal the entry of the ruling
  /// @param policies those that refused, by id, with the digests of their texts
  /// @param permits whether it was refused for want of a permit
  public record Draft(
      long refusal,
      Waiver.Scope scope,
      Map<String, String> policies,
      boolean permits,
      String reason) {
    public Draft {
      policies = Map.copyOf(policies);
    }
  }

  /// Gives a waiver.
  ///
  /// @param allow that `waive` on the refusal was allowed
  /// @param retry the same text for the same act; it gives one waiver however often it comes
  /// @throws IllegalArgumentException if it would last too long, or too many are live
  public GivenWaiver give(
      Ruling.Allow allow, Actor by, Draft draft, Duration lifetime, String retry) {
    requireAllow(allow);
    if (!lifetime.isPositive() || lifetime.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "a waiver lasts at least a second and at most " + LONGEST.toDays() + " days");
    }
    if (store.live(clock.instant(), MOST).size() == MOST) {
      throw new IllegalArgumentException(
          "there are " + MOST + " waivers: end some, or change the policy");
    }
    Digest key = Digest.of("waiver\n" + by.id() + "\n" + retry);
    String id = key.text().substring("sha256:".length(), "sha256:".length() + 32);
    var waiver = new Waiver(id, draft.scope(), draft.policies(), draft.permits(), draft.reason());
    var body = new TreeMap<>(WaiverJson.members(waiver));
    body.put("refusal", draft.refusal());
    body.put("seconds", lifetime.toSeconds());
    Ledger.Recorded recorded =
        ledger.append(draft(by, "waive", "waived", waiver, key, draft.reason(), body));
    Instant since = recorded.entry().time();
    store.give(
        new GivenWaiver(
            waiver, draft.refusal(), by.id(), since, since.plus(lifetime), null, 0, null));
    standing.look();
    return store.find(id).orElseThrow();
  }

  /// Ends a waiver before its time; empty where there is none of this id.
  public Optional<GivenWaiver> end(Ruling.Allow allow, Actor by, String id, String reason) {
    requireAllow(allow);
    Optional<GivenWaiver> given = store.find(id);
    given.ifPresent(one -> {
      ledger.append(
          draft(
              by,
              "end-waiver",
              "ended",
              one.waiver(),
              Digest.of("end waiver\n" + id),
              reason,
              Map.of()));
      store.end(id, clock.instant());
      standing.look();
    });
    return given.flatMap(_ -> store.find(id));
  }

  /// Counts an answer that is about to be given and stands on these waivers.
  public void used(List<String> ids) {
    Instant now = clock.instant();
    ids.forEach(id -> store.used(id, now));
  }

  /// One waiver, live or not.
  public Optional<GivenWaiver> find(String id) {
    return store.find(id);
  }

  /// The newest waivers, live or not.
  public List<GivenWaiver> newest() {
    return store.newest(MOST_SHOWN);
  }

  private static void requireAllow(Ruling.Allow allow) {
    if (!allow.allowed()) {
      throw new IllegalStateException("not allowed");
    }
  }

  private Ledger.Draft draft(
      Actor by,
      String action,
      String outcome,
      Waiver waiver,
      Digest retry,
      String reason,
      Map<String, Object> about) {
    var body = new TreeMap<>(about);
    body.put("reason", reason);
    body.put("salt", salt());
    var subjects = new LinkedHashSet<Subject>();
    subjects.add(new Subject("Waiver", waiver.id()));
    subjects.add(new Subject(waiver.scope().who().type(), waiver.scope().who().id()));
    subjects.add(new Subject(waiver.scope().resource().type(), waiver.scope().resource().id()));
    String artifact = waiver.scope().claimed().get("artifact");
    if (artifact != null) {
      subjects.add(new Subject("Artifact", artifact));
    }
    return new Ledger.Draft(
        EntryType.WAIVER,
        by,
        action,
        List.copyOf(subjects),
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
}
