package dev.sallyport.attest;

import dev.sallyport.testdata.Bent;
import org.junit.jupiter.api.Test;

/// The seeds of [EvidenceFuzz] and blind variations of them, in every run.
class EvidenceFuzzTest {
  @Test
  void bent_input_is_refused_as_declared_and_in_time() {
    Bent.survives(EvidenceFuzz.seeds(), 4_000, EvidenceFuzz::fuzzerTestOneInput);
  }
}
