package dev.sallyport.cli;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport incidents`: what was seen, with the entries that show it.
@Command(
    name = "incidents",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {"Show what the sentinel saw, one incident, or close one.", ""})
final class IncidentsCommand implements Runnable {
  @Parameters(arity = "0..1", paramLabel = "ID", description = "one incident, with its findings")
  private @Nullable String id;

  @Option(names = "--proofs", description = "with the proof of each entry, in JSON")
  private boolean proofs;

  @Option(names = "--close", description = "close it; says why with --reason")
  private boolean close;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why it is closed")
  private String reason = "closed";

  @Option(names = "--json", description = "print the server's answer as it is")
  private boolean json;

  @Mixin private ServerOptions server = new ServerOptions();
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    OwnerSession session = new OwnerSession(server);
    if (id == null) {
      if (close || proofs) {
        throw new CommandLine.ParameterException(spec.commandLine(), "name the incident");
      }
      JsonNode answer = session.must("GET", "/v1/incidents", null);
      if (json) {
        out.println(Json.pretty(answer));
      } else {
        list(out, answer);
      }
      return;
    }
    if (close) {
      ObjectNode body = Json.object();
      body.put("id", id);
      body.put("reason", reason);
      session.must("POST", "/v1/incidents/close", body);
      out.println("closed");
      return;
    }
    JsonNode incident =
        session.must(
            "GET",
            "/v1/incidents?proofs="
                + proofs
                + "&id="
                + URLEncoder.encode(id, StandardCharsets.UTF_8),
            null);
    if (json || proofs) {
      out.println(Json.pretty(incident));
    } else {
      show(out, incident);
    }
  }

  private static void list(PrintWriter out, JsonNode answer) {
    if (answer.path("incidents").isEmpty()) {
      out.println("nothing was seen");
    }
    for (JsonNode incident : answer.path("incidents")) {
      out.println(head(incident));
    }
  }

  private static String head(JsonNode incident) {
    return "%s  %-8s %-6s %s: %s"
        .formatted(
            incident.path("id").asString(""),
            incident.path("severity").asString(""),
            incident.path("closed").asString("").isEmpty() ? "open" : "closed",
            Terminal.safe(incident.path("matter").asString("")),
            Terminal.safe(incident.path("title").asString("")));
  }

  private static void show(PrintWriter out, JsonNode incident) {
    out.println(head(incident));
    out.println("about");
    incident.path("things").forEach(thing -> out.println("  " + Terminal.safe(thing.asString(""))));
    out.println("findings");
    for (JsonNode finding : incident.path("findings")) {
      var entries = new StringBuilder();
      finding
          .path("evidence")
          .forEach(one -> entries.append(' ').append(one.path("index").asLong(-1)));
      out.println(
          "  %s  %s  %s: %s (entries%s)"
              .formatted(
                  finding.path("time").asString(""),
                  finding.path("severity").asString(""),
                  finding.path("rule").asString(""),
                  Terminal.safe(finding.path("text").asString("")),
                  entries));
    }
    for (JsonNode response : incident.path("responses")) {
      out.println("response " + Terminal.safe(response.asString("")));
    }
  }
}
