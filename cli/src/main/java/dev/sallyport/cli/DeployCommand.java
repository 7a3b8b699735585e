package dev.sallyport.cli;

import dev.sallyport.cli.Terminal.Style;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport deploy`: a ruling, a ticket in exchange for it, its start by the same key, and what
/// became of it.
@Command(
    name = "deploy",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Ask to deploy one artifact to one environment; where the ruling allows it, the host's agent does.",
      "",
      "Exit codes: 0 live (or started, without --wait), 1 denied, failed or undone, 2 could not ask.",
      ""
    },
    footer = {"", "Example: sallyport deploy shop --env prod --artifact sha256:... --wait"})
final class DeployCommand implements Runnable, CommandLine.IExitCodeGenerator {
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final Duration FIRST_POLL = Duration.ofMillis(50);
  private static final Duration LONGEST_POLL = Duration.ofSeconds(1);

  @Parameters(paramLabel = "SERVICE", description = "what to deploy")
  private String service = "";

  @Option(names = "--env", required = true, paramLabel = "ENV", description = "where")
  private String environment = "";

  @Option(
      names = "--artifact",
      required = true,
      paramLabel = "DIGEST",
      description = "its manifest: sha256:HEX, never a tag")
  private String artifact = "";

  @Option(
      names = "--repository",
      paramLabel = "NAME",
      description = "of the registry, such as acme/shop; default: the service's name")
  private @Nullable String repository;

  @Option(names = "--wait", description = "wait until it is live, failed or undone")
  private boolean wait;

  @Option(
      names = "--wait-seconds",
      paramLabel = "N",
      defaultValue = "600",
      description = "wait no longer than this; default: 600")
  private int waitSeconds = 600;

  @Mixin private ServerOptions server = new ServerOptions();
  @Mixin private CallerSession session = new CallerSession();

  @Option(names = "--json", description = "print the server's last answer as it is")
  private boolean json;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private int exitCode = 2;

  @Override
  public void run() {
    if (!DIGEST.matcher(artifact).matches()) {
      throw new UserError(
          "`--artifact " + Terminal.safe(artifact) + "` is not a digest",
          "what is deployed is bytes, never a tag, which can be moved: give sha256: and 64 hex digits");
    }
    ServerClient client = server.client(Surroundings.of(spec));
    // Asked again after a lost answer, the server gives its first ruling and the same ticket.
    String key = session.id();
    ObjectNode question = Json.object();
    question.put("service", service);
    question.put("environment", environment);
    question.put("artifact", artifact);
    question.put("repository", repository == null ? service : repository);
    ServerClient.Answer asked = post(client, "/v1/deploys", question, key);
    JsonNode ruling = asked.json();
    if (asked.status() == 403 && ruling.has("reasons")) {
      print(ruling, () -> denied(ruling));
      exitCode = 1;
      return;
    }
    requireOk(asked, "the server did not rule");
    ObjectNode start = Json.object();
    start.put("ticket", ruling.path("ticket").asString(""));
    ServerClient.Answer started = post(client, "/v1/deploys/start", start, key);
    if (started.status() == 403) {
      print(started.json(), () -> say(Style.RED, "REFUSED", detail(started)));
      exitCode = 1;
      return;
    }
    requireOk(started, "the deployment was not started");
    String deployment = started.json().path("deployment").asString("");
    if (!wait) {
      print(
          started.json(), () -> say(Style.GREEN, "STARTED", what() + "  deployment " + deployment));
      exitCode = 0;
      return;
    }
    JsonNode last = follow(client, deployment);
    String state = last.path("state").asString("");
    boolean live = state.equals("live");
    print(
        last,
        () ->
            say(
                live ? Style.GREEN : Style.RED,
                state.toUpperCase(java.util.Locale.ROOT),
                what() + "  " + Terminal.safe(last.path("detail").asString(""))));
    exitCode = live ? 0 : state.equals("failed") || state.equals("undone") ? 1 : 2;
  }

  private JsonNode follow(ServerClient client, String deployment) {
    PrintWriter err = spec.commandLine().getErr();
    String said = "";
    Duration between = FIRST_POLL;
    long deadline = System.nanoTime() + Duration.ofSeconds(waitSeconds).toNanos();
    while (true) {
      ServerClient.Answer answer =
          client.get("/v1/deploys?id=" + deployment, session.headers(client, "GET", "/v1/deploys"));
      requireOk(answer, "the server does not say how it goes");
      JsonNode now = answer.json();
      String state = now.path("state").asString("");
      if (!state.equals(said)) {
        err.println("sallyport: " + Terminal.safe(state));
        said = state;
      }
      if (now.path("over").asBoolean(false)) {
        return now;
      }
      if (System.nanoTime() > deadline) {
        throw new UserError(
            "still " + Terminal.safe(state) + " after " + waitSeconds + " s",
            "is the host's agent running? `sallyport releases` shows when it was last heard");
      }
      pause(between);
      between = between.multipliedBy(5).dividedBy(4);
      between = between.compareTo(LONGEST_POLL) > 0 ? LONGEST_POLL : between;
    }
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "");
    }
  }

  private ServerClient.Answer post(
      ServerClient client, String path, ObjectNode body, String retryKey) {
    return client.retrying(
        "POST",
        path,
        () -> {
          Map<String, String> headers = new LinkedHashMap<>(session.headers(client, "POST", path));
          headers.put("Content-Type", "application/json");
          headers.put("Idempotency-Key", retryKey);
          return headers;
        },
        Json.line(body).getBytes(StandardCharsets.UTF_8));
  }

  private static void requireOk(ServerClient.Answer answer, String what) {
    if (answer.status() / 100 != 2) {
      throw new UserError(what + ": " + detail(answer), "nothing was deployed by this");
    }
  }

  private static String detail(ServerClient.Answer answer) {
    return Terminal.safe(answer.json().path("detail").asString("status " + answer.status()));
  }

  private String what() {
    return Terminal.safe(service) + " to " + Terminal.safe(environment);
  }

  private void denied(JsonNode ruling) {
    say(Style.RED, "DENY", what());
    PrintWriter out = spec.commandLine().getOut();
    for (JsonNode reason : ruling.path("reasons")) {
      out.println("  " + Terminal.safe(reason.asString("")));
    }
    if (!ruling.path("advice").isEmpty()) {
      out.println("  what would satisfy it:");
      ruling.path("advice").forEach(one -> out.println("    - " + Terminal.safe(one.asString(""))));
    }
  }

  private void print(JsonNode answer, Runnable text) {
    if (json) {
      spec.commandLine().getOut().println(Json.pretty(answer));
    } else {
      text.run();
    }
  }

  private void say(Style style, String word, String rest) {
    spec.commandLine()
        .getOut()
        .println(style.on(word, Terminal.colours(Surroundings.of(spec))) + "  " + rest);
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
