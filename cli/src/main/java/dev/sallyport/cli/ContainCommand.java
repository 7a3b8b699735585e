package dev.sallyport.cli;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport contain`: hold a thing, revoke what its runs were handed, withdraw what they built,
/// and take every place that runs it back to a release that holds today.
@Command(
    name = "contain",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Contain a run, key, runner, digest or another thing: hold, revoke, withdraw, roll back.",
      "Exit 0: every step was done; 1: a step was not; 2: could not be asked.",
      ""
    })
final class ContainCommand implements java.util.concurrent.Callable<Integer> {
  private static final Duration POLL = Duration.ofMillis(200);

  @Parameters(
      arity = "0..1",
      paramLabel = "THING",
      description = "KIND:ID, as run:git.example/1111/7")
  private @Nullable String target;

  @Option(
      names = "--with",
      paramLabel = "THING",
      description = "shares the matter: held too, and no release that touches it is gone back to")
  private List<String> with = new ArrayList<>();

  @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the record")
  private String reason = "contained";

  @Option(
      names = "--may-stop",
      description = "stop a service for which no good release is left; else it is held only")
  private boolean mayStop;

  @Option(names = "--dry-run", description = "print the steps and change nothing")
  private boolean dryRun;

  @Option(
      names = "--undo",
      paramLabel = "RESPONSE",
      description = "lift the holds that a response set")
  private @Nullable String undo;

  @Option(names = "--tombstones", description = "with --undo: give back the digests too")
  private boolean tombstones;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      defaultValue = "150",
      description = "how long to wait for its end; default: 150")
  private int waitSeconds = 150;

  @Option(names = "--json", description = "print the server's last answer as it is")
  private boolean json;

  @Mixin private ServerOptions server = new ServerOptions();
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public Integer call() {
    if ((target == null) == (undo == null)) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "name one thing to contain, or one response to --undo");
    }
    OwnerSession session = new OwnerSession(server);
    JsonNode begun = undo == null ? contain(session) : undo(session, undo);
    PrintWriter out = spec.commandLine().getOut();
    if (dryRun && undo == null) {
      if (json) {
        out.println(Json.pretty(begun));
      } else {
        begun.path("steps").forEach(step -> out.println("would " + planned(step)));
      }
      return 0;
    }
    return follow(session, begun.path("response").asString(""));
  }

  private JsonNode contain(OwnerSession session) {
    ObjectNode body = Json.object();
    body.put("target", target);
    ArrayNode things = body.putArray("with");
    with.forEach(things::add);
    body.put("reason", reason);
    body.put("dryRun", dryRun);
    body.put("mayStop", mayStop);
    return session.must("POST", "/v1/contain", body);
  }

  private JsonNode undo(OwnerSession session, String response) {
    ObjectNode body = Json.object();
    body.put("response", response);
    body.put("tombstones", tombstones);
    body.put("reason", reason);
    return session.must("POST", "/v1/contain/undo", body);
  }

  /// Prints each step as it ends, until all have.
  private int follow(OwnerSession session, String id) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    err.println("response " + Terminal.safe(id));
    Set<Integer> told = new HashSet<>();
    long rounds = Duration.ofSeconds(waitSeconds).dividedBy(POLL);
    JsonNode response = Json.object();
    for (long round = 0; round <= rounds; round++) {
      response =
          session.must(
              "GET", "/v1/responses?id=" + URLEncoder.encode(id, StandardCharsets.UTF_8), null);
      if (!json) {
        for (JsonNode step : response.path("steps")) {
          if (!step.path("state").asString("").equals("pending")
              && told.add(step.path("place").asInt(-1))) {
            out.println(ended(step));
            out.flush();
          }
        }
      }
      String state = response.path("state").asString("");
      if (!state.equals("due") && !state.equals("running")) {
        return end(out, response, state);
      }
      pause();
    }
    err.println("hint: it goes on by itself; look again with `sallyport respond show " + id + "`");
    return 2;
  }

  private int end(PrintWriter out, JsonNode response, String state) {
    if (json) {
      out.println(Json.pretty(response));
    }
    boolean well = state.equals("finished");
    for (JsonNode step : response.path("steps")) {
      well &= !step.path("state").asString("").equals("failed");
    }
    return well ? 0 : 1;
  }

  private static void pause() {
    try {
      Thread.sleep(POLL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "the response goes on by itself");
    }
  }

  static String planned(JsonNode step) {
    String text =
        step.path("kind").asString("") + " " + Terminal.safe(step.path("thing").asString(""));
    if (step.path("kind").asString("").equals("roll-back")) {
      JsonNode first = step.path("detail").path(0);
      return text
          + (first.isMissingNode()
              ? ": no other release is left; hold it and call a person"
              : " to " + Terminal.safe(first.asString("")) + " if it holds today");
    }
    return text;
  }

  static String ended(JsonNode step) {
    return "%-8s%s: %s"
        .formatted(
            step.path("state").asString(""),
            step.path("kind").asString("") + " " + Terminal.safe(step.path("thing").asString("")),
            Terminal.safe(step.path("result").asString("")));
  }
}
