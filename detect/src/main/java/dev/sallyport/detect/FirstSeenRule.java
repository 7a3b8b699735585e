package dev.sallyport.detect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Something new publishes or deploys where the same few always did: a principal, whoever started
/// the run, a runner, a network.
///
/// The place is the action with the repository, for a deploy the environment too. It learns by
/// runs: silent while it has seen fewer than [#LEARN] of them there, so that the first release of a
/// new repository is no finding, and where more than half of the runs brought something new
/// (runners that live for one job, a provider's pool of addresses). Only what was allowed teaches.
final class FirstSeenRule implements Detector {
  /// Runs of a place before anything new there is a finding.
  static final int LEARN = 2;

  private static final int MAX_KNOWN = 24;
  private static final int HEAD = 2;
  private static final About ABOUT =
      new About(
          "first-seen",
          "A principal, starter, runner or network that was never seen there before publishes or deploys.",
          Severity.MEDIUM,
          List.of("T1078", "T1195.002"),
          List.of(5, 9));
  private static final String PLACES = ABOUT.id();
  private static final String RUNNERS = ABOUT.id() + ".runner";
  private static final Set<String> ACTIONS = Set.of("publish", "deploy");

  @Override
  public About about() {
    return ABOUT;
  }

  @Override
  public List<Finding> step(Memory memory, Input input) {
    if (!(input instanceof Event event)) {
      return List.of();
    }
    rememberRunner(memory, event);
    if (!event.type().equals("decision")
        || !ACTIONS.contains(event.action())
        || !event.outcome().equals("allowed")) {
      return List.of();
    }
    var found = new ArrayList<Finding>();
    String run = event.id("Run");
    traits(memory, event)
        .forEach((kind, trait) -> {
          if (isNew(memory, place(event) + "|" + kind, trait.id(), run == null ? "" : run)) {
            found.add(found(event, kind, trait));
          }
        });
    return found;
  }

  /// Which runner a run is on may stand in its step's entry alone.
  private static void rememberRunner(Memory memory, Event event) {
    String run = event.id("Run");
    String runner = event.id("Runner");
    if (event.type().equals("step") && run != null && runner != null) {
      memory.table(RUNNERS).put(run, List.of(runner));
    }
  }

  private static String place(Event event) {
    String repository = event.repository();
    String environment = event.id("Environment");
    return event.action()
        + "|"
        + (repository == null ? "" : repository)
        + "|"
        + (environment == null ? "" : environment);
  }

  private static Map<String, Thing> traits(Memory memory, Event event) {
    var traits = new LinkedHashMap<String, Thing>();
    traits.put("principal", event.actor());
    event.subject("Person").ifPresent(person -> traits.put("starter", person));
    String runner = runner(memory, event);
    if (runner != null) {
      traits.put("runner", new Thing("Runner", runner));
    }
    String network = Networks.of(event.attribute("network"));
    if (!network.isEmpty()) {
      traits.put("network", new Thing("Network", network));
    }
    return traits;
  }

  private static @Nullable String runner(Memory memory, Event event) {
    String named = event.id("Runner");
    String run = event.id("Run");
    if (named != null || run == null) {
      return named;
    }
    List<String> remembered = memory.table(RUNNERS).get(run);
    return remembered == null ? null : remembered.getFirst();
  }

  /// A row: runs seen, the last one, then the known values, oldest first.
  private static boolean isNew(Memory memory, String key, String value, String run) {
    List<String> row = memory.table(PLACES).get(key);
    long runs = row == null ? 0 : Long.parseLong(row.get(0));
    String last = row == null ? "" : row.get(1);
    var known = new ArrayList<>(row == null ? List.<String>of() : row.subList(HEAD, row.size()));
    boolean unknown = !known.contains(value);
    boolean settled = runs >= LEARN && known.size() * 2L <= runs;
    if (unknown) {
      known.add(value);
      if (known.size() > MAX_KNOWN) {
        known.removeFirst();
      }
    }
    boolean another = run.isEmpty() || !run.equals(last);
    var written = new ArrayList<String>();
    written.add(Long.toString(another ? runs + 1 : runs));
    written.add(run);
    written.addAll(known);
    memory.table(PLACES).put(key, written);
    return unknown && settled;
  }

  private static Finding found(Event event, String kind, Thing trait) {
    var about = new ArrayList<Thing>();
    if (!kind.equals("network")) {
      about.add(trait);
    }
    event.subjects().stream()
        .filter(thing -> !thing.equals(trait) && !thing.type().equals("Key"))
        .limit(8)
        .forEach(about::add);
    if (about.isEmpty()) {
      about.add(event.actor());
    }
    return new Finding(
        ABOUT.id(),
        switch (kind) {
          case "runner", "starter" -> Severity.HIGH;
          case "network" -> Severity.LOW;
          default -> Severity.MEDIUM;
        },
        event.time(),
        event.index(),
        about,
        List.of(event.index()),
        "the %s `%s` was never seen before in a %s here"
            .formatted(kind, trait.id(), event.action()));
  }
}
