package dev.sallyport.scan.pipeline;

import dev.sallyport.scan.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// A script as text: what it downloads and runs unseen, and what host powers it takes. Read line by
/// line, lines ended by `\` joined; no shell grammar, since a comment or a quote hides little of
/// it.
final class ShellText {
  private static final String SHELLS =
      "(?:/(?:usr/)?bin/)?(?:env\\s+)?(?:ba|z|da|k|a)?sh|python[23]?|perl|ruby|node|pwsh|powershell|iex|invoke-expression";
  private static final Pattern PIPED =
      Pattern.compile(
          "(?i)\\b(?:curl|wget|fetch|iwr|irm|invoke-webrequest|invoke-restmethod)\\b[^|\\n]{0,600}?"
              + "\\|(?:[^|\\n]{0,200}\\|)?\\s{0,8}(?:sudo\\s+(?:-\\S+\\s+){0,4})?(?:[A-Z_]{1,30}=\\S{0,80}\\s+){0,4}(?:"
              + SHELLS
              + ")(?=\\s|$|;|\"|')");
  private static final Pattern SUBSTITUTED =
      Pattern.compile(
          "(?i)(?:\\b(?:ba|z|da|k)?sh|source|eval|\\.|iex|python[23]?)\\s{1,8}(?:-\\w+\\s+){0,4}[\"']?(?:<\\(|\\$\\(|`|\\()\\s{0,4}"
              + "(?:curl|wget|iwr|irm|\\(?new-object net\\.webclient)\\b");
  private static final Pattern SAVED =
      Pattern.compile(
          "(?i)\\bcurl\\b[^;&|\\n]{0,300}(?:>|-o)\\s{0,4}([\\w./-]{2,80})\\s{0,4}(?:&&|;)\\s{0,4}(?:sudo\\s+)?(?:(?:ba|z)?sh\\s+)\\1");
  private static final Pattern COMMIT = Pattern.compile("/[0-9a-f]{40}/");
  private static final Pattern SOCKET =
      Pattern.compile("/var/run/docker\\.sock|/run/docker\\.sock");
  private static final Pattern PRIVILEGED =
      Pattern.compile("\\b(?:docker|podman|nerdctl)\\b[^\\n]{0,400}\\s--privileged\\b");

  private ShellText() {}

  static void judge(Notes notes, String script, int line, String place) {
    for (String text : commands(script)) {
      if (text.stripLeading().startsWith("#") || text.length() > 20_000) {
        continue;
      }
      boolean piped =
          PIPED.matcher(text).find()
              || SUBSTITUTED.matcher(text).find()
              || SAVED.matcher(text).find();
      if (piped && !COMMIT.matcher(text).find()) {
        notes.add(
            Rules.PIPED_DOWNLOAD,
            Severity.MEDIUM,
            notes.lineHolding(opening(text), line),
            place,
            text,
            "a download is run without being checked: `" + excerpt(text) + "`");
      }
      if (SOCKET.matcher(text).find() || PRIVILEGED.matcher(text).find()) {
        notes.add(
            Rules.DOCKER_SOCKET,
            Severity.HIGH,
            notes.lineHolding(opening(text), line),
            place,
            text,
            "the script takes the power of the host's container daemon");
      }
    }
  }

  /// The first characters of a statement, on one line.
  static String excerpt(String text) {
    String one = text.replaceAll("\\s+", " ").strip();
    return one.length() <= 80 ? one : one.substring(0, 77) + "...";
  }

  // What surely stands on the first of the joined lines.
  private static String opening(String text) {
    String stripped = text.strip();
    int end = stripped.indexOf("  ");
    String words = end > 0 ? stripped.substring(0, end) : stripped;
    return words.length() <= 60 ? words : words.substring(0, 60);
  }

  private static List<String> commands(String script) {
    var commands = new ArrayList<String>();
    var open = new StringBuilder();
    for (String line : script.split("\n", -1)) {
      String trimmed = line.stripTrailing();
      boolean continued = trimmed.endsWith("\\");
      boolean piping = trimmed.endsWith("|") && !trimmed.stripLeading().startsWith("#");
      open.append(continued ? trimmed.substring(0, trimmed.length() - 1) : trimmed);
      if ((continued || piping) && open.length() < 20_000) {
        open.append(' ');
        continue;
      }
      commands.add(open.toString());
      open.setLength(0);
    }
    commands.add(open.toString());
    return commands;
  }
}
