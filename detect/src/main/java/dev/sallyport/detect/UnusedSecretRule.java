package dev.sallyport.detect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A step was given a secret and reported at its end that it never used it: either it asks for more
/// than it needs, or what used it does not say so.
///
/// A lease says under which name the step sees the secret, and the step says at its end which names
/// were used. A lease that ends with `used` false says it by itself.
final class UnusedSecretRule implements Detector {
  private static final About ABOUT =
      new About(
          "secret-unused",
          "A step was given a secret that it never used.",
          Severity.LOW,
          List.of("T1552", "T1555.006"),
          List.of(5, 6));
  private static final String LEASED = ABOUT.id() + ".leased";
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
      case "step" -> event.action().equals("end") ? ended(memory, event) : List.of();
      case "secret" -> secret(memory, event);
      default -> List.of();
    };
  }

  private static List<Finding> secret(Memory memory, Event event) {
    String lease = event.id("Lease");
    String secret = event.id("Secret");
    if (lease == null || secret == null) {
      return List.of();
    }
    String step = event.id("Step");
    if (step != null && event.is("secret", "lease") && event.outcome().equals("leased")) {
      leased(memory, step, event, secret);
      return List.of();
    }
    return event.is("secret", "end") && "false".equals(event.attribute("used"))
        ? List.of(found(event, new Thing("Secret", secret), null))
        : List.of();
  }

  /// A row: for each lease the entry, the name and the path of the secret.
  private static void leased(Memory memory, String step, Event event, String secret) {
    List<String> row = memory.table(LEASED).get(step);
    var leases = new ArrayList<>(row == null ? List.<String>of() : row);
    String name = event.attribute("name");
    if (leases.size() < MAX_SECRETS && name != null && name.indexOf(' ') < 0) {
      leases.add(event.index() + " " + name + " " + secret);
    }
    memory.table(LEASED).put(step, leases);
  }

  private static List<Finding> ended(Memory memory, Event event) {
    String step = event.id("Step");
    String used = event.attribute("usedSecrets");
    List<String> leased = step == null ? null : memory.table(LEASED).get(step);
    if (step == null || leased == null) {
      return List.of();
    }
    memory.table(LEASED).remove(step);
    if (used == null) {
      return List.of();
    }
    var names = new TreeSet<>(Arrays.asList(used.split("\n", -1)));
    var found = new ArrayList<Finding>();
    var told = new TreeSet<String>();
    for (String lease : leased) {
      String[] parts = lease.split(" ", 3);
      if (!names.contains(parts[1]) && told.add(parts[2])) {
        found.add(found(event, new Thing("Secret", parts[2]), Long.parseLong(parts[0])));
      }
    }
    return found;
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
