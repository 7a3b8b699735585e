package dev.sallyport.detect;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Somebody is refused again and again, and then let through: the locks were tried until one gave.
///
/// [#MANY] refusals of one principal, or of one key, not older than [#WINDOW] when an allow of the
/// same comes. After a finding it counts from nothing.
final class RefusalsThenAllowRule implements Detector {
  static final int MANY = 5;
  static final Duration WINDOW = Duration.ofMinutes(10);

  private static final int MAX_KEPT = 16;
  private static final About ABOUT =
      new About(
          "refusals-then-allow",
          "Many refusals of one principal or key in ten minutes, and then an allow.",
          Severity.MEDIUM,
          List.of("T1110", "T1526"),
          List.of(2, 5));
  private static final String TABLE = ABOUT.id();

  @Override
  public About about() {
    return ABOUT;
  }

  @Override
  public List<Finding> step(Memory memory, Input input) {
    // A lease follows a ruling that stands in the ledger already.
    if (!(input instanceof Event event)
        || event.type().equals("secret")
        || !(event.refused() || event.letThrough())) {
      return List.of();
    }
    for (Map.Entry<String, Thing> who : askers(event).entrySet()) {
      if (event.refused()) {
        note(memory, who.getKey(), event);
        continue;
      }
      List<Long> recent = recent(memory, who.getKey(), event.time());
      if (recent.size() >= MANY) {
        askers(event).keySet().forEach(memory.table(TABLE)::remove);
        return List.of(found(event, who.getValue(), recent));
      }
    }
    return List.of();
  }

  private static Map<String, Thing> askers(Event event) {
    var askers = new LinkedHashMap<String, Thing>();
    if (!event.actor().type().equals("unknown") && !event.actor().type().equals("server")) {
      askers.put(event.actor().type() + " " + event.actor().id(), event.actor());
    }
    String key = event.key();
    if (key != null) {
      askers.put("key " + key, new Thing("Key", key));
    }
    return askers;
  }

  private static void note(Memory memory, String who, Event event) {
    List<String> row = memory.table(TABLE).get(who);
    var refusals = new ArrayList<>(row == null ? List.<String>of() : row);
    refusals.add(event.time().toEpochMilli() + " " + event.index());
    memory
        .table(TABLE)
        .put(who, refusals.subList(Math.max(0, refusals.size() - MAX_KEPT), refusals.size()));
  }

  private static List<Long> recent(Memory memory, String who, Instant now) {
    List<String> row = memory.table(TABLE).get(who);
    long oldest = now.minus(WINDOW).toEpochMilli();
    return row == null
        ? List.of()
        : row.stream()
            .map(refusal -> refusal.split(" ", 2))
            .filter(parts -> Long.parseLong(parts[0]) >= oldest)
            .map(parts -> Long.parseLong(parts[1]))
            .toList();
  }

  private static Finding found(Event event, Thing who, List<Long> refusals) {
    var about = new ArrayList<Thing>();
    about.add(who);
    event.subjects().stream().filter(thing -> !thing.equals(who)).limit(8).forEach(about::add);
    var evidence = new ArrayList<>(refusals.subList(0, Math.min(refusals.size(), 15)));
    evidence.add(event.index());
    return new Finding(
        ABOUT.id(),
        ABOUT.severity(),
        event.time(),
        event.index(),
        about,
        evidence,
        refusals.size() + " refusals within ten minutes and then an allow of " + event.action());
  }
}
