package dev.sallyport.detect;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A host runs something else than its ticket said: changed on the host, or never deployed by us.
///
/// What should run is what the report says was expected, else what went live there last. One
/// finding for each digest that should not be there.
final class RunningDigestRule implements Detector {
  private static final About ABOUT =
      new About(
          "running-other-digest",
          "What runs is not what was deployed.",
          Severity.CRITICAL,
          List.of("T1610", "T1525"),
          List.of(9));
  private static final String LIVE = ABOUT.id() + ".live";
  private static final String TOLD = ABOUT.id() + ".told";

  @Override
  public About about() {
    return ABOUT;
  }

  @Override
  public List<Finding> step(Memory memory, Input input) {
    if (!(input instanceof Event event)) {
      return List.of();
    }
    String place = place(event);
    if (place == null) {
      return List.of();
    }
    String artifact = event.id("Artifact");
    if (event.type().equals("deployment")) {
      deployed(memory, event, place, artifact);
      return List.of();
    }
    return event.is("agent", "report") ? report(memory, event, place) : List.of();
  }

  /// A row: what went live last, its entry, and what is on its way.
  private static void deployed(
      Memory memory, Event event, String place, @Nullable String artifact) {
    List<String> before = memory.table(LIVE).get(place);
    String live = before == null ? "" : before.get(0);
    String entry = before == null ? "" : before.get(1);
    String coming = before == null ? "" : before.get(2);
    if (artifact == null) {
      return;
    }
    switch (event.outcome()) {
      case "live" ->
          memory.table(LIVE).put(place, List.of(artifact, Long.toString(event.index()), ""));
      case "redeemed" -> memory.table(LIVE).put(place, List.of(live, entry, artifact));
      case "failed", "undone" -> {
        if (coming.equals(artifact)) {
          memory.table(LIVE).put(place, List.of(live, entry, ""));
        }
      }
      default -> {}
    }
  }

  private static List<Finding> report(Memory memory, Event event, String place) {
    String running = event.attribute("digest");
    String artifact = running == null ? event.id("Artifact") : running;
    List<String> live = memory.table(LIVE).get(place);
    String told = event.attribute("expected");
    String expected = told == null && live != null ? live.get(0) : told;
    if (artifact == null || artifact.isEmpty() || expected == null || expected.isEmpty()) {
      return List.of();
    }
    boolean known = live != null && (artifact.equals(live.get(0)) || artifact.equals(live.get(2)));
    if (artifact.equals(expected) || known) {
      memory.table(TOLD).remove(place);
      return List.of();
    }
    List<String> before = memory.table(TOLD).get(place);
    if (before != null && before.getFirst().equals(artifact)) {
      return List.of();
    }
    memory.table(TOLD).put(place, List.of(artifact));
    var evidence = new ArrayList<Long>(List.of(event.index()));
    if (live != null && !live.get(1).isEmpty()) {
      evidence.add(Long.parseLong(live.get(1)));
    }
    var about = new ArrayList<Thing>();
    event.subject("Machine").ifPresent(about::add);
    event.subjects().stream().filter(thing -> !about.contains(thing)).limit(8).forEach(about::add);
    return List.of(
        new Finding(
            ABOUT.id(),
            ABOUT.severity(),
            event.time(),
            event.index(),
            about,
            evidence,
            "a host runs `" + artifact + "` where `" + expected + "` was deployed"));
  }

  private static @Nullable String place(Event event) {
    String service = either(event.id("Service"), event.attribute("service"));
    String environment = either(event.id("Environment"), event.attribute("environment"));
    String machine = event.id("Machine");
    return service == null || environment == null
        ? null
        : service + "|" + environment + "|" + (machine == null ? "" : machine);
  }

  private static @Nullable String either(@Nullable String one, @Nullable String other) {
    return one == null ? other : one;
  }
}
