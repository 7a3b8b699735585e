package dev.sallyport.server.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/// A stranger who is refused all day does not fill the ledger, and nothing he did is lost either.
class RefusalWindowTest {
  @Test
  void refusals_beyond_the_window_are_counted_and_told_later() {
    var window = new RefusalWindow();
    Instant noon = Instant.parse("2026-11-25T12:00:00Z");
    int recorded = 0;
    for (int i = 0; i < 1000; i++) {
      RefusalWindow.Verdict verdict = window.refusalAt(noon.plusMillis(i));
      recorded += verdict.recorded() ? 1 : 0;
      assertThat(verdict.counted()).isZero();
    }
    assertThat(recorded).isEqualTo(50);
    assertThat(window.refusalAt(noon.plusSeconds(30)))
        .isEqualTo(new RefusalWindow.Verdict(true, 950));
    assertThat(window.refusalAt(noon.plusSeconds(60)))
        .isEqualTo(new RefusalWindow.Verdict(true, 0));
  }
}
