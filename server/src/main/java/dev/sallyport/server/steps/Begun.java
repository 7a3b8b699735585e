package dev.sallyport.server.steps;

import dev.sallyport.server.decisions.Decision;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.runs.Step;

/// What came of asking for a step.
public sealed interface Begun {
  /// It may run.
  record Let(Step step, Decision decision) implements Begun {}

  /// It may not.
  record Denied(Enforced.Denied denied) implements Begun {}
}
