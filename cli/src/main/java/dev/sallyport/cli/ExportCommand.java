package dev.sallyport.cli;

import dev.sallyport.cli.Terminal.Style;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `sallyport export`: how the receivers of entries do.
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show how the SIEM receivers in the server's `exports` do: how far each was told, its lag, its last error.",
      "",
      "Exit codes: 0 all are told, 1 one fails, 2 could not ask.",
      ""
    })
final class ExportCommand implements Runnable, CommandLine.IExitCodeGenerator {
  @Mixin private ServerOptions server = new ServerOptions();

  @Option(names = "--json", description = "print the server's answer as it is")
  private boolean json;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private int exitCode = 2;

  @Override
  public void run() {
    JsonNode answer = new OwnerSession(server).must("GET", "/v1/export", null);
    PrintWriter out = spec.commandLine().getOut();
    exitCode = 0;
    for (JsonNode sink : answer.path("sinks")) {
      if (sink.path("state").asString("").equals("failing")) {
        exitCode = 1;
      }
    }
    if (json) {
      out.println(Json.pretty(answer));
      return;
    }
    if (answer.path("sinks").isEmpty()) {
      out.println("nobody is told: `exports` in the server's configuration is empty");
    }
    boolean colours = Terminal.colours();
    for (JsonNode sink : answer.path("sinks")) {
      boolean failing = sink.path("state").asString("").equals("failing");
      out.println(
          (failing ? Style.RED : Style.GREEN)
                  .on(String.format("%-9s", sink.path("state").asString("")), colours)
              + Terminal.safe(sink.path("name").asString(""))
              + " ("
              + Terminal.safe(sink.path("kind").asString(""))
              + ")  lag "
              + sink.path("lag").asLong(0)
              + ", next "
              + sink.path("next").asLong(0)
              + (sink.path("lastAcknowledged").asString("").isEmpty()
                  ? ""
                  : ", last acknowledged " + sink.path("lastAcknowledged").asString(""))
              + (sink.path("acknowledges").asBoolean(true)
                  ? ""
                  : "  (this kind acknowledges nothing)"));
      if (failing) {
        out.println("         " + Terminal.safe(sink.path("error").asString("")));
      }
    }
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
