package dev.sallyport.server.secrets;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Ruling;
import dev.sallyport.keys.SealingKey;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.runs.Runs;
import dev.sallyport.server.runs.Step;
import dev.sallyport.server.standing.SecretDeclaration;
import dev.sallyport.server.standing.SecretDeclarations;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/// A ruling in exchange for a secret, for as long as a step runs.
///
/// Order, for crashes: ruling, entry, row, answer. A lease whose row was lost gave no value away; a
/// lease whose step ended while we were down is ended at the next start. A value stands in no
/// entry, no body, no log and no exception.
@Component
public final class SecretBroker implements SmartInitializingSingleton {
  /// The longest that a lease lives, whatever its step does.
  public static final Duration LONGEST = Duration.ofHours(1);

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

  private final SecretSource source;
  private final LeaseStore leases;
  private final SecretDeclarations declarations;
  private final Decide decide;
  private final Runs runs;
  private final Ledger ledger;
  private final Clock clock;
  private final SecureRandom random;

  SecretBroker(
      SecretSource source,
      LeaseStore leases,
      SecretDeclarations declarations,
      Decide decide,
      Runs runs,
      Ledger ledger,
      Clock clock,
      SecureRandom random) {
    this.source = source;
    this.leases = leases;
    this.declarations = declarations;
    this.decide = decide;
    this.runs = runs;
    this.ledger = ledger;
    this.clock = clock;
    this.random = random;
  }

  /// Leases whose step ended while nobody was here to end them.
  @Override
  public void afterSingletonsInstantiated() {
    leases.allOpen().stream()
        .map(Lease::step)
        .distinct()
        .filter(step -> runs.step(step).filter(Step::open).isEmpty())
        .forEach(this::endStep);
  }

  /// Keeps a value as the next version of a secret, and overwrites the array that is handed in.
  ///
  /// @param warrant to administer this secret
  /// @throws SealedException if the store is sealed
  /// @throws IllegalArgumentException if it is no secret, or too large
  public synchronized SecretSource.Version put(Warrant warrant, String path, byte[] value) {
    try {
      warrant.require(Action.ADMINISTER, secret(path));
      if (value.length == 0 || value.length > SealingKey.MAX_VALUE_BYTES) {
        throw new IllegalArgumentException(
            "a secret has 1 to " + SealingKey.MAX_VALUE_BYTES + " bytes");
      }
      source.requireOpen();
      long number = source.newest(path).map(newest -> newest.number() + 1).orElse(1L);
      Actor by = warrant.caller().actor();
      Ledger.Recorded recorded =
          record(
              by,
              "put",
              List.of(new Subject("Secret", path)),
              "put",
              warrant.allow(),
              Digest.of("secret put\n" + warrant.recorded().index()),
              Map.of("version", number));
      Instant at = recorded.entry().time();
      source.put(path, number, value, by.id(), at);
      return new SecretSource.Version(path, number, by.id(), at);
    } finally {
      Arrays.fill(value, (byte) 0);
    }
  }

  /// Declares who may read a secret, in place of what was declared before.
  ///
  /// @param warrant to administer this secret
  public void declare(Warrant warrant, SecretDeclaration declared) {
    warrant.require(Action.ADMINISTER, secret(declared.path()));
    Actor by = warrant.caller().actor();
    Ledger.Recorded recorded =
        record(
            by,
            "declare",
            List.of(new Subject("Secret", declared.path())),
            "declared",
            warrant.allow(),
            Digest.of("secret declare\n" + warrant.recorded().index()),
            Map.of("declaration", SecretDeclarations.written(declared)));
    declarations.declare(warrant.allow(), declared, by.id(), recorded.entry().time());
  }

  /// A secret as it is listed: never its value.
  ///
  /// @param version null where only a declaration is there
  public record Listed(
      String path,
      SecretSource.@Nullable Version version,
      @Nullable SecretDeclaration declaration) {}

