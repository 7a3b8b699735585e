package dev.sallyport.detect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A step was given a secret and reported at its end that it never used it: either it asks for more
/// than it needs, or what used it does not say so.
///
/// A step says at its beginning which secrets it wants under which names, and at its end which
/// names were used; leases in between say which it was given. A lease that ends with `used` false
/// says it by itself.
final class UnusedSecretRule implements Detector {
  private static final About ABOUT =
      new About(
          "secret-unused",
          "A step was given a secret that it never used.",
          Severity.LOW,
          List.of("T1552", "T1555.006"),
          List.of(5, 6));
  private static final String WANTED = ABOUT.id() + ".wanted";
  private static final String LEASED = ABOUT.id() + ".leased";
  private static final String PREFIX = "secrets.";
  private static final int MAX_SECRETS = 32;

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
      case "step" -> {
        if (event.action().equals("begin")) {
          begun(memory, event);
          yield List.of();
        }
        yield event.action().equals("end") ? ended(memory, event) : List.of();
      }
      case "secret" -> secret(memory, event);
      default -> List.of();
    };
  }

  private static void begun(Memory memory, Event event) {
    String step = event.id("Step");
    var wanted = new ArrayList<String>();
    event.attributes().entrySet().stream()
        .filter(attribute -> attribute.getKey().startsWith(PREFIX))
        .map(
            attribute -> attribute.getKey().substring(PREFIX.length()) + "=" + attribute.getValue())
        .sorted()
        .limit(MAX_SECRETS)
        .forEach(wanted::add);
    if (step != null && !wanted.isEmpty()) {
      memory.table(WANTED).put(step, wanted);
    }
  }

  private static List<Finding> secret(Memory memory, Event event) {
    String lease = event.id("Lease");
    String secret = event.id("Secret");
    if (lease == null || secret == null) {
      return List.of();
    }
    if (event.is("secret", "lease") && event.outcome().equals("leased")) {
      String step = event.id("Step");
      leased(memory, step == null ? lease : step, secret, event.index());
      return List.of();
    }
    return event.is("secret", "end") && "false".equals(event.attribute("used"))
        ? List.of(found(event, new Thing("Secret", secret), null))
        : List.of();
  }

  private static void leased(Memory memory, String step, String secret, long index) {
    List<String> row = memory.table(LEASED).get(step);
    var leases = new ArrayList<>(row == null ? List.<String>of() : row);
    if (leases.size() < MAX_SECRETS) {
      leases.add(index + " " + secret);
    }
    memory.table(LEASED).put(step, leases);
  }

  private static List<Finding> ended(Memory memory, Event event) {
    String step = event.id("Step");
    String used = event.attribute("usedSecrets");
    if (step == null) {
      return List.of();
    }
    List<String> wanted = memory.table(WANTED).get(step);
    List<String> leased = memory.table(LEASED).get(step);
    memory.table(WANTED).remove(step);
    memory.table(LEASED).remove(step);
    if (used == null || wanted == null || leased == null) {
      return List.of();
    }
    var names = new TreeSet<>(Arrays.asList(used.split("\n", -1)));
    var usedPaths = new TreeSet<String>();
    for (String one : wanted) {
      int equals = one.indexOf('=');
      if (names.contains(one.substring(0, equals))) {
        usedPaths.add(one.substring(equals + 1));
      }
    }
    var found = new ArrayList<Finding>();
    var told = new TreeSet<String>();
    for (String lease : leased) {
      Map.Entry<Long, String> entry = lease(lease);
      if (!usedPaths.contains(entry.getValue()) && told.add(entry.getValue())) {
        found.add(found(event, new Thing("Secret", entry.getValue()), entry.getKey()));
      }
    }
    return found;
  }

  private static Map.Entry<Long, String> lease(String text) {
    int space = text.indexOf(' ');
    return Map.entry(Long.parseLong(text.substring(0, space)), text.substring(space + 1));
  }

  private static Finding found(Event event, Thing secret, @Nullable Long leased) {
    var about = new ArrayList<Thing>();
    about.add(secret);
    event.subjects().stream().filter(thing -> !about.contains(thing)).limit(8).forEach(about::add);
    var evidence = new ArrayList<Long>(List.of(event.index()));
    if (leased != null) {
      evidence.add(leased);
    }
    return new Finding(
        ABOUT.id(),
        ABOUT.severity(),
        event.time(),
        event.index(),
        about,
        evidence,
        "a step was given a secret that it never used");
  }
}
