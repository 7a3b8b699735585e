package dev.sallyport.credential;

import dev.sallyport.testdata.Bent;
import org.junit.jupiter.api.Test;

/// The seeds of [TokenFuzz] and blind variations of them, in every run.
class TokenFuzzTest {
  @Test
  void bent_input_is_refused_as_declared_and_in_time() {
    Bent.survives(TokenFuzz.seeds(), 2_000, TokenFuzz::fuzzerTestOneInput);
  }
}
