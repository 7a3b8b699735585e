package dev.sallyport.cli;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport respond`: the switch of automatic responses, and what they did.
@Command(
    name = "respond",
    mixinStandardHelpOptions = true,
    description = {"Switch automatic responses off or on, and see what was done.", ""},
    subcommands = {
      RespondCommand.Off.class,
      RespondCommand.On.class,
      RespondCommand.ListAll.class,
      RespondCommand.Show.class
    })
final class RespondCommand implements Runnable {
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(),
        "say what to do: respond off, respond on, respond list or respond show ID");
  }

  private static void turn(
      ServerOptions server, boolean on, String reason, CommandLine.Model.CommandSpec spec) {
    ObjectNode body = Json.object();
    body.put("on", on);
    body.put("reason", reason);
    JsonNode answer = new OwnerSession(server).must("POST", "/v1/responses/switch", body);
    spec.commandLine()
        .getOut()
        .println(
            answer.path("automatic").asBoolean(false)
                ? "automatic responses are on"
                : "automatic responses are off; `sallyport contain` works as before");
  }

  /// Off.
  @Command(
      name = "off",
      mixinStandardHelpOptions = true,
      description = "Stop all automatic responses at once, on every node.")
  static final class Off implements Runnable {
    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "why")
    private String reason = "";

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      turn(server, false, reason, spec);
    }
  }

  /// On.
  @Command(
      name = "on",
      mixinStandardHelpOptions = true,
      description = "Let playbooks respond by themselves again.")
  static final class On implements Runnable {
    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "why")
    private String reason = "";

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      turn(server, true, reason, spec);
    }
  }

  /// Lists all.
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Show the latest responses.")
  static final class ListAll implements Runnable {
    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      JsonNode answer = new OwnerSession(server).must("GET", "/v1/responses", null);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.pretty(answer));
        return;
      }
      out.println(
          "automatic responses are " + (answer.path("automatic").asBoolean(false) ? "on" : "off"));
      for (JsonNode response : answer.path("responses")) {
        out.println(head(response));
      }
    }
  }

  private static String head(JsonNode response) {
    return "%s  %-8s %s %s: %s"
        .formatted(
            response.path("response").asString(""),
            response.path("state").asString(""),
            response.path("playbook").asString(""),
            Terminal.safe(response.path("target").asString("")),
            Terminal.safe(response.path("reason").asString("")));
  }

  /// Shows one.
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Show a response and its steps.")
  static final class Show implements Runnable {
    @Parameters(paramLabel = "ID", description = "as `respond list` shows it")
    private String id = "";

    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      JsonNode response =
          new OwnerSession(server)
              .must(
                  "GET", "/v1/responses?id=" + URLEncoder.encode(id, StandardCharsets.UTF_8), null);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.pretty(response));
        return;
      }
      out.println(head(response));
      response.path("steps").forEach(step -> out.println("  " + ContainCommand.ended(step)));
    }
  }
}
