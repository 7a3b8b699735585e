package dev.sallyport.scan;

import dev.sallyport.testdata.Bent;
import org.junit.jupiter.api.Test;

/// The seeds of [ScanFuzz] and blind variations of them, in every run.
class ScanFuzzTest {
  @Test
  void bent_input_is_refused_as_declared_and_in_time() {
    Bent.survives(ScanFuzz.seeds(), 4_000, ScanFuzz::fuzzerTestOneInput);
  }
}
