package dev.sallyport.testdata;

import java.util.Random;
import java.util.function.Consumer;

/// Seeded chance: a generated test that fails names the seed, and `-Dsallyport.seed=N` plays it
/// again.
public final class Seed {
  private Seed() {}

  /// Runs `law` on `rounds` generators whose seeds follow from one base; a failure carries its
  /// seed.
  public static void forAll(int rounds, Consumer<Random> law) {
    Long only = Long.getLong("sallyport.seed");
    if (only != null) {
      law.accept(new Random(only));
      return;
    }
    long base = 20261125L;
    for (int round = 0; round < rounds; round++) {
      long seed = base + round;
      try {
        law.accept(new Random(seed));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("failed with -Dsallyport.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }
}
