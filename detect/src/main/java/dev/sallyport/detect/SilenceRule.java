package dev.sallyport.detect;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Whoever should speak has not: no word of a host's agent for three of its intervals; and its
/// return.
///
/// Two ways: the room that hears heartbeats records `silent` and `back`, or an event carries
/// `interval` (seconds) and with it promises another within that time. The finding's time is the
/// deadline, and its identity the last word, so that it is the same whether a tick or the next
/// event showed that time went by.
final class SilenceRule implements Detector {
  static final int INTERVALS = 3;

  private static final About ABOUT =
      new About(
          "silence",
          "A host's agent has not reported for three intervals, or came back after that.",
          Severity.MEDIUM,
          List.of("T1685.002"),
          List.of(10));
  private static final String WAITING = ABOUT.id() + ".waiting";
  private static final String SILENT = ABOUT.id() + ".silent";
  private static final String SOONEST = ABOUT.id() + ".soonest";
  private static final long MAX_INTERVAL_SECONDS = Duration.ofDays(1).toSeconds();

  @Override
  public About about() {
    return ABOUT;
  }

  @Override
  public List<Finding> step(Memory memory, Input input) {
    var found = new ArrayList<Finding>();
    overdue(memory, input.time(), found);
    if (input instanceof Event event && event.type().equals("agent")) {
      Thing agent = event.subject("Machine").orElse(event.actor());
      switch (event.action()) {
        case "silent" -> {
          if (memory.table(SILENT).get(agent.id()) == null) {
            fellSilent(memory, agent, event.time(), event.index(), List.of(event.index()), found);
          }
        }
        default -> spoke(memory, agent, event, found);
      }
    }
    return found;
  }

  private static void spoke(Memory memory, Thing agent, Event event, List<Finding> found) {
    List<String> silent = memory.table(SILENT).get(agent.id());
    if (silent != null) {
      memory.table(SILENT).remove(agent.id());
      found.add(
          new Finding(
              ABOUT.id(),
              Severity.LOW,
              event.time(),
              event.index(),
              List.of(agent),
              List.of(Long.parseLong(silent.getFirst()), event.index()),
              "the agent of " + agent.id() + " is back after a silence"));
    }
    Duration interval = interval(event.attribute("interval"));
    if (interval == null) {
      memory.table(WAITING).remove(agent.id());
      return;
    }
    Instant deadline = event.time().plus(interval.multipliedBy(INTERVALS));
    memory
        .table(WAITING)
        .put(
            agent.id(),
            List.of(Long.toString(deadline.toEpochMilli()), Long.toString(event.index())));
    sooner(memory, deadline.toEpochMilli());
  }

  private static @Nullable Duration interval(@Nullable String seconds) {
    return seconds != null && seconds.matches("[1-9]\\d{0,5}")
        ? Duration.ofSeconds(Math.min(Long.parseLong(seconds), MAX_INTERVAL_SECONDS))
        : null;
  }

  /// The soonest deadline is kept, so that an input before it costs nothing; it may be too early.
  private static void sooner(Memory memory, long deadline) {
    List<String> soonest = memory.table(SOONEST).get("");
    if (soonest == null || Long.parseLong(soonest.getFirst()) > deadline) {
      memory.table(SOONEST).put("", List.of(Long.toString(deadline)));
    }
  }

  private static void overdue(Memory memory, Instant now, List<Finding> found) {
    List<String> soonest = memory.table(SOONEST).get("");
    if (soonest == null || Long.parseLong(soonest.getFirst()) >= now.toEpochMilli()) {
      return;
    }
    List<Map.Entry<String, List<String>>> late =
        memory.table(WAITING).all().entrySet().stream()
            .filter(waiting -> deadline(waiting.getValue()) < now.toEpochMilli())
            .map(waiting -> Map.entry(waiting.getKey(), waiting.getValue()))
            .sorted((one, other) -> {
              int order = Long.compare(deadline(one.getValue()), deadline(other.getValue()));
              return order == 0 ? one.getKey().compareTo(other.getKey()) : order;
            })
            .toList();
    for (var waiting : late) {
      memory.table(WAITING).remove(waiting.getKey());
      long last = Long.parseLong(waiting.getValue().get(1));
      fellSilent(
          memory,
          new Thing("Machine", waiting.getKey()),
          Instant.ofEpochMilli(deadline(waiting.getValue())),
          last,
          List.of(last),
          found);
    }
    memory.table(SOONEST).remove("");
    memory.table(WAITING).all().values().forEach(waiting -> sooner(memory, deadline(waiting)));
  }

  private static long deadline(List<String> waiting) {
    return Long.parseLong(waiting.getFirst());
  }

  private static void fellSilent(
      Memory memory, Thing agent, Instant time, long at, List<Long> evidence, List<Finding> found) {
    memory.table(SILENT).put(agent.id(), List.of(Long.toString(at)));
    memory.table(WAITING).remove(agent.id());
    found.add(
        new Finding(
            ABOUT.id(),
            ABOUT.severity(),
            time,
            at,
            List.of(agent),
            evidence,
            "no word of the agent of " + agent.id()));
  }
}
