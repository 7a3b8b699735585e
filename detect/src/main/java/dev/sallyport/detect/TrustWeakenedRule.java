package dev.sallyport.detect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The rules themselves changed: another policy came into force, a secret may be read by more,
/// trust was administered, automatic responses were switched off.
final class TrustWeakenedRule implements Detector {
  private static final About ABOUT =
      new About(
          "trust-weakened",
          "Policy, trust, a secret's readers or the automatic responses were changed.",
          Severity.MEDIUM,
          List.of("T1685", "T1484.002"),
          List.of(1, 5, 10));
  private static final String POLICY = ABOUT.id() + ".policy";
  private static final String SECRETS = ABOUT.id() + ".secret";
  private static final String EVERY = "*";
  private static final List<String> READERS =
      List.of("repositories", "refs", "steps", "environments");

  @Override
  public About about() {
    return ABOUT;
  }

  @Override
  public List<Finding> step(Memory memory, Input input) {
    if (!(input instanceof Event event)) {
      return List.of();
    }
    return switch (event.type()) {
      case "policy" -> policy(memory, event);
      case "secret" -> secret(memory, event);
      case "decision" -> administered(event);
      case "response" -> switched(event);
      default -> List.of();
    };
  }

  private static List<Finding> policy(Memory memory, Event event) {
    String digest = event.attribute("policy");
    if (digest == null) {
      return List.of();
    }
    List<String> before = memory.table(POLICY).get("in force");
    memory.table(POLICY).put("in force", List.of(digest, Long.toString(event.index())));
    if (before == null || before.getFirst().equals(digest)) {
      return List.of();
    }
    return List.of(
        found(
            event,
            Severity.HIGH,
            List.of(Long.parseLong(before.get(1)), event.index()),
            "another policy came into force than before"));
  }

  private static List<Finding> secret(Memory memory, Event event) {
    String secret = event.id("Secret");
    if (!event.action().equals("declare") || secret == null) {
      return List.of();
    }
    List<String> now = READERS.stream().map(name -> readers(name, event)).toList();
    List<String> before = memory.table(SECRETS).get(secret);
    var row = new ArrayList<>(now);
    row.add(Long.toString(event.index()));
    memory.table(SECRETS).put(secret, row);
    if (before == null) {
      return List.of();
    }
    var wider = new ArrayList<String>();
    for (int i = 0; i < READERS.size(); i++) {
      if (wider(before.get(i), now.get(i))) {
        wider.add(READERS.get(i));
      }
    }
    return wider.isEmpty()
        ? List.of()
        : List.of(
            found(
                event,
                Severity.MEDIUM,
                List.of(Long.parseLong(before.getLast()), event.index()),
                "more may read a secret than before: more " + String.join(" and ", wider)));
  }

  /// Where nobody said which repositories, none may read; where nobody said which refs, steps or
  /// environments, all may.
  private static String readers(String name, Event event) {
    String list = event.attribute("declaration." + name);
    return list != null ? list : name.equals("repositories") ? "" : EVERY;
  }

  private static boolean wider(String before, String now) {
    if (before.equals(EVERY) || before.equals(now)) {
      return false;
    }
    return now.equals(EVERY) || !set(before).containsAll(set(now));
  }

  private static Set<String> set(String list) {
    return list.isEmpty() ? Set.of() : new TreeSet<>(Arrays.asList(list.split("\n", -1)));
  }

  private static List<Finding> administered(Event event) {
    return event.action().equals("administer") && event.outcome().equals("allowed")
        ? List.of(found(event, Severity.LOW, List.of(event.index()), "somebody administered trust"))
        : List.of();
  }

  private static List<Finding> switched(Event event) {
    return event.action().equals("switch") && event.outcome().equals("off")
        ? List.of(
            found(
                event,
                Severity.HIGH,
                List.of(event.index()),
                "automatic responses were switched off"))
        : List.of();
  }

  private static Finding found(Event event, Severity severity, List<Long> evidence, String text) {
    var about = new ArrayList<Thing>();
    event.subjects().stream().limit(8).forEach(about::add);
    about.add(event.actor());
    return new Finding(ABOUT.id(), severity, event.time(), event.index(), about, evidence, text);
  }
}
