package dev.sallyport.detect;

import java.util.List;

/// One rule: a state machine over inputs.
///
/// What it finds follows from the inputs it was shown and from nothing else: no clock, no chance,
/// no look-up. Everything it remembers is in the memory it is handed, in tables named after its
/// rule.
public interface Detector {
  /// What it looks for.
  About about();

  /// Takes one input: changes the memory and says what it found.
  List<Finding> step(Memory memory, Input input);
}
