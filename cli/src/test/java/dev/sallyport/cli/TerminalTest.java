package dev.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u001b[2Jcleared",
        "a\rb",
        "a\nb",
        "a\u0007b",
        "\u009b31m",
        "right\u202eleft",
        "\u2066isolated",
        "\u0000"
      })
  void text_from_outside_cannot_steer_a_terminal(String hostile) {
    String safe = Terminal.safe(hostile);
    assertThat(safe.codePoints())
        .noneMatch(c ->
            c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x2069 && c != 0x2026));
    assertThat(safe).hasSameSizeAs(hostile);
  }

  @Test
  void plain_text_stays_as_it_is() {
    assertThat(Terminal.safe("Zoë – 日本 🔑 ok")).isEqualTo("Zoë – 日本 🔑 ok");
  }
}
