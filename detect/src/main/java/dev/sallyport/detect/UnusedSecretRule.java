package dev.sallyport.detect;

import java.util.ArrayList;
import java.util.List;

/// A step was given a secret and reported at its end that it never used it: either it asks for more
/// than it needs, or what used it does not say so.
final class UnusedSecretRule implements Detector {
  private static final About ABOUT =
      new About(
          "secret-unused",
          "A step was given a secret that it never used.",
          Severity.LOW,
          List.of("T1552", "T1555.006"),
          List.of(5, 6));
  private static final String LEASES = ABOUT.id();

  @Override
  public About about() {
    return ABOUT;
  }

  @Override
  public List<Finding> step(Memory memory, Input input) {
    if (!(input instanceof Event event) || !event.type().equals("secret")) {
      return List.of();
    }
    String lease = event.id("Lease");
    if (lease == null) {
      return List.of();
    }
    if (event.is("secret", "lease") && event.outcome().equals("leased")) {
      memory.table(LEASES).put(lease, List.of(Long.toString(event.index())));
      return List.of();
    }
    if (!event.is("secret", "end")) {
      return List.of();
    }
    List<String> leased = memory.table(LEASES).get(lease);
    memory.table(LEASES).remove(lease);
    if (!"false".equals(event.attribute("used"))) {
      return List.of();
    }
    var about = new ArrayList<Thing>();
    event.subject("Secret").ifPresent(about::add);
    event.subjects().stream().filter(thing -> !about.contains(thing)).limit(8).forEach(about::add);
    var evidence = new ArrayList<Long>(List.of(event.index()));
    if (leased != null) {
      evidence.add(Long.parseLong(leased.getFirst()));
    }
    return List.of(
        new Finding(
            ABOUT.id(),
            ABOUT.severity(),
            event.time(),
            event.index(),
            about,
            evidence,
            "a step was given a secret that it never used"));
  }
}
