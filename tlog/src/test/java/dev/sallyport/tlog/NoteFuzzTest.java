package dev.sallyport.tlog;

import dev.sallyport.testdata.Bent;
import org.junit.jupiter.api.Test;

/// The seeds of [NoteFuzz] and blind variations of them, in every run.
class NoteFuzzTest {
  @Test
  void bent_input_is_refused_as_declared_and_in_time() {
    Bent.survives(NoteFuzz.seeds(), 4_000, NoteFuzz::fuzzerTestOneInput);
  }
}
