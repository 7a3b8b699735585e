package dev.sallyport.detect;

import java.util.ArrayList;
import java.util.List;

/// A secret was asked for by a run that strangers steer: of a fork, or of a pipeline definition
/// that nobody reviewed.
final class SecretAskedRule implements Detector {
  private static final About ABOUT =
      new About(
          "secret-asked",
          "A fork's run, or one whose pipeline definition was not reviewed, asked for a secret.",
          Severity.HIGH,
          List.of("T1677", "T1552"),
          List.of(4, 5, 6));

  @Override
  public About about() {
    return ABOUT;
  }

  @Override
  public List<Finding> step(Memory memory, Input input) {
    if (!(input instanceof Event event) || !event.is("decision", "readSecret")) {
      return List.of();
    }
    var reasons = new ArrayList<String>();
    if ("true".equals(event.attribute("fork"))) {
      reasons.add("a run of a fork");
    }
    if ("false".equals(event.attribute("pipelineReviewed"))) {
      reasons.add("a run whose pipeline definition was not reviewed");
    }
    if (reasons.isEmpty()) {
      return List.of();
    }
    boolean got = event.outcome().equals("allowed");
    var about = new ArrayList<Thing>();
    event.subject("Run").ifPresent(about::add);
    event.subjects().stream().filter(thing -> !about.contains(thing)).limit(8).forEach(about::add);
    about.add(event.actor());
    return List.of(
        new Finding(
            ABOUT.id(),
            got ? Severity.HIGH : Severity.MEDIUM,
            event.time(),
            event.index(),
            about,
            List.of(event.index()),
            String.join(" and ", reasons)
                + (got ? " was given a secret" : " asked for a secret and was refused")));
  }
}
