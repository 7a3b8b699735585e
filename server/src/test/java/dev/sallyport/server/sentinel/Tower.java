package dev.sallyport.server.sentinel;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Ruling;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decision;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.decisions.Warrants;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.settings.DataFolder;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.standing.Standing;
import dev.sallyport.server.standing.Standings;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// The sentinel of one node over a database and a ledger; what it calls below is played.
final class Tower implements AutoCloseable {
  static final SecureRandom RANDOM = new SecureRandom();
  static final SigningKey LOG_KEY = SigningKey.generate(KeyAlgorithm.ED25519, RANDOM);
  static final Caller.Person OWNER =
      new Caller.Person("administrator", true, null, Caller.Seen.NOTHING);
  static final String V1 = "sha256:" + "11".repeat(32);
  static final String V2 = "sha256:" + "22".repeat(32);
  static final String V3 = "sha256:" + "33".repeat(32);
  static final Places.At SHOP = new Places.At("shop", "prod");

  static final int MOST_LIVING = 10;

  /// The world outside the process: it lives on when that dies.
  static final class World implements Places, Leases {
    final Map<At, List<String>> history = new LinkedHashMap<>();
    final Map<At, String> running = new LinkedHashMap<>();
    final Map<String, String> deployments = new LinkedHashMap<>();
    final Map<String, Progress> progress = new LinkedHashMap<>();
    final Map<String, String> tokens = new TreeMap<>();
    final Set<At> stopped = new LinkedHashSet<>();
    final Set<String> dead = new LinkedHashSet<>();
    final Set<String> undying = new LinkedHashSet<>();

    /// Deployments to these digests do not become healthy.
    final Set<String> broken = new LinkedHashSet<>();

    /// Policy does not let these back.
    final Set<String> refused = new LinkedHashSet<>();

    World live(At place, String digest) {
      history.computeIfAbsent(place, _ -> new ArrayList<>()).addFirst(digest);
      running.put(place, digest);
      return this;
    }

    @Override
    public List<At> with(Digest digest) {
      return running.entrySet().stream()
          .filter(entry -> entry.getValue().equals(digest.text()))
          .map(Map.Entry::getKey)
          .toList();
    }

    @Override
    public List<Digest> at(At place) {
      return Optional.ofNullable(running.get(place)).stream().map(Digest::new).toList();
    }

    @Override
    public List<Digest> earlier(At place) {
      return history.getOrDefault(place, List.of()).stream().distinct().map(Digest::new).toList();
    }

    @Override
    public Optional<String> rollBack(Warrant warrant, At place, Digest to) {
      String id = "deployment-" + warrant.recorded().index();
      if (deployments.putIfAbsent(id, to.text()) == null) {
        boolean good = !broken.contains(to.text());
        progress.put(id, good ? new Progress.Live() : new Progress.Failed("it is broken"));
        if (good) {
          running.put(place, to.text());
        }
      }
      return Optional.of(id);
    }

    @Override
    public boolean stop(Warrant warrant, At place, String reason) {
      warrant.require(dev.sallyport.gate.Action.CONTAIN, new EntityRef("Service", place.service()));
      return stopped.add(place);
    }

    @Override
    public Progress progress(String deployment) {
      return progress.getOrDefault(deployment, new Progress.Failed("not known"));
    }

    @Override
    public List<String> revokeTickets(Warrant warrant, EntityRef thing, String reason) {
      return List.of();
    }

    @Override
    public List<String> revoke(Ruling.Allow allow, Actor by, String run) {
      return List.of();
    }

    List<String> living(String run) {
      return tokens.entrySet().stream()
          .filter(entry -> entry.getValue().equals(run) && isTaken(entry.getKey()))
          .map(Map.Entry::getKey)
          .limit(MOST_LIVING)
          .toList();
    }

    void kill(String token) {
      if (!undying.contains(token)) {
        dead.add(token);
      }
    }

    @Override
    public boolean isTaken(String id) {
      return tokens.containsKey(id) && !dead.contains(id);
    }
  }

  final Database database;
  final Ledger ledger;
  final Standing standing;
  final SentinelStore store;
  final EdgeStore edges;
  final ResponseStore responseStore;
  final Sentinel sentinel;
  final Radius radius;
  final Responses responses;
  final World world;

  Tower(
      Database database, Ledger ledger, World world, Path folder, Clock clock, Settings settings) {
    this.database = database;
    this.ledger = ledger;
    this.world = world;
    this.standing = Standings.open(database, ledger, clock, RANDOM);
    this.store = new SentinelStore(database);
    this.edges = new EdgeStore(database);
    this.responseStore = new ResponseStore(database);
    var playbooks = new Playbooks(new DataFolder(folder));
    this.sentinel = new Sentinel(ledger, store, edges, responseStore, playbooks, clock, RANDOM);
    this.radius = new Radius(edges);
    var planner = new Planner(radius, world, standing, (_, _) -> false);
    var tokens =
        new Tokens() {
          @Override
          public List<String> living(String run) {
            return world.living(run);
          }

          @Override
          public void revoke(Ruling.Allow allow, Actor by, String token) {
            world.kill(token);
          }

          @Override
          public boolean isTaken(String token) {
            return world.isTaken(token);
          }
        };
    var taker = new StepTaker(this::rule, standing, tokens, world, world, sentinel, clock);
    this.responses =
        new Responses(
            responseStore, planner, taker, sentinel, playbooks, ledger, settings, clock, RANDOM);
  }

