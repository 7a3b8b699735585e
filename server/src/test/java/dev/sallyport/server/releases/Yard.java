package dev.sallyport.server.releases;

import dev.sallyport.credential.BoundTickets;
import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.keys.ClientAuthority;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.decisions.Warrants;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.Entry;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.standing.Standing;
import dev.sallyport.server.standing.Standings;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/// The rooms of one node over a database and a ledger, with a clock that stands still.
final class Yard implements AutoCloseable {
  static final SecureRandom RANDOM = new SecureRandom();
  static final SigningKey TICKET_KEY = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
  static final SigningKey AGENT_KEY = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
  static final Place SHOP = new Place("shop", "prod");
  static final Caller.Machine WEB = machine("web-1");
  static final String V1 = "sha256:" + "11".repeat(32);
  static final String V2 = "sha256:" + "22".repeat(32);
  static final String KEY = "k".repeat(43);
  static final Caller.Workload JOB = job("7", KEY);
  static final Caller.Person OWNER =
      new Caller.Person("administrator", true, null, Caller.Seen.NOTHING);

  final AtomicReference<Instant> now;
  final Ledger ledger;
  final Standing standing;
  final Releases releases;
  final Agents agents;
  final ReleaseStore store;
  final BoundTickets tickets = new BoundTickets(TICKET_KEY, "sallyport/test");

  Yard(Database database, Ledger ledger, AtomicReference<Instant> now, Path folder) {
    this.now = now;
    this.ledger = ledger;
    Clock clock = clock(now);
    this.standing = Standings.open(database, ledger, clock, RANDOM);
    this.store = new ReleaseStore(database);
    var agentStore = new AgentStore(database);
    var entries = new ReleaseEntries(ledger, RANDOM);
    this.releases = new Releases(store, agentStore, entries, standing, tickets, clock);
    this.agents =
        new Agents(
            agentStore,
            store,
            releases,
            entries,
            standing,
            ClientAuthority.in(folder, now.get(), RANDOM),
            ledger,
            clock,
            RANDOM);
  }

  static Clock clock(AtomicReference<Instant> now) {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return now.get();
      }
    };
  }

  static Caller.Machine machine(String host) {
    return new Caller.Machine("host/" + host, Caller.Seen.NOTHING);
  }

  static Caller.Workload job(String run, String key) {
    return new Caller.Workload(
        "git.example/12/345",
        "git.example/345",
        Map.of("run", run, "runnerId", "9", "actor", "77"),
        new Caller.Seen(key, "token-" + run, "127.0.0.1"));
  }

  void passes(Duration time) {
    now.updateAndGet(before -> before.plus(time));
  }

  Warrant warrant(Caller caller, Action action, EntityRef resource, Map<String, Object> claimed) {
    return Warrants.of(ledger, caller, new Asked(action, resource, claimed));
  }

  Warrant toDeploy(Caller caller, String digest) {
    return warrant(
        caller, Action.DEPLOY, new EntityRef("Environment", "prod"), Map.of("artifact", digest));
  }

  Warrant toRollBack(String digest) {
    return warrant(
        OWNER, Action.ROLLBACK, new EntityRef("Environment", "prod"), Map.of("artifact", digest));
  }

  Warrant toContain(EntityRef thing) {
    return warrant(OWNER, Action.CONTAIN, thing, Map.of("reason", "test"));
  }

  void hold(EntityRef thing) {
    standing.hold(
        toContain(thing).allow(),
        new Actor(Actor.Kind.PERSON, "administrator"),
        thing,
        "stolen",
        Duration.ofHours(1),
        "hold " + thing);
  }

  String code(String host, String... services) {
    return agents.makeCode(
        warrant(OWNER, Action.ADMINISTER, new EntityRef("Machine", "host/" + host), Map.of()),
        host,
        List.of(services),
        "prod");
  }

  static String request() {
    return ClientAuthority.request(AGENT_KEY, "x");
  }

  /// Lets `web-1` in for `shop`.
  Yard withHost() {
    if (!(agents.enrol(code("web-1", "shop"), request()) instanceof Agents.Entrance.Welcome)) {
      throw new AssertionError("not let in");
    }
    return this;
  }

  Releases.Issued issued(String digest) {
    return releases.issue(toDeploy(JOB, digest), SHOP, "acme/shop");
  }

  static Agents.Said live(String deployment, String digest) {
    return new Agents.Said(SHOP, deployment, digest, "live", "healthy", 2, "");
  }

  /// All of a deploy until it is live.
  Deployment deployed(String digest) {
    Releases.Issued issued = issued(digest);
    releases.start(JOB, issued.ticket());
    releases.redeem(WEB, issued.ticket(), "n-" + issued.deployment().id());
    agents.report(WEB, List.of(live(issued.deployment().id(), digest)));
    return releases.find(issued.deployment().id()).orElseThrow();
  }

  List<Entry> entries() {
    var all = new ArrayList<Entry>();
    for (long from = 0; ; ) {
      List<Ledger.Recorded> page = ledger.entries(from, Ledger.MAX_PAGE);
      if (page.isEmpty()) {
        return all;
      }
      page.forEach(one -> all.add(one.entry()));
      from += page.size();
    }
  }

  /// Entries as `type action outcome`, of this type.
  List<String> told(String type) {
    return entries().stream()
        .filter(entry -> entry.type().word().equals(type))
        .map(entry -> entry.action() + " " + entry.outcome())
        .toList();
  }

  @Override
  public void close() {
    agents.stopListening();
    standing.close();
  }
}
