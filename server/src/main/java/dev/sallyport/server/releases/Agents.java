package dev.sallyport.server.releases;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Hold;
import dev.sallyport.keys.CertificatePath;
import dev.sallyport.keys.ClientAuthority;
import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.VerifyingKey;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.releases.Deployment.State;
import dev.sallyport.server.standing.Standing;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.stereotype.Component;

/// The hosts: how one is let in, what it is asked to do, what it says.
@Component
public final class Agents implements ApplicationListener<ContextClosedEvent> {
  /// How long a host may say nothing: three reports at their usual pace.
  public static final Duration SILENCE = Duration.ofSeconds(15);

  private static final Logger LOG = LoggerFactory.getLogger(Agents.class);
  private static final Duration CODE_LIFETIME = Duration.ofMinutes(10);
  private static final int TRIES = 5;
  private static final int MAX_SERVICES = 32;
  private static final int MAX_DETAIL = 400;
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);
  private static final Duration LISTEN_EVERY = Duration.ofSeconds(1);
  private static final String LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
  private static final Pattern CODE = Pattern.compile("([a-z0-9]{6})-([a-z0-9]{20})");
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final Set<String> STATES = Set.of("running", "altered", "stopped", "empty");
  private static final Set<String> HEALTHS = Set.of("healthy", "unhealthy", "unknown");

  private final AgentStore store;
  private final ReleaseStore places;
  private final Releases releases;
  private final ReleaseEntries entries;
  private final Standing standing;
  private final ClientAuthority authority;
  private final String trustDomain;
  private final Clock clock;
  private final SecureRandom random;
  private final Instant began;
  private final Thread listener;
  private volatile boolean closing;

  Agents(
      AgentStore store,
      ReleaseStore places,
      Releases releases,
      ReleaseEntries entries,
      Standing standing,
      ClientAuthority authority,
      Ledger ledger,
      Clock clock,
      SecureRandom random) {
    this.store = store;
    this.places = places;
    this.releases = releases;
    this.entries = entries;
    this.standing = standing;
    this.authority = authority;
    this.trustDomain = trustDomain(ledger.logKey().name());
    this.clock = clock;
    this.random = random;
    this.began = clock.instant();
    this.listener = Thread.ofVirtual().name("agents-listener").start(this::keepListening);
  }

  /// The log's name turned into a SPIFFE trust domain, which has no path.
  private static String trustDomain(String origin) {
    int slash = origin.indexOf('/');
    return slash < 0 ? origin : origin.substring(slash + 1) + "." + origin.substring(0, slash);
  }

  // ---- letting a host in ----

  /// Makes a one-time code for a host: ten minutes, five tries.
  ///
  /// @param warrant to administer the machine `host/<name>`
  /// @return the code, which is kept only as a hash
  /// @throws IllegalArgumentException if a name is none
  public String makeCode(Warrant warrant, String host, List<String> services, String environment) {
    warrant.require(Action.ADMINISTER, new EntityRef("Machine", "host/" + host));
    if (!Place.isName(host) || services.isEmpty() || services.size() > MAX_SERVICES) {
      throw new IllegalArgumentException("wanted the name of a host and 1 to 32 services");
    }
    for (String service : services) {
      var place = new Place(service, environment);
      if (places.find(place).filter(row -> !row.host().equals(host)).isPresent()) {
        throw new IllegalArgumentException("`" + place + "` is another host's already");
      }
    }
    store.forget(clock.instant().minus(CODE_LIFETIME));
    String id = letters(6);
    String secret = letters(20);
    store.keep(
        new AgentStore.Code(
            id,
            hash(secret),
            host,
            services,
            environment,
            clock.instant().plus(CODE_LIFETIME),
            TRIES,
            null));
    return id + "-" + secret;
  }

  private String letters(int count) {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return text.toString();
  }

  private static String hash(String secret) {
    return Digest.of(secret).text();
  }

  /// What somebody with a code is told.
  public sealed interface Entrance {
    /// He is this host now.
    record Welcome(String host, String certificate) implements Entrance {}

    /// He is not.
    record Refused(String reason) implements Entrance {}
  }

  /// Lets a host in by its code: gives its places to it and a certificate for the key of `request`.
  /// The same key may come again with the same code, for the answer may have been lost.
  public Entrance enrol(String text, String request) {
    Instant now = clock.instant();
    var matcher = CODE.matcher(text);
    Optional<AgentStore.Code> found =
        matcher.matches() ? store.code(matcher.group(1)) : Optional.empty();
    if (found.isEmpty()) {
      // Nobody's code: nothing to count down, and nothing to fill the ledger with.
      return new Entrance.Refused("no such code");
    }
    AgentStore.Code code = found.get();
    if (!now.isBefore(code.until())) {
      return refused(code, "code has expired");
    }
    if (!store.tried(code.id())) {
      return refused(code, "code was tried too often");
    }
    if (!MessageDigest.isEqual(
        hash(matcher.group(2)).getBytes(StandardCharsets.US_ASCII),
        code.secretHash().getBytes(StandardCharsets.US_ASCII))) {
      return refused(code, "no such code");
    }
    String certificate;
    try {
      certificate = authority.issue(request, name(code.host()), now);
    } catch (KeyException e) {
      return refused(code, String.valueOf(e.getMessage()));
    }
    String key =
        VerifyingKey.ofJdk(CertificatePath.readPem(certificate).getFirst().getPublicKey()).keyId();
    if (!store.use(code.id(), key)) {
      return refused(code, "code was used before");
    }
    entries.agent(
        Actor.SERVER,
        "enrol",
        "enrolled",
        subjects(code.host(), code.services(), code.environment()),
        ReleaseEntries.once("enrol", code.id()),
        Map.of("key", key));
    for (String service : code.services()) {
      if (!places.give(new Place(service, code.environment()), code.host(), now)) {
        return refused(code, "a place was given to another host meanwhile");
      }
    }
    store.enrolled(code.host(), now);
    return new Entrance.Welcome(code.host(), certificate);
  }

  private Entrance refused(AgentStore.Code code, String reason) {
    entries.agent(
        Actor.UNKNOWN,
        "enrol",
        "refused",
        subjects(code.host(), code.services(), code.environment()),
        null,
        Map.of("reason", reason));
    return new Entrance.Refused(reason);
  }

  private static List<Subject> subjects(String host, List<String> services, String environment) {
    var subjects = new ArrayList<Subject>();
    subjects.add(new Subject("Machine", "host/" + host));
    subjects.add(new Subject("Environment", environment));
    services.stream().limit(12).forEach(service -> subjects.add(new Subject("Service", service)));
    return subjects;
  }

  private String name(String host) {
    return "spiffe://" + trustDomain + "/host/" + host;
  }

  /// Gives a host its next certificate; refused while it is on hold.
  public Entrance renew(Caller.Machine machine, String request) {
    String host = host(machine);
    List<Subject> subjects = List.of(new Subject("Machine", machine.id()));
    Optional<String> wrong = notLetIn(machine);
    if (wrong.isPresent()) {
      entries.agent(
          machine.actor(), "renew", "refused", subjects, null, Map.of("reason", wrong.get()));
      return new Entrance.Refused(wrong.get());
    }
    try {
      String certificate = authority.issue(request, name(host), clock.instant());
      entries.agent(machine.actor(), "renew", "renewed", subjects, null, Map.of());
      return new Entrance.Welcome(host, certificate);
    } catch (KeyException e) {
      return new Entrance.Refused(String.valueOf(e.getMessage()));
    }
  }

  private Optional<String> notLetIn(Caller.Machine machine) {
    if (store.agent(host(machine)).isEmpty()) {
      return Optional.of("this host was not let in");
    }
    return standing.on(List.of(new EntityRef("Machine", machine.id()))).isEmpty()
        ? Optional.empty()
        : Optional.of("this host is on hold");
  }

  private static String host(Caller.Machine machine) {
    return machine.id().startsWith("host/") ? machine.id().substring("host/".length()) : "";
  }

  // ---- what it is asked to do ----

  /// A ticket for one of a host's places.
  public record Offer(Deployment deployment, String ticket) {
    @Override
    public String toString() {
      return "ticket " + deployment.id();
    }
  }

  /// Tickets for a host, waiting up to `patience` for the first; roll-backs before all else.
  public List<Offer> work(Caller.Machine machine, Set<Place> wanted, Duration patience) {
    Instant deadline = clock.instant().plus(patience);
    while (true) {
      if (notLetIn(machine).isEmpty()) {
        List<Offer> offers =
            releases.waiting(host(machine)).stream()
                .filter(one -> wanted.contains(one.deployment().place()))
                .map(one -> new Offer(one.deployment(), one.ticket()))
                .toList();
        if (!offers.isEmpty()) {
          return offers;
        }
      }
      if (closing || !clock.instant().isBefore(deadline)) {
        return List.of();
      }
      try {
        Thread.sleep(LOOK_EVERY);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return List.of();
      }
    }
  }

  // ---- what it says ----

  /// What a host says of one place.
  ///
  /// @param deployment the one that ended; null where none did
  /// @param digest of what runs; null where nothing does
  /// @param state how the deployment ended, else `running`, `altered`, `stopped` or `empty`
  public record Said(
      Place place,
      @Nullable String deployment,
      @Nullable String digest,
      String state,
      String health,
      long seconds,
      String detail) {
    public Said {
      Set<String> states = deployment == null ? STATES : Set.of("live", "failed", "undone");
      if (!states.contains(state) || !HEALTHS.contains(health)) {
        throw new IllegalArgumentException("unknown `state` or `health`");
      }
      if (digest != null && !DIGEST.matcher(digest).matches()) {
        throw new IllegalArgumentException("`digest` is sha256: and 64 hex digits");
      }
      detail = detail.replaceAll("[\\p{Cntrl}]", " ");
      detail = detail.substring(0, Math.min(MAX_DETAIL, detail.length()));
    }
  }

  /// What it is answered.
  ///
  /// @param acknowledged deployments whose end is written down
  /// @param held places on hold, and why
  /// @param stop places that must not run this digest any longer
  public record Reply(Set<String> acknowledged, Map<Place, String> held, Map<Place, String> stop) {
    public Reply {
      acknowledged = Set.copyOf(acknowledged);
      held = Map.copyOf(held);
      stop = Map.copyOf(stop);
    }
  }

  /// Takes a report.
  ///
  /// @throws NoSuchPlaceException if a place or deployment is not this host's
  public Reply report(Caller.Machine machine, List<Said> said) {
    String host = host(machine);
    Set<String> acknowledged = new HashSet<>();
    Map<Place, String> held = new LinkedHashMap<>();
    Map<Place, String> stop = new LinkedHashMap<>();
    heard(machine);
    for (Said one : said) {
      ReleaseStore.PlaceRow row =
          places
              .find(one.place())
              .filter(place -> place.host().equals(host))
              .orElseThrow(
                  () -> new NoSuchPlaceException("`" + one.place() + "` is not this host's"));
      if (one.deployment() != null) {
        end(machine, one, one.deployment());
        acknowledged.add(one.deployment());
        row = places.find(one.place()).orElse(row);
      }
      note(machine, row, one);
      releases.heldPlace(row).map(Hold::reason).ifPresent(why -> held.put(one.place(), why));
      if (row.stop() != null) {
        stop.put(one.place(), row.stop());
      }
    }
    return new Reply(acknowledged, held, stop);
  }

  private void end(Caller.Machine machine, Said said, String id) {
    Deployment deployment =
        releases
            .find(id)
            .filter(
                one -> one.place().equals(said.place()) && one.machine().id().equals(machine.id()))
            .orElseThrow(() -> new NoSuchPlaceException("no deployment `" + id + "` is here"));
    State state =
        switch (said.state()) {
          case "live" -> State.LIVE;
          case "undone" -> State.UNDONE;
          default -> State.FAILED;
        };
    if (deployment.state() == State.REDEEMED) {
      releases.ended(
          machine.actor(), deployment, state, said.health(), said.seconds(), said.detail());
    }
  }

  /// What runs is an entry when it changes, and a row each time.
  private void note(Caller.Machine machine, ReleaseStore.PlaceRow row, Said said) {
    String state =
        said.deployment() == null ? said.state() : said.digest() == null ? "empty" : "running";
    boolean same =
        java.util.Objects.equals(row.reported(), said.digest())
            && row.state().equals(state)
            && row.health().equals(said.health());
    if (same) {
      return;
    }
    var subjects = new ArrayList<Subject>();
    subjects.add(new Subject("Machine", machine.id()));
    if (said.digest() != null) {
      subjects.add(new Subject("Artifact", said.digest()));
    }
    subjects.add(new Subject("Service", row.place().service()));
    subjects.add(new Subject("Environment", row.place().environment()));
    var body = new TreeMap<String, String>();
    body.put("health", said.health());
    body.put("expected", row.expected() == null ? "" : row.expected());
    body.put("digest", said.digest() == null ? "" : said.digest());
    if (!said.detail().isEmpty()) {
      body.put("detail", said.detail());
    }
    Ledger.Recorded recorded =
        entries.agent(
            machine.actor(),
            "report",
            state,
            subjects,
            ReleaseEntries.once(
                "report",
                row.place().service() + "\n" + row.place().environment() + "\n" + row.version()),
            body);
    if (recorded.repeated() && !recorded.entry().outcome().equals(state)) {
      // The entry of a report that was cut off by a crash: it takes its number, this one the next.
      places.say(row, row.reported(), row.state(), row.health(), row.detail(), row.since());
      places.find(row.place()).ifPresent(next -> note(machine, next, said));
      return;
    }
    places.say(row, said.digest(), state, said.health(), said.detail(), recorded.entry().time());
  }

  private void heard(Caller.Machine machine) {
    AgentStore.Agent agent =
        store
            .agent(host(machine))
            .orElseThrow(() -> new NoSuchPlaceException("this host was not let in"));
    if (agent.silent()) {
      entries.agent(
          machine.actor(),
          "back",
          "back",
          List.of(new Subject("Machine", machine.id())),
          ReleaseEntries.once("back", agent.host() + "\n" + agent.heard().toEpochMilli()),
          Map.of());
    }
    store.heard(agent.host(), clock.instant());
  }

  // ---- what it does not say ----

  private void keepListening() {
    while (!closing) {
      try {
        Thread.sleep(LISTEN_EVERY);
        listen();
        releases.giveUpLate();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        if (!closing) {
          LOG.warn("couldn't see which hosts are silent: {}", e.getMessage());
        }
      }
    }
  }

  /// Writes down which hosts have said nothing for too long. While this server was down itself,
  /// nobody could be heard: silence counts from its start.
  void listen() {
    Instant now = clock.instant();
    for (AgentStore.Agent agent : store.agents()) {
      Instant since = agent.heard().isAfter(began) ? agent.heard() : began;
      if (!agent.silent() && now.isAfter(since.plus(SILENCE))) {
        entries.agent(
            Actor.SERVER,
            "silent",
            "silent",
            List.of(new Subject("Machine", "host/" + agent.host())),
            ReleaseEntries.once("silent", agent.host() + "\n" + agent.heard().toEpochMilli()),
            Map.of("heard", agent.heard().toString()));
        store.silent(agent.host());
      }
    }
  }

  /// Lets nobody wait while the server wants to end.
  @Override
  public void onApplicationEvent(ContextClosedEvent event) {
    stopListening();
  }

  void stopListening() {
    closing = true;
    listener.interrupt();
  }
}
