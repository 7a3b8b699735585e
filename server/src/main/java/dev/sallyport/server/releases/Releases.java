package dev.sallyport.server.releases;

import dev.sallyport.credential.BoundTickets;
import dev.sallyport.credential.BoundTickets.Kind;
import dev.sallyport.credential.BoundTickets.Ticket;
import dev.sallyport.credential.Checked;
import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Hold;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.releases.Deployment.State;
import dev.sallyport.server.releases.Deployment.TicketState;
import dev.sallyport.server.standing.Standing;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// What goes out: a ruling becomes a ticket, the ticket is started by its caller and redeemed once
/// by the host of its place, and what became of it is kept.
///
/// Each act is in the ledger before it is in the tables. A ticket's id follows from its ruling, and
/// its redemption is the first entry under one retry key: so of two who redeem at once the ledger
/// takes one, on one node or several, and the tables only follow.
@Component
public final class Releases {
  private static final int MAX_NONCE = 128;

  private final ReleaseStore store;
  private final AgentStore agents;
  private final ReleaseEntries entries;
  private final Standing standing;
  private final BoundTickets tickets;
  private final Clock clock;

  Releases(
      ReleaseStore store,
      AgentStore agents,
      ReleaseEntries entries,
      Standing standing,
      BoundTickets tickets,
      Clock clock) {
    this.store = store;
    this.agents = agents;
    this.entries = entries;
    this.standing = standing;
    this.tickets = tickets;
    this.clock = clock;
    takeUp();
  }

  /// A ticket in its two forms.
  ///
  /// @param ticket signed, for the caller; never shown by `toString`
  public record Issued(Deployment deployment, String ticket) {
    @Override
    public String toString() {
      return "ticket " + deployment.id();
    }
  }

  /// The host that serves a place, as the vocabulary names it.
  public Optional<EntityRef> machineOf(Place place) {
    return store.find(place).map(row -> new EntityRef("Machine", "host/" + row.host()));
  }

  /// Issues the ticket that a ruling to deploy is worth; the same ruling gives the same ticket.
  ///
  /// @param warrant to deploy one artifact to the place's environment
  /// @param repository of the registry that has it
  /// @throws NoSuchPlaceException if no host was let in for the place
  public Issued issue(Warrant warrant, Place place, String repository) {
    warrant.require(Action.DEPLOY, new EntityRef("Environment", place.environment()));
    String artifact = artifact(warrant);
    String key = warrant.caller().seen().key();
    if (key == null) {
      throw new IllegalStateException("a ticket is for a caller who proved a key");
    }
    Deployment issued = issued(warrant, Kind.DEPLOY, place, artifact, repository, key);
    return new Issued(issued, tickets.sign(ticket(issued)));
  }

  private static String artifact(Warrant warrant) {
    Digest artifact =
        warrant
            .asked()
            .artifact()
            .orElseThrow(() -> new IllegalStateException("a ticket is for one artifact"));
    warrant.require(artifact);
    return artifact.text();
  }

  private Deployment issued(
      Warrant warrant, Kind kind, Place place, String artifact, String repository, String key) {
    String host =
        store
            .find(place)
            .map(ReleaseStore.PlaceRow::host)
            .orElseThrow(
                () -> new NoSuchPlaceException("no host was let in yet for `" + place + "`"));
    Caller caller = warrant.caller();
    long ruling = warrant.recorded().index();
    String id =
        Digest.of("ticket\n" + ruling + "\n" + warrant.recorded().leafHash().base64())
            .text()
            .substring("sha256:".length(), "sha256:".length() + 32);
    Optional<Deployment> before = store.find(id);
    if (before.isPresent()) {
      return before.get();
    }
    Deployment draft =
        new Deployment(
            id,
            kind,
            place,
            host,
            artifact,
            repository,
            caller.actor().id(),
            key,
            run(caller),
            runner(caller),
            touched(warrant, kind, place, host, artifact),
            ruling,
            BoundTickets.endOf(clock.instant()),
            TicketState.ISSUED,
            State.ISSUED,
            null,
            "",
            "unknown",
            0,
            clock.instant(),
            null);
    Ledger.Recorded recorded =
        entries.ticket(
            caller.actor(),
            "issue",
            "issued",
            draft,
            null,
            ReleaseEntries.once("issue", id),
            Map.of("ruling", Long.toString(ruling), "kind", kind.word()));
    store.keep(at(draft, recorded.entry().time()));
    return store.find(id).orElseThrow();
  }

