package dev.sallyport.scan.pipeline;

import dev.sallyport.scan.Severity;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A Dockerfile or Containerfile, read by the rules of the Dockerfile reference: line continuation,
/// comments inside it, the `escape` directive, here-documents, build arguments in `FROM`.
final class Dockerfile {
  private static final Pattern DIRECTIVE =
      Pattern.compile("#\\s*(escape|syntax)\\s*=\\s*(\\S+)\\s*", Pattern.CASE_INSENSITIVE);
  private static final Pattern HERE =
      Pattern.compile("<<-?\\s*([\"']?)([A-Za-z_][A-Za-z0-9_]*)\\1");
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{(\\w+)(?::?[-+]([^}]*))?\\}|\\$(\\w+)");
  private static final Pattern MOUNT_FROM = Pattern.compile("--mount=\\S*\\bfrom=([^,\\s]+)");

  /// @param line where it begins
  private record Instruction(String name, String arguments, int line) {}

  private final Notes notes;
  private final Map<String, String> buildArguments = new HashMap<>();
  private final Set<String> stages = new HashSet<>();
  private int stageCount;

  private Dockerfile(Notes notes) {
    this.notes = notes;
  }

  static void judge(Notes notes, byte[] bytes) {
    var file = new Dockerfile(notes);
    String text = new String(bytes, StandardCharsets.UTF_8);
    for (Instruction instruction : file.instructions(text)) {
      file.judge(instruction);
    }
  }

  private List<Instruction> instructions(String text) {
    var all = new ArrayList<Instruction>();
    String[] lines = text.replace("\r", "").split("\n", -1);
    char escape = '\\';
    int next = 0;
    for (; next < lines.length; next++) {
      Matcher directive = DIRECTIVE.matcher(lines[next].strip());
      if (!directive.matches()) {
        break;
      }
      if (directive.group(1).equalsIgnoreCase("escape")) {
        escape = directive.group(2).charAt(0);
      } else {
        all.add(new Instruction("SYNTAX", directive.group(2), next + 1));
      }
    }
    while (next < lines.length) {
      int start = next;
      var joined = new StringBuilder();
      boolean open = true;
      while (open && next < lines.length) {
        String line = lines[next++].stripTrailing();
        boolean comment = line.stripLeading().startsWith("#");
        if (comment || (line.isBlank() && !joined.isEmpty())) {
          open = !joined.isEmpty();
          continue;
        }
        open = line.endsWith(String.valueOf(escape));
        joined.append(open ? line.substring(0, line.length() - 1) : line).append(open ? "\n" : "");
      }
      next = appendHereDocuments(joined, lines, next);
      String whole = joined.toString().strip();
      if (!whole.isEmpty()) {
        String[] parts = whole.split("\\s+", 2);
        all.add(
            new Instruction(
                parts[0].toUpperCase(Locale.ROOT), parts.length > 1 ? parts[1] : "", start + 1));
      }
    }
    return all;
  }

  // The lines up to each end mark belong to the instruction, whatever they look like.
  private static int appendHereDocuments(StringBuilder joined, String[] lines, int from) {
    String head = joined.toString();
    if (!head.stripLeading().matches("(?is)(?:RUN|COPY|ADD)\\b.*")) {
      return from;
    }
    int next = from;
    Matcher here = HERE.matcher(head);
    while (here.find()) {
      String mark = here.group(2);
      int end = next;
      while (end < lines.length && !lines[end].strip().equals(mark)) {
        end++;
      }
      if (end == lines.length) {
        return next;
      }
      for (; next < end; next++) {
        joined.append('\n').append(lines[next]);
      }
      next++;
    }
    return next;
  }

  private void judge(Instruction instruction) {
    String arguments = instruction.arguments;
    switch (instruction.name) {
      case "SYNTAX" -> new ImageName(arguments).judge(notes, instruction.line, "syntax");
      case "ARG" -> argument(arguments);
      case "FROM" -> from(instruction);
      case "COPY" -> copy(instruction);
      case "ADD" -> add(instruction);
      case "RUN" -> run(instruction);
      case "ONBUILD" -> {
        String[] parts = arguments.split("\\s+", 2);
        if (parts.length == 2 && !parts[0].equalsIgnoreCase("ONBUILD")) {
          judge(new Instruction(parts[0].toUpperCase(Locale.ROOT), parts[1], instruction.line));
        }
      }
      default -> {}
    }
  }

  private void argument(String arguments) {
    for (String word : arguments.split("\\s+")) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        buildArguments.putIfAbsent(
            word.substring(0, equals), word.substring(equals + 1).replaceAll("^[\"']|[\"']$", ""));
      }
    }
  }

  private void from(Instruction instruction) {
    var words = new ArrayList<>(List.of(instruction.arguments.split("\\s+")));
    words.removeIf(word -> word.startsWith("--"));
    if (words.isEmpty()) {
      return;
    }
    String image = expanded(words.getFirst());
    image(image, words.getFirst(), instruction.line, "FROM");
    if (words.size() >= 3 && words.get(1).equalsIgnoreCase("AS")) {
      stages.add(words.get(2).toLowerCase(Locale.ROOT));
    }
    stages.add(Integer.toString(stageCount++));
  }

  private void image(String image, String written, int line, String place) {
    boolean own =
        image.equalsIgnoreCase("scratch") || stages.contains(image.toLowerCase(Locale.ROOT));
    if (own || image.isBlank()) {
      return;
    }
    if (image.contains("$")) {
      notes.add(
          Rules.UNPINNED_IMAGE,
          Severity.MEDIUM,
          line,
          place,
          written,
          "the image `" + written + "` is chosen by whoever starts the build",
          "give the build argument a default with a digest: `ARG BASE=name:tag@sha256:...`");
      return;
    }
    new ImageName(image).judge(notes, line, place);
  }

  private void copy(Instruction instruction) {
    Matcher from = Pattern.compile("--from=(\\S+)").matcher(instruction.arguments);
    if (from.find()) {
      image(expanded(from.group(1)), from.group(1), instruction.line, "COPY");
    }
  }

  private void add(Instruction instruction) {
    boolean remote = Pattern.compile("(?<![=\\w])https?://").matcher(instruction.arguments).find();
    if (remote && !instruction.arguments.contains("--checksum=")) {
      notes.add(
          Rules.UNVERIFIED_DOWNLOAD,
          Severity.MEDIUM,
          instruction.line,
          "ADD",
          instruction.arguments,
          "a download is added without a checksum: `"
              + ShellText.excerpt(instruction.arguments)
              + "`");
    }
  }

  private void run(Instruction instruction) {
    Matcher mount = MOUNT_FROM.matcher(instruction.arguments);
    while (mount.find()) {
      image(expanded(mount.group(1)), mount.group(1), instruction.line, "RUN");
    }
    ShellText.judge(
        notes,
        instruction.arguments.replace('\n', ' ').length() > 20_000
            ? instruction.arguments
            : joinedUnlessHere(instruction.arguments),
        instruction.line,
        "RUN");
    if (instruction.arguments.contains("--security=insecure")) {
      notes.add(
          Rules.DOCKER_SOCKET,
          Severity.HIGH,
          instruction.line,
          "RUN",
          instruction.arguments,
          "the build step runs without confinement");
    }
  }

  // Continued lines are one command; the lines of a here-document are many.
  private static String joinedUnlessHere(String arguments) {
    return HERE.matcher(arguments).find() ? arguments : arguments.replace('\n', ' ');
  }

  private String expanded(String text) {
    String value = text.replaceAll("^[\"']|[\"']$", "");
    for (int round = 0; round < 4 && value.contains("$"); round++) {
      value =
          VARIABLE
              .matcher(value)
              .replaceAll(match -> {
                String name = match.group(1) == null ? match.group(3) : match.group(1);
                String fallback = match.group(2);
                String found = buildArguments.get(name);
                String result = found == null ? fallback : found;
                return Matcher.quoteReplacement(result == null ? match.group() : result);
              });
      if (value.length() > 1000) {
        return text;
      }
    }
    return value;
  }
}
