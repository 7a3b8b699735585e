package dev.sallyport.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;

/// A length of time as people type it: `90s`, `15m`, `24h`, `7d`.
final class Lifetime {
  private Lifetime() {}

  /// Reads the value of `option`.
  ///
  /// @throws UserError if it is none
  static Duration of(String option, String text) {
    try {
      String iso =
          text.endsWith("d")
              ? "P" + text.toUpperCase(Locale.ROOT)
              : "PT" + text.toUpperCase(Locale.ROOT);
      return Duration.parse(iso);
    } catch (DateTimeParseException e) {
      throw new UserError(
          "`" + option + " " + Terminal.safe(text) + "` is no time", "write 90s, 15m, 24h or 7d");
    }
  }
}