  /// Its times are the ledger's: written again after a crash, it is the same ticket.
  private static Deployment at(Deployment draft, Instant time) {
    return new Deployment(
        draft.id(),
        draft.kind(),
        draft.place(),
        draft.host(),
        draft.artifact(),
        draft.repository(),
        draft.caller(),
        draft.key(),
        draft.run(),
        draft.runner(),
        draft.touched(),
        draft.ruling(),
        BoundTickets.endOf(time),
        draft.ticket(),
        draft.state(),
        draft.previous(),
        draft.detail(),
        draft.health(),
        draft.seconds(),
        time,
        draft.liveSince());
  }

  private static @Nullable String run(Caller caller) {
    return caller instanceof Caller.Workload workload ? workload.run().orElse(null) : null;
  }

  private static @Nullable String runner(Caller caller) {
    return caller instanceof Caller.Workload workload ? workload.runner().orElse(null) : null;
  }

  /// Everything that a hold could be on. A place that is held can be rolled back, for that is what
  /// it is held for.
  private static List<EntityRef> touched(
      Warrant warrant, Kind kind, Place place, String host, String artifact) {
    Caller caller = warrant.caller();
    var things = new LinkedHashSet<EntityRef>();
    warrant.touched().stream().filter(thing -> thing.type().equals("Runner")).forEach(things::add);
    things.add(new EntityRef("Artifact", artifact));
    things.add(new EntityRef("Machine", "host/" + host));
    if (kind == Kind.DEPLOY) {
      things.add(new EntityRef("Service", place.service()));
      things.add(new EntityRef("Environment", place.environment()));
    }
    switch (caller) {
      case Caller.Person person -> things.add(new EntityRef("Person", person.id()));
      case Caller.Machine machine -> things.add(new EntityRef("Machine", machine.id()));
      case Caller.Workload workload -> {
        things.add(new EntityRef("Workload", workload.id()));
        things.add(new EntityRef("Repository", workload.repository()));
        workload.run().ifPresent(run -> things.add(new EntityRef("Run", run)));
        workload.runner().ifPresent(runner -> things.add(new EntityRef("Runner", runner)));
        workload.startedBy().ifPresent(person -> things.add(new EntityRef("Person", person)));
      }
    }
    if (caller.seen().key() != null) {
      things.add(new EntityRef("Key", caller.seen().key()));
    }
    if (caller.seen().token() != null) {
      things.add(new EntityRef("Token", caller.seen().token()));
    }
    return List.copyOf(things);
  }

  private static Ticket ticket(Deployment of) {
    return new Ticket(
        of.id(),
        of.caller(),
        of.key(),
        of.kind(),
        of.artifact(),
        of.place().service(),
        of.place().environment(),
        of.ruling(),
        of.expires());
  }

  /// Puts a ticket to bring an earlier release back before its host, without a caller's start.
  ///
  /// @param warrant to roll the environment back to that artifact
  /// @throws NoSuchPlaceException if that release never was live there
  public Deployment rollback(Warrant warrant, Place place, String digest) {
    warrant.require(Action.ROLLBACK, new EntityRef("Environment", place.environment()));
    if (!artifact(warrant).equals(digest)) {
      throw new IllegalStateException("a warrant is for one artifact alone");
    }
    Deployment earlier =
        store.history(place).stream()
            .filter(one -> one.artifact().equals(digest))
            .findFirst()
            .orElseThrow(
                () -> new NoSuchPlaceException("`" + digest + "` never was live as " + place));
    Deployment issued =
        issued(
            warrant, Kind.ROLLBACK, place, digest, earlier.repository(), tickets.ownThumbprint());
    return started(warrant.caller().actor(), issued);
  }

  /// Stops a place: what runs there must not run any longer, and only another ticket starts
  /// anything again. Told twice, it is ordered once.
  ///
  /// @param warrant to contain the service
  /// @return the digest that is to be stopped; empty where nothing is known to run
  public Optional<String> stop(Warrant warrant, Place place, String reason) {
    warrant.require(Action.CONTAIN, new EntityRef("Service", place.service()));
    Optional<ReleaseStore.PlaceRow> row = store.find(place);
    Optional<String> digest =
        row.flatMap(
            at -> Optional.ofNullable(at.reported() != null ? at.reported() : at.expected()));
    digest.ifPresent(runs -> {
      entries.agent(
          warrant.caller().actor(),
          "stop",
          "ordered",
          List.of(
              new Subject("Machine", "host/" + row.orElseThrow().host()),
              new Subject("Artifact", runs),
              new Subject("Service", place.service()),
              new Subject("Environment", place.environment())),
          ReleaseEntries.once("stop", Long.toString(warrant.recorded().index()) + "\n" + place),
          Map.of("reason", reason));
      store.stop(place, runs);
    });
    return digest;
  }

