package dev.sallyport.server.standing;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Hold;
import dev.sallyport.gate.Waiver;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How things stood at one moment; immutable.
public final class StandingView {
  private final Instant lookedAt;
  private final Map<EntityRef, List<HeldThing>> byThing;
  private final List<GivenWaiver> waivers;

  StandingView(Instant lookedAt, List<HeldThing> open, List<GivenWaiver> waivers) {
    this.lookedAt = lookedAt;
    this.waivers = List.copyOf(waivers);
    var grouped = new HashMap<EntityRef, List<HeldThing>>();
    open.forEach(held -> grouped.computeIfAbsent(held.on(), _ -> new ArrayList<>()).add(held));
    this.byThing = Map.copyOf(grouped);
  }

  /// When the look was taken.
  public Instant lookedAt() {
    return lookedAt;
  }

  /// All holds on these things that have not ended at `now`, as the gate wants them.
  public List<Hold> on(Collection<EntityRef> things, Instant now) {
    return things.stream()
        .distinct()
        .flatMap(thing -> byThing.getOrDefault(thing, List.of()).stream())
        .filter(held -> held.until() == null || now.isBefore(held.until()))
        .map(held -> new Hold(held.on(), held.reason()))
        .toList();
  }

  /// All waivers that have not ended at `now`, as the gate wants them.
  public List<Waiver> waivers(Instant now) {
    return waivers.stream().filter(given -> given.isLive(now)).map(GivenWaiver::waiver).toList();
  }

  /// Whether an artifact was withdrawn for ever.
  public boolean withdrawn(String artifact) {
    return byThing.getOrDefault(new EntityRef("Artifact", artifact), List.of()).stream()
        .anyMatch(HeldThing::tombstone);
  }

  /// Everything that is held.
  public List<HeldThing> all() {
    return byThing.values().stream().flatMap(List::stream).toList();
  }
}
