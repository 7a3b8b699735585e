package dev.sallyport.cedar;

import dev.sallyport.testdata.Bent;
import org.junit.jupiter.api.Test;

/// The seeds of [PolicyFuzz] and blind variations of them, in every run.
class PolicyFuzzTest {
  @Test
  void bent_input_is_refused_as_declared_and_in_time() {
    Bent.survives(PolicyFuzz.seeds(), 8_000, PolicyFuzz::fuzzerTestOneInput);
  }
}