  /// Starts a ticket: asks the host of its place. Told twice, it says the same.
  ///
  /// @param caller who proved the key that the ticket is bound to
  public TicketAnswer start(Caller caller, String text) {
    Actor actor = caller.actor();
    Checked<Ticket> read = tickets.verify(text, clock.instant());
    if (read instanceof Checked.Refused<Ticket> refused) {
      entries.unknownTicket(actor, "start", refused.detail());
      return new TicketAnswer.Refused(refused.detail());
    }
    Ticket shown = ((Checked.Accepted<Ticket>) read).value();
    Optional<Deployment> known = store.find(shown.id());
    if (known.isEmpty()) {
      entries.unknownTicket(actor, "start", "ticket is not known here");
      return new TicketAnswer.Refused("ticket is not known here");
    }
    Deployment deployment = known.get();
    if (!deployment.key().equals(caller.seen().key()) || !deployment.caller().equals(actor.id())) {
      return refused(actor, "start", deployment, "ticket is bound to another key");
    }
    return switch (deployment.ticket()) {
      case REFUSED, REVOKED -> refused(actor, "start", deployment, gone(deployment));
      case STARTED, REDEEMED -> new TicketAnswer.Granted(deployment);
      case ISSUED -> {
        Optional<String> hold = held(deployment);
        yield hold.isPresent()
            ? refused(actor, "start", deployment, hold.get())
            : new TicketAnswer.Granted(started(actor, deployment));
      }
    };
  }

  private Deployment started(Actor actor, Deployment deployment) {
    entries.ticket(
        actor,
        "start",
        "started",
        deployment,
        null,
        ReleaseEntries.once("start", deployment.id()),
        Map.of());
    entries.deployment(actor, deployment, State.REQUESTED.word(), Map.of());
    store.step(deployment.id(), TicketState.ISSUED, TicketState.STARTED, State.REQUESTED, "");
    return store.find(deployment.id()).orElseThrow();
  }

  private static String gone(Deployment deployment) {
    return deployment.ticket() == TicketState.REVOKED
        ? "ticket was taken back"
        : "ticket was refused before";
  }

  private TicketAnswer refused(Actor actor, String action, Deployment of, String reason) {
    entries.ticket(actor, action, "refused", of, null, null, Map.of("reason", reason));
    return new TicketAnswer.Refused(reason);
  }

  private Optional<String> held(Deployment deployment) {
    return standing.on(deployment.touched()).stream()
        .findFirst()
        .map(hold -> hold.on().type() + " is on hold");
  }

  /// Redeems a ticket for the host of its place, once. The same machine with the same nonce gets
  /// the same answer again, however late: it may have been killed before it read the first.
  public TicketAnswer redeem(Caller.Machine machine, String text, String nonce) {
    return redeem(machine.actor(), machine.id(), text, nonce);
  }

  private TicketAnswer redeem(Actor actor, String machine, String text, String nonce) {
    Checked<Ticket> read = tickets.authentic(text);
    if (read instanceof Checked.Refused<Ticket> refused) {
      entries.unknownTicket(actor, "redeem", refused.detail());
      return new TicketAnswer.Refused(refused.detail());
    }
    Ticket shown = ((Checked.Accepted<Ticket>) read).value();
    Optional<Deployment> known = store.find(shown.id());
    if (known.isEmpty()) {
      entries.unknownTicket(actor, "redeem", "ticket is not known here");
      return new TicketAnswer.Refused("ticket is not known here");
    }
    Deployment deployment = known.get();
    if (!deployment.machine().id().equals(machine)) {
      return refused(actor, "redeem", deployment, "ticket is for another host");
    }
    if (nonce.isEmpty() || nonce.length() > MAX_NONCE) {
      return refused(actor, "redeem", deployment, "wanted a nonce");
    }
    Digest once = ReleaseEntries.once("redeem", deployment.id());
    Digest request = Digest.of("redeem\n" + machine + "\n" + nonce);
    Optional<Ledger.Recorded> before = entries.firstOf(once);
    if (before.isEmpty()) {
      Optional<String> wrong = notNow(deployment);
      if (wrong.isPresent()) {
        return refused(actor, "redeem", deployment, wrong.get());
      }
    }
    Ledger.Recorded first =
        before.orElseGet(
            () -> entries.ticket(actor, "redeem", "redeemed", deployment, request, once, Map.of()));
    if (!request.equals(first.entry().request())) {
      return refused(actor, "redeem", deployment, "ticket was used before");
    }
    return granted(actor, deployment);
  }