  /// All secrets and declarations, by path.
  ///
  /// @param warrant to administer all of them
  public List<Listed> list(Warrant warrant) {
    warrant.require(Action.ADMINISTER, EVERY);
    var listed = new TreeMap<String, Listed>();
    source
        .all()
        .forEach(version -> listed.put(version.path(), new Listed(version.path(), version, null)));
    declarations
        .all()
        .forEach(declared ->
            listed.merge(
                declared.path(),
                new Listed(declared.path(), null, declared),
                (one, other) -> new Listed(one.path(), one.version(), other.declaration())));
    return List.copyOf(listed.values());
  }

  /// All secrets, where one asks about all of them.
  public static final EntityRef EVERY = new EntityRef("Secret", "*");

  /// The resource that questions about a secret name.
  ///
  /// @throws IllegalArgumentException if this is no path of one
  public static EntityRef secret(String path) {
    return new EntityRef("Secret", SecretDeclaration.requirePath(path));
  }

  /// Asks for a secret in a step that runs.
  ///
  /// @param name under which the step sees it
  /// @param retryKey the same key with the same question leads to the same lease
  /// @throws SealedException if the store is sealed
  /// @throws IllegalArgumentException if path or name can't be one
  public Leased lease(
      Caller caller, String stepId, String path, String name, @Nullable String retryKey) {
    EntityRef secret = secret(path);
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("`name` is no name of a variable");
    }
    Optional<Step> found = runs.step(stepId).filter(step -> step.open() && asks(caller, step));
    if (found.isEmpty()) {
      return new Leased.NoStep();
    }
    Step step = found.get();
    var known =
        new Known(
            touches(step),
            List.of(),
            sheet -> sheet.run(step.name(), step.source().reviewed(), step.isolation()));
    var asked = new Asked(Action.READ_SECRET, secret, Map.of("step", step.name()));
    // Asked with the same key in another step it is another question.
    String key = retryKey == null ? null : retryKey + " " + step.id();
    return switch (decide.enforce(caller, asked, known, key)) {
      case Enforced.Denied denied -> {
        refuse(caller, step, path, "denied", denied.decision().recorded());
        yield new Leased.Denied(denied);
      }
      case Enforced.Allowed(Warrant warrant, _) -> lease(warrant, step, path, name);
    };
  }

  /// The very caller that began the step: its key, in its run.
  private static boolean asks(Caller caller, Step step) {
    return caller instanceof Caller.Workload workload
        && step.asker().key().equals(workload.seen().key())
        && workload.run().filter(step.asker().run()::equals).isPresent();
  }

  private static List<EntityRef> touches(Step step) {
    var touches = new ArrayList<EntityRef>();
    touches.add(new EntityRef("Step", step.id()));
    if (step.asker().runner() != null) {
      touches.add(new EntityRef("Runner", step.asker().runner()));
    }
    return touches;
  }

  private Leased lease(Warrant warrant, Step step, String path, String name) {
    warrant.require(Action.READ_SECRET, secret(path));
    Optional<SecretSource.Version> newest = source.newest(path);
    if (newest.isEmpty()) {
      refuse(warrant.caller(), step, path, "unknown", warrant.recorded());
      return new Leased.Unknown();
    }
    // Opened first: a value that does not open is not recorded as given.
    byte[] value = source.open(newest.get());
    boolean given = false;
    try {
      String id =
          Digest.of(
                  // The version too: what is read again after it changed is read anew.
                  String.join(
                      "\n",
                      "lease",
                      warrant.recorded().leafHash().base64(),
                      name,
                      Long.toString(newest.get().number())))
              .text()
              .substring(7, 39);
      Ledger.Recorded recorded =
          record(
              warrant.caller().actor(),
              "lease",
              subjects(path, id, step),
              "leased",
              warrant.allow(),
              Digest.of("lease\n" + id),
              Map.of(
                  "version", newest.get().number(), "name", name, "seconds", LONGEST.toSeconds()));
      Instant since = recorded.entry().time();
      var lease =
          new Lease(
              id,
              path,
              newest.get().number(),
              name,
              step.asker().run(),
              step.id(),
              since,
              since.plus(LONGEST),
              null);
      leases.lease(lease);
      Lease kept = leases.find(id).orElse(lease);
      if (runs.step(step.id()).filter(Step::open).isEmpty()) {
        // It ended while this was asked, and whoever ends its leases may have missed this one.
        endStep(step.id());
        return new Leased.NoStep();
      }
      if (!kept.liveAt(clock.instant())) {
        return new Leased.NoStep();
      }
      given = true;
      return new Leased.Given(kept, value);
    } finally {
      if (!given) {
        Arrays.fill(value, (byte) 0);
      }
    }
  }

  private void refuse(Caller caller, Step step, String path, String why, Ledger.Recorded ruling) {
    record(
        caller.actor(),
        "lease",
        subjects(path, null, step),
        "refused",
        null,
        Digest.of("lease refused\n" + ruling.leafHash().base64()),
        Map.of("reason", why, "ruling", ruling.index()));
  }

  private static List<Subject> subjects(String path, @Nullable String lease, Step step) {
    var subjects = new ArrayList<Subject>();
    subjects.add(new Subject("Secret", path));
    if (lease != null) {
      subjects.add(new Subject("Lease", lease));
    }
    subjects.add(new Subject("Run", step.asker().run()));
    subjects.add(new Subject("Step", step.id()));
    subjects.add(new Subject("Key", step.asker().key()));
    return subjects;
  }

  /// Ends the leases of a step that is over; again changes nothing.
  public void endStep(String step) {
    leases.openOfStep(step).forEach(lease -> over(lease, "end", "ended", Actor.SERVER, null));
  }

  /// Revokes all leases of a run, and gives those that it revoked.
  ///
  /// A value that was handed out is not unread by this: what it opens must be changed too.
  public List<Lease> revokeRun(Ruling.Allow allow, Actor by, String run) {
    List<Lease> open = leases.openOfRun(run);
    open.forEach(lease -> over(lease, "revoke", "revoked", by, allow));
    return open;
  }

  private void over(
      Lease lease, String action, String outcome, Actor by, Ruling.@Nullable Allow allow) {
    record(
        by,
        action,
        List.of(
            new Subject("Secret", lease.path()),
            new Subject("Lease", lease.id()),
            new Subject("Run", lease.run()),
            new Subject("Step", lease.step())),
        outcome,
        allow,
        Digest.of("lease " + action + "\n" + lease.id()),
        Map.of("version", lease.version()));
    leases.over(lease.id(), outcome);
  }

  /// Whether a lease lives, by the same look that a reader goes through.
  public boolean isLive(String lease) {
    return leases.find(lease).filter(one -> one.liveAt(clock.instant())).isPresent();
  }

  /// Leases of a run that were not ended.
  public List<Lease> living(String run) {
    return leases.openOfRun(run).stream().filter(one -> one.liveAt(clock.instant())).toList();
  }

  /// All leases that a run ever had.
  public List<Lease> of(String run) {
    return leases.ofRun(run);
  }

  /// All leases of a secret, newest first.
  public List<Lease> ofSecret(String path) {
    return leases.ofPath(path);
  }

  private Ledger.Recorded record(
      Actor actor,
      String action,
      List<Subject> subjects,
      String outcome,
      Ruling.@Nullable Allow allow,
      Digest retry,
      Map<String, Object> body) {
    var salted = new TreeMap<String, Object>(body);
    byte[] salt = new byte[16];
    random.nextBytes(salt);
    salted.put("salt", HexFormat.of().formatHex(salt));
    return ledger.append(
        new Ledger.Draft(
            EntryType.SECRET,
            actor,
            action,
            subjects,
            outcome,
            allow == null ? null : new Digest(allow.policyDigest()),
            List.of(),
            null,
            retry,
            CanonicalJson.bytes(salted)));
  }
}
