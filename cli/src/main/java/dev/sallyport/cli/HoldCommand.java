package dev.sallyport.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport hold`: nothing that has to do with a thing is allowed, until its end or until it is
/// lifted.
@Command(
    name = "hold",
    mixinStandardHelpOptions = true,
    description = {
      "Put a thing on hold at every door, see what is held, lift a hold. Only the owner of the server's folder may.",
      ""
    },
    subcommands = {HoldCommand.Set.class, HoldCommand.ListAll.class, HoldCommand.Lift.class})
final class HoldCommand implements Runnable {
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "say what to do: hold set THING, hold list or hold lift ID");
  }

  /// Sets one.
  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Hold a thing: run:ID, key:ID, runner:ID, digest:sha256:HEX, person:ID, repository:ID, secret:PATH,"
              + " service:NAME, environment:NAME or host:NAME.")
  static final class Set implements Runnable {
    @Parameters(paramLabel = "THING", description = "KIND:ID")
    private String thing = "";

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "why")
    private String reason = "";

    @Option(
        names = "--for",
        paramLabel = "TIME",
        defaultValue = "24h",
        description = "how long, as 90s, 15m, 24h or 7d; default: 24h")
    private String lifetime = "24h";

    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      ObjectNode body = Json.object();
      body.put("on", thing);
      body.put("reason", reason);
      body.put("seconds", Lifetime.of("--for", lifetime).toSeconds());
      JsonNode held = new OwnerSession(server).must("POST", "/v1/holds", body);
      PrintWriter out = spec.commandLine().getOut();
      out.println(
          json
              ? Json.pretty(held)
              : "held until "
                  + held.path("until").asString("")
                  + "  (lift: sallyport hold lift "
                  + held.path("id").asString("")
                  + " --reason TEXT)");
    }
  }

  /// Lists all.
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Show everything that is held.")
  static final class ListAll implements Runnable {
    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      JsonNode answer = new OwnerSession(server).must("GET", "/v1/holds", null);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.pretty(answer));
        return;
      }
      if (answer.path("holds").isEmpty()) {
        out.println("nothing is held");
      }
      for (JsonNode held : answer.path("holds")) {
        out.println(
            held.path("id").asString("")
                + "  "
                + Terminal.safe(held.path("on").asString(""))
                + "  "
                + (held.path("withdrawn").asBoolean(false)
                    ? "withdrawn for ever"
                    : "until " + held.path("until").asString(""))
                + "  "
                + Terminal.safe(held.path("reason").asString("")));
      }
    }
  }

  /// Lifts one.
  @Command(
      name = "lift",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Lift a hold before its end.")
  static final class Lift implements Runnable {
    @Parameters(paramLabel = "ID", description = "as `hold list` shows it")
    private String id = "";

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "why")
    private String reason = "";

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      ObjectNode body = Json.object();
      body.put("id", id);
      body.put("reason", reason);
      JsonNode held = new OwnerSession(server).must("POST", "/v1/holds/lift", body);
      spec.commandLine().getOut().println("lifted: " + Terminal.safe(held.path("on").asString("")));
    }
  }
}
