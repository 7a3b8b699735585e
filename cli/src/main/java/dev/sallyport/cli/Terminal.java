package dev.sallyport.cli;

import java.util.stream.Collectors;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.ColorScheme;

/// Colours and widths, where somebody looks at a terminal.
final class Terminal {
  private Terminal() {}

  /// Whether stdout of this process is a terminal that wants colours.
  static boolean colours() {
    return colours(Surroundings.ofProcess());
  }

  /// Whether stdout there is a terminal that wants colours (no-color.org).
  static boolean colours(Surroundings there) {
    if (there.variable("NO_COLOR") != null || "dumb".equals(there.variable("TERM"))) {
      return false;
    }
    return there.variable("FORCE_COLOR") != null || there.terminal();
  }

  static ColorScheme helpColours(Surroundings there) {
    return picocli.CommandLine.Help.defaultColorScheme(colours(there) ? Ansi.ON : Ansi.OFF);
  }

  /// Styles for one piece of text; plain where there are no colours.
  enum Style {
    BOLD("1"),
    DIM("2"),
    RED("31"),
    GREEN("32"),
    YELLOW("33"),
    CYAN("36");

    private final String code;

    Style(String code) {
      this.code = code;
    }

    String on(String text, boolean colours) {
      return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
  }

  /// Text from outside made harmless for a terminal: control characters show as `?`.
  static String safe(String text) {
    StringBuilder safe = new StringBuilder(text.length());
    text.codePoints().forEach(c -> safe.appendCodePoint(isHarmless(c) ? c : '?'));
    return safe.toString();
  }

  /// The same for text of several lines of our own making, which hold words from outside.
  static String safeLines(String text) {
    return text.lines().map(Terminal::safe).collect(Collectors.joining("\n"));
  }

  /// Neither a control character (C0, DEL, C1) nor a mark that turns the reading direction.
  static boolean isHarmless(int c) {
    return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && !isBidi(c);
  }

  private static boolean isBidi(int c) {
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  }
}