  /// Why a ticket that nobody redeemed yet cannot be redeemed now.
  private Optional<String> notNow(Deployment deployment) {
    return switch (deployment.ticket()) {
      case ISSUED -> Optional.of("ticket was not started by its caller");
      case REFUSED, REVOKED -> Optional.of(gone(deployment));
      case REDEEMED -> Optional.of("ticket was used before");
      case STARTED -> {
        if (!clock.instant().isBefore(deployment.expires())) {
          yield Optional.of("ticket has expired");
        }
        Optional<String> hold = held(deployment);
        hold.ifPresent(why -> giveUp(deployment, TicketState.REFUSED, why));
        yield hold;
      }
    };
  }

  private void giveUp(Deployment deployment, TicketState ticket, String why) {
    entries.end(Actor.SERVER, deployment, State.FAILED.word(), Map.of("reason", why));
    store.step(deployment.id(), deployment.ticket(), ticket, State.FAILED, why);
  }

  /// The ledger has it; the tables follow, unless it was taken back in the same moment.
  private TicketAnswer granted(Actor actor, Deployment deployment) {
    if (deployment.ticket() == TicketState.STARTED) {
      entries.deployment(actor, deployment, State.REDEEMED.word(), Map.of());
      store.previous(
          deployment.id(),
          store.find(deployment.place()).map(ReleaseStore.PlaceRow::expected).orElse(null));
      store.stop(deployment.place(), null);
      store.step(deployment.id(), TicketState.STARTED, TicketState.REDEEMED, State.REDEEMED, "");
    }
    Deployment now = store.find(deployment.id()).orElseThrow();
    return now.ticket() == TicketState.REDEEMED
        ? new TicketAnswer.Granted(now)
        : refused(actor, "redeem", now, gone(now));
  }

  /// How a deployment ended, as its host says; told again, nothing changes.
  void ended(
      Actor actor, Deployment deployment, State state, String health, long seconds, String detail) {
    var body = new TreeMap<String, String>();
    body.put("health", health);
    body.put("seconds", Long.toString(seconds));
    if (deployment.previous() != null) {
      body.put("previous", deployment.previous());
    }
    if (!detail.isEmpty()) {
      body.put("detail", detail);
    }
    Ledger.Recorded recorded = entries.end(actor, deployment, state.word(), body);
    if (!recorded.entry().outcome().equals(State.LIVE.word())) {
      store.end(deployment.id(), state, detail, health, seconds);
      return;
    }
    List<Deployment> older =
        store.live(deployment.place()).stream()
            .filter(one -> !one.id().equals(deployment.id()))
            .toList();
    older.forEach(one ->
        entries.deployment(
            Actor.SERVER, one, State.SUPERSEDED.word(), Map.of("by", deployment.id())));
    store.together(() -> {
      if (store.end(deployment.id(), State.LIVE, detail, health, seconds)) {
        older.forEach(one -> store.superseded(one.id()));
        store.live(deployment.id(), recorded.entry().time());
        store.expect(deployment.place(), deployment.artifact(), deployment.id());
      }
    });
  }

  /// Takes back every ticket that has to do with a thing and was not redeemed yet.
  ///
  /// @param warrant to contain
  /// @return those taken back
  public List<Deployment> revokeTickets(Warrant warrant, EntityRef thing, String reason) {
    if (warrant.asked().action() != Action.CONTAIN) {
      throw new IllegalStateException("only containing takes tickets back");
    }
    var open = new ArrayList<>(store.with(TicketState.ISSUED));
    open.addAll(store.with(TicketState.STARTED));
    var revoked = new ArrayList<Deployment>();
    for (Deployment one : open) {
      if (one.touched().contains(thing)) {
        entries.ticket(
            warrant.caller().actor(),
            "revoke",
            "revoked",
            one,
            null,
            ReleaseEntries.once("revoke", one.id()),
            Map.of("reason", reason));
        if (one.ticket() == TicketState.STARTED) {
          entries.end(Actor.SERVER, one, State.FAILED.word(), Map.of("reason", reason));
        }
        if (store.step(one.id(), TicketState.ISSUED, TicketState.REVOKED, State.FAILED, reason)
            || store.step(
                one.id(), TicketState.STARTED, TicketState.REVOKED, State.FAILED, reason)) {
          revoked.add(store.find(one.id()).orElseThrow());
        }
      }
    }
    return List.copyOf(revoked);
  }

  /// Whether a ticket could still be started or redeemed, if nothing is on hold.
  public boolean isLive(String id) {
    return store
        .find(id)
        .filter(one -> one.ticket() == TicketState.ISSUED || one.ticket() == TicketState.STARTED)
        .filter(one -> clock.instant().isBefore(one.expires()))
        .isPresent();
  }

