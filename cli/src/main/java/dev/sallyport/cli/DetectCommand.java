package dev.sallyport.cli;

import dev.sallyport.detect.About;
import dev.sallyport.detect.EntryReader;
import dev.sallyport.detect.Event;
import dev.sallyport.detect.Finding;
import dev.sallyport.detect.Memory;
import dev.sallyport.detect.Watch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport detect`: the detectors, and what they would have found.
@Command(
    name = "detect",
    mixinStandardHelpOptions = true,
    description = {"List the detections, or play them again over a ledger.", ""},
    subcommands = {DetectCommand.Rules.class, DetectCommand.Replay.class})
final class DetectCommand implements Runnable {
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "say what to do: detect rules or detect replay");
  }

  /// Lists the rules.
  @Command(
      name = "rules",
      mixinStandardHelpOptions = true,
      description = "List what the detectors look for.")
  static final class Rules implements Runnable {
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      PrintWriter out = spec.commandLine().getOut();
      for (About rule : Watch.standard().rules()) {
        out.println(
            "%-22s %-8s %s (%s)"
                .formatted(
                    rule.id(),
                    rule.severity().word(),
                    rule.meaning(),
                    String.join(", ", rule.attack())));
      }
    }
  }

  /// Plays them again.
  @Command(
      name = "replay",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Play the detectors over exported entries (JSON lines), or over the ledger of a server.",
        "The same entries give the same findings, here and there.",
        ""
      })
  static final class Replay implements Runnable {
    private static final int MAX_LINE = 4 << 20;

    @Parameters(
        arity = "0..1",
        paramLabel = "FILE",
        description = "JSON lines as an export writes them; without it a server is asked")
    private @Nullable Path file;

    @Option(
        names = "--from",
        paramLabel = "N",
        defaultValue = "0",
        description = "begin at this entry, with nothing remembered; default: 0")
    private long from;

    @Option(names = "--rule", paramLabel = "ID", description = "show only findings of this rule")
    private @Nullable String rule;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    private final Watch watch = Watch.standard();
    private final Memory memory = new Memory();
    private final List<Finding> found = new ArrayList<>();
    private long seen;

    @Override
    public void run() {
      if (file == null) {
        ofServer();
      } else {
        ofFile(file);
      }
      found.removeIf(finding -> rule != null && !finding.rule().equals(rule));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.pretty(report()));
        return;
      }
      for (Finding finding : found) {
        out.println(
            "%d  %s  %-8s %s: %s"
                .formatted(
                    finding.at(),
                    finding.time(),
                    finding.severity().word(),
                    finding.rule(),
                    Terminal.safe(finding.text())));
      }
      out.println(seen + " entries, " + found.size() + " findings");
    }

    private void ofServer() {
      OwnerSession session = new OwnerSession(server);
      long next = from;
      // What is asked for here is an entry too: it ends where the ledger ended at first.
      long end = Long.MAX_VALUE;
      while (next < end) {
        JsonNode page = session.must("GET", "/v1/detect/entries?from=" + next, null);
        end = Math.min(end, page.path("treeSize").asLong(0));
        if (page.path("entries").isEmpty()) {
          return;
        }
        for (JsonNode entry : page.path("entries")) {
          long index = entry.path("index").asLong(-1);
          if (index >= next && index < end) {
            take(entry, "entry " + index);
          }
          next = Math.max(next, index + 1);
        }
      }
    }

    private void ofFile(Path lines) {
      try (BufferedReader reader = Files.newBufferedReader(lines, StandardCharsets.UTF_8)) {
        int number = 0;
        String line = reader.readLine();
        while (line != null) {
          number++;
          String where = "line " + number + " of `" + lines.getFileName() + "`";
          if (line.length() > MAX_LINE) {
            throw new UserError(where + " is too long", "is this an export of a ledger?");
          }
          if (!line.isBlank()) {
            try {
              take(Json.MAPPER.readTree(line), where);
            } catch (JacksonException e) {
              // A writer that was killed leaves half a line, and writes the entry again whole.
              spec.commandLine().getErr().println("sallyport: " + where + " is no JSON: left out");
            }
          }
          line = reader.readLine();
        }
      } catch (IOException e) {
        throw new UserError("couldn't read `" + lines + "`", "name a file of JSON lines");
      }
    }

    private void take(JsonNode line, String where) {
      try {
        Map<?, ?> entry = Json.MAPPER.convertValue(line, Map.class);
        Map<?, ?> body = entry.get("why") instanceof Map<?, ?> why ? why : Map.of();
        long index = line.path("index").asLong(-1);
        if (index < 0) {
          throw new IllegalArgumentException("no index");
        }
        if (index >= Math.max(from, memory.next())) {
          Event event = EntryReader.read(index, entry, body);
          seen++;
          found.addAll(watch.step(memory, event));
        }
      } catch (IllegalArgumentException | java.time.format.DateTimeParseException e) {
        throw new UserError(where + " is no entry", "is this an export of a ledger?");
      }
    }

    private ObjectNode report() {
      ObjectNode report = Json.object();
      report.put("entries", seen);
      ArrayNode findings = report.putArray("findings");
      for (Finding finding : found) {
        ObjectNode one = findings.addObject();
        one.put("at", finding.at());
        one.put("time", finding.time().toString());
        one.put("rule", finding.rule());
        one.put("severity", finding.severity().word());
        one.put("text", finding.text());
        ArrayNode about = one.putArray("about");
        finding.about().forEach(thing -> about.add(thing.type() + ":" + thing.id()));
        ArrayNode evidence = one.putArray("evidence");
        finding.evidence().forEach(evidence::add);
      }
      var counts = new TreeMap<String, Integer>();
      found.forEach(finding -> counts.merge(finding.rule(), 1, Integer::sum));
      ObjectNode byRule = report.putObject("byRule");
      counts.forEach(byRule::put);
      return report;
    }
  }
}
