package dev.sallyport.detect;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Events of a test, told one after the other, a second apart where nothing else is said.
final class Story {
  static final Instant BEGIN = Instant.parse("2026-11-25T12:00:00Z");
  static final String GOOD = "sha256:" + "ab".repeat(32);
  static final String BAD = "sha256:" + "cd".repeat(32);

  private final List<Event> events = new ArrayList<>();
  private Instant now = BEGIN;

  Story wait(Duration time) {
    now = now.plus(time);
    return this;
  }

  /// Subjects as `Type=id`, attributes as `name:value`.
  Story tell(String type, String action, String outcome, String actor, String... more) {
    var subjects = new ArrayList<Thing>();
    Map<String, String> attributes = new LinkedHashMap<>();
    for (String one : more) {
      int equals = one.indexOf('=');
      if (Character.isUpperCase(one.charAt(0)) && equals > 0) {
        subjects.add(new Thing(one.substring(0, equals), one.substring(equals + 1)));
      } else {
        attributes.put(one.substring(0, one.indexOf(':')), one.substring(one.indexOf(':') + 1));
      }
    }
    events.add(
        new Event(
            events.size(),
            now,
            type,
            action,
            outcome,
            new Thing(
                actor.substring(0, actor.indexOf(' ')), actor.substring(actor.indexOf(' ') + 1)),
            subjects,
            attributes));
    now = now.plusSeconds(1);
    return this;
  }

  /// A run of the shop publishes what it built.
  Story publish(int run, String runner, String person, String network) {
    return tell(
        "decision",
        "publish",
        "allowed",
        "workload shop",
        "Artifact=" + GOOD,
        "Run=forge/1/" + run,
        "Runner=" + runner,
        "Person=" + person,
        "network:" + network);
  }

  List<Event> events() {
    return List.copyOf(events);
  }

  List<Finding> findings() {
    return Watch.standard().steps(new Memory(), events);
  }

  /// Findings of one rule.
  List<Finding> findings(String rule) {
    return findings().stream().filter(finding -> finding.rule().equals(rule)).toList();
  }
}