  /// Proves that a ticket is dead by redeeming it in its host's name: true where that is refused.
  /// One that was alive after all is used up by this.
  public boolean proveDead(String id) {
    Deployment deployment =
        store
            .find(id)
            .orElseThrow(() -> new NoSuchPlaceException("no ticket `" + id + "` is known"));
    return redeem(
            Actor.SERVER,
            deployment.machine().id(),
            tickets.sign(ticket(deployment)),
            "proof of death")
        instanceof TicketAnswer.Refused;
  }

  /// What runs where.
  public List<RunningRelease> running() {
    Map<String, AgentStore.Agent> heard = new HashMap<>();
    agents.agents().forEach(agent -> heard.put(agent.host(), agent));
    return store.places().stream()
        .map(row -> {
          AgentStore.Agent agent = heard.get(row.host());
          return new RunningRelease(
              row.place(),
              row.host(),
              row.expected(),
              row.deployment(),
              row.reported(),
              row.state(),
              row.health(),
              row.detail(),
              row.since(),
              agent == null ? null : agent.heard(),
              agent != null && agent.silent(),
              row.deployment() == null ? null : store.find(row.deployment()).orElse(null));
        })
        .toList();
  }

  /// Everything that was ever live at a place, newest first.
  public List<Deployment> history(Place place) {
    return store.history(place);
  }

  /// The latest deployments of all places, newest first, at most `limit`.
  public List<Deployment> latest(int limit) {
    return store.latest(limit);
  }

  /// Whether anything of a registry's repository was let out to a host, now or ever: what it may
  /// pull.
  public boolean sentTo(Caller.Machine machine, String repository) {
    return machine.id().startsWith("host/")
        && store.sentTo(machine.id().substring("host/".length()), repository);
  }

  /// One deployment.
  public Optional<Deployment> find(String id) {
    return store.find(id);
  }

  /// Holds on a place, as its host is told.
  Optional<Hold> heldPlace(ReleaseStore.PlaceRow row) {
    return standing
        .on(
            List.of(
                new EntityRef("Service", row.place().service()),
                new EntityRef("Environment", row.place().environment()),
                new EntityRef("Machine", "host/" + row.host())))
        .stream()
        .findFirst();
  }

  /// A signed ticket that waits for its host.
  record Waiting(Deployment deployment, String ticket) {}

  /// Tickets that wait for a host and that nothing stops.
  List<Waiting> waiting(String host) {
    return store.waiting(host, clock.instant()).stream()
        .filter(one -> held(one).isEmpty())
        .map(one -> new Waiting(one, tickets.sign(ticket(one))))
        .toList();
  }

  /// Gives up tickets that nobody used in time. Half a minute later than they end: whoever redeemed
  /// one in its last second is through by then.
  void giveUpLate() {
    Instant late = clock.instant().minusSeconds(30);
    for (Deployment one : store.with(TicketState.ISSUED)) {
      if (one.expires().isBefore(late)) {
        store.step(
            one.id(), TicketState.ISSUED, TicketState.REFUSED, State.FAILED, "was never started");
      }
    }
    for (Deployment one : store.with(TicketState.STARTED)) {
      if (one.expires().isBefore(late)
          && entries.firstOf(ReleaseEntries.once("redeem", one.id())).isEmpty()) {
        giveUp(one, TicketState.REFUSED, "its host did not take it in time");
      }
    }
  }

  /// Takes up what a crash left between ledger and tables.
  void takeUp() {
    for (Deployment one : store.with(TicketState.ISSUED)) {
      if (entries.firstOf(ReleaseEntries.once("revoke", one.id())).isPresent()) {
        store.step(one.id(), TicketState.ISSUED, TicketState.REVOKED, State.FAILED, "taken back");
      } else if (entries.firstOf(ReleaseEntries.once("start", one.id())).isPresent()) {
        started(Actor.SERVER, one);
      }
    }
    for (Deployment one : store.with(TicketState.STARTED)) {
      if (entries.firstOf(ReleaseEntries.once("redeem", one.id())).isPresent()) {
        granted(Actor.SERVER, one);
      } else if (entries.firstOf(ReleaseEntries.once("revoke", one.id())).isPresent()) {
        store.step(one.id(), TicketState.STARTED, TicketState.REVOKED, State.FAILED, "taken back");
      } else if (entries.firstOf(ReleaseEntries.once("deployment end", one.id())).isPresent()) {
        store.step(one.id(), TicketState.STARTED, TicketState.REFUSED, State.FAILED, "was on hold");
      }
    }
  }
}
