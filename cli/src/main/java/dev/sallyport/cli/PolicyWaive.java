package dev.sallyport.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport policy waive`: let through, for a time, just what one entry says was refused.
@Command(
    name = "waive",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Waive a refusal for a time: for that caller, action, resource and artifact, and exactly the policies that",
      "refused. Never a hold, an error, or a policy whose text changed since. See them with `policy waivers`.",
      "Exit 0: done; 1: policy refuses the waiver; 2: could not be done.",
      ""
    })
final class PolicyWaive implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "ENTRY",
      description = "the number of the refusal's entry in the log")
  private @Nullable Long entry;

  @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "why")
  private String reason = "";

  @Option(
      names = "--for",
      paramLabel = "TIME",
      defaultValue = "1h",
      description = "how long, as 15m, 2h or 7d, which is the most; default: 1h")
  private String lifetime = "1h";

  @Option(names = "--end", paramLabel = "ID", description = "end a waiver instead")
  private @Nullable String end;

  @Option(names = "--json", description = "print the server's answer as it is")
  private boolean json;

  @Mixin private ServerOptions server = new ServerOptions();
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public Integer call() {
    if ((entry == null) == (end == null)) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "name one entry to waive, or one waiver to --end");
    }
    ObjectNode body = Json.object();
    body.put("reason", reason);
    String path = "/v1/waivers";
    if (end != null) {
      body.put("id", end);
      path += "/end";
    } else {
      body.put("entry", entry);
      body.put("seconds", Lifetime.of("--for", lifetime).toSeconds());
    }
    ServerClient.Answer answer = new OwnerSession(server).send("POST", path, body);
    if (answer.status() / 100 != 2) {
      return refused(answer);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.pretty(answer.json()));
    } else if (end != null) {
      out.println("ended: " + what(answer.json()));
    } else {
      out.println(
          "waived until " + answer.json().path("until").asString("") + ": " + what(answer.json()));
      out.println(
          "(end: sallyport policy waive --end "
              + Terminal.safe(answer.json().path("id").asString(""))
              + " --reason TEXT)");
    }
    return 0;
  }

  private int refused(ServerClient.Answer answer) {
    JsonNode problem = answer.json();
    if (!problem.path("title").asString("").equals("denied")) {
      throw new UserError(
          Terminal.safe(problem.path("detail").asString("the server answered " + answer.status())),
          "");
    }
    PrintWriter err = spec.commandLine().getErr();
    problem
        .path("reasons")
        .forEach(why -> err.println("refused: " + Terminal.safe(why.asString(""))));
    problem
        .path("advice")
        .forEach(what -> err.println("hint: " + Terminal.safe(what.asString(""))));
    return 1;
  }

  /// What a waiver is for, on one line.
  static String what(JsonNode waiver) {
    String policies =
        StreamSupport.stream(waiver.path("policies").spliterator(), false)
            .map(id -> "`" + id.asString("") + "`")
            .collect(Collectors.joining(", "));
    String artifact = waiver.path("claimed").path("artifact").asString("");
    return Terminal.safe(
        (waiver.path("permits").asBoolean(false) ? "want of a permit" : policies)
            + " for "
            + waiver.path("who").asString("")
            + " to "
            + waiver.path("action").asString("")
            + " "
            + waiver.path("resource").asString("")
            + (artifact.isEmpty() ? "" : " with " + artifact));
  }
}
