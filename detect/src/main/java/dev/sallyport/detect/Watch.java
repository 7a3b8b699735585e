package dev.sallyport.detect;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Shows every input to every detector, in order.
///
/// Three laws, held by generated tests. Batches do not matter: shown one by one or many at once,
/// the findings and the memory are the same. An entry counts once: one that was shown before, or
/// comes too late, changes nothing. Memory is the whole state: written down and read back, it goes
/// on as if nothing had been.
///
/// What the sentinel itself wrote (findings, incidents, steps of responses) is not shown to
/// detectors, so that it never reacts to itself; that somebody switched its responses is.
public final class Watch {
  private static final Set<String> OWN = Set.of("finding", "incident", "response", "export");

  private final List<Detector> detectors;

  /// Runs these detectors.
  public Watch(List<Detector> detectors) {
    this.detectors = List.copyOf(detectors);
    var ids = new TreeSet<String>();
    for (Detector detector : detectors) {
      if (!ids.add(detector.about().id())) {
        throw new IllegalArgumentException("two rules `" + detector.about().id() + "`");
      }
    }
  }

  /// All rules of the house.
  public static Watch standard() {
    // Silence first: its deadline passed before the event came, whether a tick showed it or not.
    return new Watch(
        List.of(
            new SilenceRule(),
            new RepeatedUseRule(),
            new UseElsewhereRule(),
            new FirstSeenRule(),
            new SecretAskedRule(),
            new UnusedSecretRule(),
            new RefusalsThenAllowRule(),
            new TrustWeakenedRule(),
            new RunningDigestRule()));
  }

  /// What the detectors look for.
  public List<About> rules() {
    return detectors.stream().map(Detector::about).toList();
  }

  /// Takes one input and says what was found.
  public List<Finding> step(Memory memory, Input input) {
    var found = new ArrayList<Finding>();
    switch (input) {
      case Event event -> {
        if (event.index() < memory.next()) {
          return List.of();
        }
        memory.advance(event.index() + 1, event.time());
        if (OWN.contains(event.type()) && !event.is("response", "switch")) {
          // Not looked at, but time went by.
          show(memory, new Tick(event.time()), found);
        } else {
          show(memory, event, found);
        }
      }
      case Tick tick -> {
        memory.advance(tick.time());
        show(memory, tick, found);
      }
    }
    return List.copyOf(found);
  }

  private void show(Memory memory, Input input, List<Finding> found) {
    for (Detector detector : detectors) {
      found.addAll(detector.step(memory, input));
    }
  }

  /// Takes many.
  public List<Finding> steps(Memory memory, Iterable<? extends Input> inputs) {
    var found = new ArrayList<Finding>();
    for (Input input : inputs) {
      found.addAll(step(memory, input));
    }
    return List.copyOf(found);
  }
}
