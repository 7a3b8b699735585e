package dev.sallyport.server.policies;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.PolicyRef;
import dev.sallyport.gate.PolicyRefused;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Ruling;
import dev.sallyport.gate.Source;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.settings.DataFolder;
import dev.sallyport.server.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The policy in force, and how another comes into force.
///
/// A version is in force when its entry is in the ledger: the entry of version N has a retry key of
/// its own, so that of two nodes that publish N at once one is first and the other is refused. The
/// text is kept before the entry is written, the row of the version after it: a crash in between
/// leaves a text that nobody names, or an entry whose row the next look makes.
///
/// A node looks four times a second and rules by what it saw. A look that is older than a second is
/// none: then it looks again on the spot, and where that fails nobody is let through.
@Component
public final class Policies implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Policies.class);
  private static final JsonMapper JSON = new JsonMapper();

  /// What one asks to `administer` who wants to publish.
  public static final EntityRef IN_FORCE = new EntityRef("PolicySet", "in-force");

  /// Most files of a policy.
  public static final int MAX_FILES = 100;

  /// The most that one file holds.
  public static final int MAX_FILE_BYTES = 256 * 1024;

  /// The most that all files hold together.
  public static final int MAX_BYTES = 4 << 20;

  /// How old a look may be.
  public static final Duration FRESH = Duration.ofSeconds(1);

  /// How far ahead the last day of a policy in shadow may be.
  public static final Duration LONGEST_SHADOW = Duration.ofDays(366);

  private static final int MAX_REASON = 1000;
  private static final Duration EVERY = Duration.ofMillis(250);

  private final VersionStore store;
  private final Ledger ledger;
  private final Clock clock;
  private final SecureRandom random;
  private final Thread looker;
  private volatile @Nullable State state;
  private volatile boolean closing;

  private record State(Instant lookedAt, PolicyVersion version, PolicySnapshot snapshot) {}

  Policies(
      VersionStore store,
      DataFolder folder,
      Settings settings,
      Ledger ledger,
      Clock clock,
      SecureRandom random) {
    this.store = store;
    this.ledger = ledger;
    this.clock = clock;
    this.random = random;
    begin(new PolicyFolder(folder, settings));
    this.looker = Thread.ofVirtual().name("policy-looker").start(this::keepLooking);
  }

  /// Says what is in force at this start: the first version on a new database, the next one where
  /// the owner changed his folder while nobody ran on it, else the newest.
  private void begin(PolicyFolder folder) {
    PolicyFolder.Wish wish = folder.read();
    Optional<PolicyVersion> newest = catchUp();
    if (newest.isEmpty()) {
      enforce(wish, 1, "the first version");
    } else if (folder.wasChanged(wish)) {
      enforce(wish, newest.get().number() + 1, "the data folder was changed");
    } else if (isOldTextOf(wish, newest.get())) {
      enforce(wish, newest.get().number() + 1, "the program's text of it is another");
    } else {
      ledger.append(
          new Ledger.Draft(
              EntryType.POLICY,
              Actor.SERVER,
              "enforce",
              List.of(new Subject("PolicySet", name(newest.get()))),
              "in-force",
              newest.get().digest(),
              List.of(),
              null,
              null,
              null));
    }
    folder.remember(wish);
    look();
  }

  private static boolean isOldTextOf(PolicyFolder.Wish wish, PolicyVersion newest) {
    return wish.isProfile()
        && newest.origin().equals(wish.origin())
        && !newest.digest().text().equals(wish.snapshot().digest());
  }

  private static String name(PolicyVersion version) {
    return version.origin().startsWith("profile ")
        ? version.origin().substring("profile ".length())
        : "custom";
  }

  /// Another node may be faster with the same number; then its version is in force and not this.
  private void enforce(PolicyFolder.Wish wish, long number, String reason) {
    keep(wish.snapshot());
    var _ = record(Actor.SERVER, "enforce", wish.snapshot(), number, wish.origin(), reason, null);
  }

  private void keep(PolicySnapshot snapshot) {
    List<Map<String, String>> sources =
        snapshot.sources().stream()
            .map(source -> Map.of("name", source.name(), "text", source.text()))
            .toList();
    store.keep(
        new Digest(snapshot.digest()),
        new String(CanonicalJson.bytes(sources), StandardCharsets.UTF_8));
  }

  private Ledger.Recorded record(
      Actor by,
      String action,
      PolicySnapshot snapshot,
      long number,
      String origin,
      String reason,
      @Nullable Long ruling) {
    var body = new TreeMap<String, Object>();
    body.put("number", number);
    body.put("origin", origin);
    body.put("reason", reason);
    if (ruling != null) {
      body.put("ruling", ruling);
    }
    body.put("salt", salt());
    return ledger.append(
        new Ledger.Draft(
            EntryType.POLICY,
            by,
            action,
            List.of(new Subject("PolicySet", snapshot.name())),
            "in-force",
            new Digest(snapshot.digest()),
            List.of(),
            null,
            retry(number),
            CanonicalJson.bytes(body)));
  }

  private static Digest retry(long number) {
    return Digest.of("policy version\n" + number);
  }

  private String salt() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private void keepLooking() {
    while (!closing) {
      try {
        Thread.sleep(EVERY);
        look();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // Whoever asks finds the look too old and looks himself; here it is only tried again.
        LOG.debug("couldn't look which policy is in force", e);
      }
    }
  }

  /// The newest version that the ledger has, each with its row.
  private Optional<PolicyVersion> catchUp() {
    Optional<PolicyVersion> newest = store.newest();
    while (true) {
      long next = newest.map(PolicyVersion::number).orElse(0L) + 1;
      Optional<Ledger.Recorded> entry = ledger.firstOf(retry(next));
      if (entry.isEmpty()) {
        return newest;
      }
      PolicyVersion version = version(next, entry.get());
      store.note(version);
      newest = Optional.of(version);
    }
  }

  private PolicyVersion version(long number, Ledger.Recorded recorded) {
    Digest digest = recorded.entry().policy();
    if (digest == null) {
      throw new IllegalStateException("entry " + recorded.index() + " names no policy");
    }
    Digest body = recorded.entry().body();
    Map<String, Object> members =
        body == null
            ? Map.of()
            : ledger
                .body(body)
                .map(bytes -> JSON.readValue(bytes, new TypeReference<Map<String, Object>>() {}))
                .orElse(Map.of());
    return new PolicyVersion(
        number,
        digest,
        String.valueOf(members.getOrDefault("origin", "published")),
        recorded.entry().actor().id(),
        String.valueOf(members.getOrDefault("reason", "erased")),
        recorded.entry().time(),
        recorded.index());
  }

  private State look() {
    Instant now = clock.instant();
    PolicyVersion newest =
        catchUp().orElseThrow(() -> new IllegalStateException("no policy came into force"));
    State seen = state;
    var fresh =
        new State(
            now,
            newest,
            seen != null && seen.version().number() == newest.number()
                ? seen.snapshot()
                : snapshot(newest));
    synchronized (store) {
      State newer = state;
      if (newer == null
          || newer.version().number() < newest.number()
          || (newer.version().number() == newest.number()
              && !newer.lookedAt().isAfter(fresh.lookedAt()))) {
        state = fresh;
      }
    }
    return fresh;
  }

  private State fresh() {
    State seen = state;
    Instant now = clock.instant();
    if (seen != null && seen.lookedAt().plus(FRESH).isAfter(now) && !seen.lookedAt().isAfter(now)) {
      return seen;
    }
    try {
      return look();
    } catch (RuntimeException e) {
      throw new PolicyUnknownException("couldn't look which policy is in force", e);
    }
  }

  /// The policy in force as it stands today, to be used for one whole ruling.
  ///
  /// @throws PolicyUnknownException if that cannot be had: refuse
  public PolicySnapshot current() {
    return fresh().snapshot().at(clock.instant());
  }

  /// Its version.
  public PolicyVersion version() {
    return fresh().version();
  }

  /// What is in force and what was, newest first, at most `limit`.
  public List<PolicyVersion> versions(int limit) {
    return store.newest(limit);
  }

  /// One of them.
  public Optional<PolicyVersion> version(long number) {
    return store.version(number);
  }

  /// The policy of a version, as it was.
  ///
  /// @throws IllegalStateException if its text is not the one that came into force
  public PolicySnapshot snapshot(PolicyVersion version) {
    for (Profile profile : Profile.values()) {
      PolicySnapshot builtIn = PolicySnapshot.builtIn(profile);
      if (builtIn.digest().equals(version.digest().text())) {
        return builtIn;
      }
    }
    String text =
        store
            .text(version.digest())
            .orElseThrow(() ->
                new IllegalStateException("the text of version " + version.number() + " is gone"));
    List<Source> sources =
        JSON.readValue(text, new TypeReference<List<Map<String, String>>>() {}).stream()
            .map(one -> new Source(one.getOrDefault("name", ""), one.getOrDefault("text", "")))
            .toList();
    PolicySnapshot snapshot = PolicySnapshot.read(sources);
    if (!snapshot.digest().equals(version.digest().text())) {
      throw new IllegalStateException(
          "the text of version " + version.number() + " is not the one that came into force");
    }
    return snapshot;
  }

  /// A policy as somebody hands it in: within bounds, named like files, and valid.
  ///
  /// @throws IllegalArgumentException if it is too large, or a name is none
  /// @throws PolicyRefused if anything in it is wrong
  public static PolicySnapshot checked(List<Source> sources) {
    if (sources.size() > MAX_FILES) {
      throw new IllegalArgumentException("at most " + MAX_FILES + " files");
    }
    long bytes = 0;
    var names = new HashSet<String>();
    for (Source source : sources) {
      if (!source.name().matches("[A-Za-z0-9_][A-Za-z0-9._ -]{0,120}\\.cedar")) {
        throw new IllegalArgumentException("a file is named like `name.cedar`");
      }
      if (!names.add(source.name())) {
        throw new IllegalArgumentException("the file `" + source.name() + "` stands twice");
      }
      int size = source.text().getBytes(StandardCharsets.UTF_8).length;
      if (size > MAX_FILE_BYTES) {
        throw new IllegalArgumentException(
            "the file `" + source.name() + "` has more than " + MAX_FILE_BYTES + " bytes");
      }
      bytes += size;
    }
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException("at most " + MAX_BYTES + " bytes in all files");
    }
    return PolicySnapshot.read(sources);
  }

  /// Brings a policy into force, here at once and on every node within a second.
  ///
  /// @param allow that `administer` on [#IN_FORCE] was allowed
  /// @param by who does it
  /// @param expected the version that was in force when it was looked at
  /// @param ruling the entry of that ruling
  /// @throws OutrunException if another one came into force since
  /// @throws IllegalArgumentException if there is nothing to change, or no reason
  public PolicyVersion publish(
      Ruling.Allow allow,
      Actor by,
      PolicySnapshot policy,
      long expected,
      String reason,
      long ruling) {
    return publish(allow, by, "publish", policy, "published", expected, reason, ruling);
  }

  /// Brings the text of an earlier version into force again, as a new version.
  ///
  /// @throws OutrunException if another one came into force since
  /// @throws IllegalArgumentException if there is no such version, or it is the one in force
  public PolicyVersion rollBack(
      Ruling.Allow allow, Actor by, long to, long expected, String reason, long ruling) {
    PolicyVersion earlier =
        version(to).orElseThrow(() -> new IllegalArgumentException("no version " + to));
    return publish(
        allow, by, "rollback", snapshot(earlier), "rollback of " + to, expected, reason, ruling);
  }

  private PolicyVersion publish(
      Ruling.Allow allow,
      Actor by,
      String action,
      PolicySnapshot policy,
      String origin,
      long expected,
      String reason,
      long ruling) {
    if (!allow.allowed()) {
      throw new IllegalStateException("not allowed");
    }
    if (reason.isBlank() || reason.length() > MAX_REASON) {
      throw new IllegalArgumentException("a reason has 1 to " + MAX_REASON + " characters");
    }
    PolicyVersion inForce = look().version();
    if (inForce.number() != expected) {
      throw new OutrunException(expected, inForce.number());
    }
    if (inForce.digest().text().equals(policy.digest())) {
      throw new IllegalArgumentException("just this policy is in force already");
    }
    Instant furthest = clock.instant().plus(LONGEST_SHADOW);
    for (PolicyRef one : policy.policies()) {
      LocalDate last = one.shadow();
      if (last != null && last.isAfter(LocalDate.ofInstant(furthest, ZoneOffset.UTC))) {
        throw new IllegalArgumentException(
            "policy `%s` would be in shadow for more than %d days"
                .formatted(one.id(), LONGEST_SHADOW.toDays()));
      }
    }
    keep(policy);
    Ledger.Recorded recorded = record(by, action, policy, expected + 1, origin, reason, ruling);
    if (recorded.repeated()) {
      throw new OutrunException(expected, look().version().number());
    }
    // It is in force: from here on by this node, and by each other one when it looks.
    look();
    return version(expected + 1, recorded);
  }

  @Override
  public void close() {
    closing = true;
    looker.interrupt();
  }
}
