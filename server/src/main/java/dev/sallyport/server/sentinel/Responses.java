package dev.sallyport.server.sentinel;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.settings.Settings;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/// Responses: wanted, planned, taken step by step, undone.
///
/// What is wanted stands in the database before anything is done, and so do the steps; each step
/// can be taken twice with the effect of once. So a process that was killed goes on where it was,
/// and two nodes that take the same step do it once. Order for each step: the ruling, the act, the
/// entry that says what came of it (under a retry key), the row.
@Component
public final class Responses implements SmartInitializingSingleton, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Responses.class);
  private static final Duration EVERY = Duration.ofMillis(200);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration CATCH_UP = Duration.ofSeconds(10);
  private static final int MAX_UNFINISHED = 100;
  private static final int MAX_LISTED = 500;
  private static final int MAX_TRIES = 300;

  private final ResponseStore store;
  private final Planner planner;
  private final StepTaker taker;
  private final Sentinel sentinel;
  private final Playbooks playbooks;
  private final Ledger ledger;
  private final Settings settings;
  private final Clock clock;
  private final SecureRandom random;

  /// How often a step failed for want of something that may come back.
  private final Map<String, Integer> tries = new ConcurrentHashMap<>();

  private final Thread worker;
  private volatile boolean closing;

  Responses(
      ResponseStore store,
      Planner planner,
      StepTaker taker,
      Sentinel sentinel,
      Playbooks playbooks,
      Ledger ledger,
      Settings settings,
      Clock clock,
      SecureRandom random) {
    this.store = store;
    this.planner = planner;
    this.taker = taker;
    this.sentinel = sentinel;
    this.playbooks = playbooks;
    this.ledger = ledger;
    this.settings = settings;
    this.clock = clock;
    this.random = random;
    this.worker = Thread.ofVirtual().name("sentinel-responses").unstarted(this::keepWorking);
  }

  /// Goes on with what was left unfinished when the whole house stands.
  @Override
  public void afterSingletonsInstantiated() {
    worker.start();
  }

  /// What a response is against.
  ///
  /// @param avoid things that share the matter
  /// @param mayStop a place may be stopped when no good release is left
  public record Wanted(EntityRef target, List<EntityRef> avoid, String reason, boolean mayStop) {
    public Wanted {
      avoid = List.copyOf(avoid);
    }
  }

  /// The steps that a person's response would take, with nothing changed.
  ///
  /// @throws IllegalArgumentException if it would be too wide
  public List<Response.Step> dryRun(Wanted wanted) {
    requireCaughtUp();
    return planner.plan(response("dry run", wanted, Sentinel.ACTOR, null));
  }

  private void requireCaughtUp() {
    if (!sentinel.caughtUp(CATCH_UP)) {
      throw new IllegalStateException("the ledger was not read to its end: try again");
    }
  }

  private Response response(String id, Wanted wanted, Actor asker, @Nullable String incident) {
    return new Response(
        id,
        wanted.target(),
        wanted.avoid(),
        Playbook.Tier.ROLL_BACK,
        "contain",
        false,
        wanted.mayStop(),
        incident,
        wanted.reason(),
        asker,
        Response.State.DUE,
        clock.instant());
  }

  /// Begins a person's response; it goes on by itself.
  ///
  /// @param warrant that `contain` on the target was allowed; the same one begins it once
  /// @throws IllegalArgumentException if it would be too wide
  public Response contain(Warrant warrant, Wanted wanted) {
    warrant.require(Action.CONTAIN, askedOn(wanted.target()));
    requireCaughtUp();
    String id = Sentinel.hash("contain\n" + warrant.recorded().index());
    Response response = response(id, wanted, warrant.caller().actor(), null);
    planner.plan(response);
    store.want(response);
    return store.response(id).orElse(response);
  }

  /// What `contain` is asked on: the thing, or all responses where the vocabulary has no such thing
  /// to contain.
  public static EntityRef askedOn(EntityRef target) {
    return switch (target.type()) {
      case "Token", "Dependency" -> new EntityRef("Key", target.type() + " " + target.id());
      default -> target;
    };
  }

  /// Undoes what can be undone of a response: lifts the holds that it set, and only where asked the
  /// withdrawals too.
  ///
  /// @return the new response; empty where there is none of this id
  public Optional<Response> undo(Warrant warrant, String id, boolean tombstones, String reason) {
    Optional<Response> undone = store.response(id);
    return undone.map(old -> {
      warrant.require(Action.CONTAIN, askedOn(old.target()));
      String undoId = Sentinel.hash("undo\n" + warrant.recorded().index());
      var steps = new ArrayList<Response.Step>();
      for (Response.Step step : store.steps(id)) {
        boolean held = step.kind() == Response.Kind.HOLD || step.kind() == Response.Kind.ROLL_BACK;
        boolean withdrawn = step.kind() == Response.Kind.TOMBSTONE && tombstones;
        if (held || withdrawn) {
          step.detail().stream()
              .filter(line -> line.startsWith(StepTaker.HOLD_ID))
              .map(line -> line.substring(StepTaker.HOLD_ID.length()))
              .forEach(hold ->
                  steps.add(
                      Response.Step.pending(
                          steps.size(), Response.Kind.LIFT, step.thing(), List.of(hold))));
        }
      }
      var response =
          new Response(
              undoId,
              old.target(),
              List.of(),
              Playbook.Tier.HOLD,
              "undo",
              false,
              false,
              old.incident(),
              reason,
              warrant.caller().actor(),
              Response.State.RUNNING,
              clock.instant());
      // Its steps are not worked out but given: it is never due.
      recordPlan(response, steps);
      store.wantPlanned(response, steps);
      return store.response(undoId).orElse(response);
    });
  }

  /// Switches automatic responses on or off for all nodes; a person's own are not touched.
  public void switchAutomatic(Warrant warrant, boolean on, String reason) {
    warrant.require(Action.CONTAIN, new EntityRef("Machine", "sentinel"));
    ledger.append(
        new Ledger.Draft(
            EntryType.RESPONSE,
            warrant.caller().actor(),
            "switch",
            List.of(new Subject("Response", "automatic")),
            on ? "on" : "off",
            warrant.recorded().entry().policy(),
            List.of(),
            null,
            Digest.of("switch\n" + warrant.recorded().index()),
            CanonicalJson.bytes(Map.of("reason", reason, "salt", salt()))));
    store.automatic(on);
  }

  /// Whether responses run by themselves.
  public boolean automatic() {
    return store.automatic().orElse(settings.respond().automatic());
  }

  /// A response.
  public Optional<Response> response(String id) {
    return store.response(id);
  }

  /// The steps of a response, as far as they are.
  public List<Response.Step> steps(String id) {
    return store.steps(id);
  }

  /// Responses, newest first.
  public List<Response> newest(int limit) {
    return store.newest(Math.clamp(limit, 0, MAX_LISTED));
  }

  private void keepWorking() {
    while (!closing) {
      try {
        if (!workOnce()) {
          Thread.sleep(EVERY);
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        if (!closing) {
          LOG.warn("couldn't go on with a response: {}", e.toString());
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(Duration.ofSeconds(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Goes on with everything that is unfinished; whether anything came on.
  boolean workOnce() {
    boolean worked = false;
    for (Response response : store.unfinished(MAX_UNFINISHED)) {
      worked |= work(response);
    }
    return worked;
  }

  /// Goes on with a response as far as it comes without waiting; whether it came on.
  boolean work(Response response) {
    if (response.automatic() && !automatic()) {
      stop(response, "automatic responses are switched off");
      return true;
    }
    if (response.state() == Response.State.DUE) {
      return plan(response);
    }
    for (Response.Step step : store.steps(response.id())) {
      if (!step.state().equals("pending")) {
        continue;
      }
      Response.Step after = take(response, step);
      if (!after.equals(step)) {
        store.end(response.id(), after);
      }
      if (after.state().equals("pending")) {
        return false;
      }
      if (response.automatic() && !automatic()) {
        return true;
      }
    }
    record(response, "finished", response.target(), Map.of(), "finished");
    store.move(response.id(), Response.State.RUNNING, Response.State.FINISHED, clock.instant());
    return true;
  }

  private boolean plan(Response response) {
    if (response.automatic()) {
      Instant since = clock.instant().minus(HOUR);
      long perHour = playbooks.named(response.playbook()).map(Playbook::perHour).orElse(0);
      if (store.begunSince(since, null) >= settings.respond().perHour()
          || store.begunSince(since, response.playbook()) >= perHour) {
        sentinel.page(
            response.target(),
            "a response was due and the hour's cap is reached: " + response.reason(),
            "cap " + response.id());
        stop(response, "the cap of this hour is reached");
        return true;
      }
    }
    try {
      begin(response, planner.plan(response));
    } catch (IllegalArgumentException e) {
      sentinel.page(response.target(), String.valueOf(e.getMessage()), "wide " + response.id());
      stop(response, String.valueOf(e.getMessage()));
    }
    return true;
  }

  private void begin(Response response, List<Response.Step> steps) {
    recordPlan(response, steps);
    store.plan(response.id(), steps);
  }

  private void recordPlan(Response response, List<Response.Step> steps) {
    record(
        response,
        "planned",
        response.target(),
        Map.of(
            "reason",
            response.reason(),
            "steps",
            steps.stream().limit(500).map(Responses::word).toList()),
        "planned");
  }

  static String word(Response.Step step) {
    return step.kind().word() + " " + dev.sallyport.server.standing.Thing.word(step.thing());
  }

  private void stop(Response response, String why) {
    record(response, "stopped", response.target(), Map.of("reason", why), "stopped");
    store.move(response.id(), response.state(), Response.State.STOPPED, clock.instant());
  }

  private Response.Step take(Response response, Response.Step step) {
    String attempt = response.id() + " " + step.place();
    Response.Step after;
    try {
      after = taker.take(response, step);
    } catch (RuntimeException e) {
      LOG.warn("couldn't take step {}: {}", attempt, e.toString());
      if (tries.merge(attempt, 1, Integer::sum) < MAX_TRIES) {
        return step;
      }
      after = step.ended("failed", "could not be done: " + e.getMessage(), -1);
    }
    if (after.state().equals("pending")) {
      return after;
    }
    tries.remove(attempt);
    Ledger.Recorded recorded =
        record(
            response,
            after.state(),
            step.thing(),
            Map.of("step", word(step), "place", step.place(), "result", after.result()),
            "step " + step.place() + " " + after.state());
    return after.ended(after.state(), after.result(), recorded.index());
  }

  private Ledger.Recorded record(
      Response response, String outcome, EntityRef thing, Map<String, Object> what, String retry) {
    var body = new TreeMap<String, Object>(what);
    body.put("salt", salt());
    var subjects = new ArrayList<Subject>();
    subjects.add(new Subject("Response", response.id()));
    String incident = response.incident();
    if (incident != null) {
      subjects.add(new Subject("Incident", incident));
    }
    subjects.add(new Subject(thing.type(), thing.id()));
    return ledger.append(
        new Ledger.Draft(
            EntryType.RESPONSE,
            response.asker(),
            response.playbook(),
            subjects,
            outcome,
            null,
            List.of(),
            null,
            Digest.of("response\n" + response.id() + "\n" + retry),
            CanonicalJson.bytes(body)));
  }

  private String salt() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public void close() {
    closing = true;
    worker.interrupt();
  }
}