  private Enforced rule(Asked asked, Known known, String retry) {
    Caller sentinelItself = new Caller.Machine("sentinel", Caller.Seen.NOTHING);
    Warrant warrant = Warrants.of(ledger, sentinelItself, asked, retry);
    var decision = new Decision(warrant.recorded(), null, ledger.prove(warrant.recorded()));
    String artifact = asked.artifact().map(Digest::text).orElse("");
    return world.refused.contains(artifact)
        ? new Enforced.Denied(
            decision,
            dev.sallyport.gate.Gate.unclear(
                "evidence does not hold today",
                dev.sallyport.gate.PolicySnapshot.builtIn(dev.sallyport.gate.Profile.BASELINE)))
        : new Enforced.Allowed(warrant, decision);
  }

  /// The owner may contain this.
  Warrant toContain(EntityRef thing, String retry) {
    return Warrants.of(
        ledger,
        OWNER,
        new Asked(dev.sallyport.gate.Action.CONTAIN, thing, Map.of("reason", "stolen")),
        retry);
  }

  /// Appends an entry; subjects as `Type=id`, body members as `name:value`.
  Ledger.Recorded tell(String type, String action, String outcome, String actor, String... more) {
    return tell(ledger, type, action, outcome, actor, more);
  }

  static Ledger.Recorded tell(
      Ledger ledger, String type, String action, String outcome, String actor, String... more) {
    var subjects = new ArrayList<Subject>();
    var body = new TreeMap<String, Object>();
    for (String one : more) {
      int equals = one.indexOf('=');
      if (Character.isUpperCase(one.charAt(0)) && equals > 0) {
        subjects.add(new Subject(one.substring(0, equals), one.substring(equals + 1)));
      } else {
        String value = one.substring(one.indexOf(':') + 1);
        body.put(
            one.substring(0, one.indexOf(':')),
            value.startsWith("[")
                ? List.of(value.substring(1, value.length() - 1).split(","))
                : value);
      }
    }
    EntryType of =
        java.util.Arrays.stream(EntryType.values())
            .filter(value -> value.word().equals(type))
            .findFirst()
            .orElseThrow();
    return ledger.append(
        new Ledger.Draft(
            of,
            new Actor(Actor.Kind.valueOf(actor.toUpperCase(java.util.Locale.ROOT)), actor),
            action,
            subjects,
            outcome,
            null,
            List.of(),
            null,
            null,
            CanonicalJson.bytes(body)));
  }

  /// A run builds a digest on a runner and it goes live in the shop.
  void released(String run, String runner, String digest) {
    released(ledger, world, run, runner, digest);
  }

  static void released(Ledger ledger, World world, String run, String runner, String digest) {
    String id = "forge/1/" + run;
    tell(
        ledger,
        "decision",
        "publish",
        "allowed",
        "workload",
        "Artifact=" + digest,
        "Run=" + id,
        "Runner=" + runner,
        "Key=key-" + run,
        "enforced:true");
    tell(
        ledger,
        "deployment",
        "deploy",
        "live",
        "machine",
        "Deployment=d" + run,
        "Artifact=" + digest,
        "Service=shop",
        "Environment=prod",
        "Machine=host/web");
    world.live(SHOP, digest);
    world.tokens.put("token-" + run, id);
  }

  /// Reads and works until nothing moves.
  void settle() {
    for (int i = 0; i < 200; i++) {
      boolean read = sentinel.next() < ledger.head().size();
      sentinel.read();
      boolean worked = responses.workOnce();
      if (!read && !worked && responseStore.unfinished(10).isEmpty()) {
        return;
      }
    }
    throw new AssertionError("it does not settle");
  }

  /// Entries as `type action outcome`.
  List<String> told(String type) {
    return told(ledger, type);
  }

  static List<String> told(Ledger ledger, String type) {
    var told = new ArrayList<String>();
    for (long from = 0; ; ) {
      List<Ledger.Recorded> page = ledger.entries(from, Ledger.MAX_PAGE);
      if (page.isEmpty()) {
        return told;
      }
      page.stream()
          .filter(one -> one.entry().type().word().equals(type))
          .forEach(one -> told.add(one.entry().action() + " " + one.entry().outcome()));
      from += page.size();
    }
  }

  @Override
  public void close() {
    standing.close();
  }
}
