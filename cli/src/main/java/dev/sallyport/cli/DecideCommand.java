package dev.sallyport.cli;

import dev.sallyport.cli.Terminal.Style;
import dev.sallyport.gate.Action;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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

/// `sallyport decide ACTION`: may this job do that?
@Command(
    name = "decide",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Ask a server whether this CI job may do ACTION, and print its ruling with the proof that it is recorded.",
      "",
      "Exit codes: 0 allowed, 1 denied, 2 could not ask.",
      ""
    },
    footer = {
      "",
      "Example: sallyport decide deploy --artifact sha256:... --to prod --server https://sallyport.example"
    })
final class DecideCommand implements Runnable, CommandLine.IExitCodeGenerator {
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

  @Parameters(
      paramLabel = "ACTION",
      description = "deploy, publish, build, ... (docs/reference/vocabulary.md)")
  private String action = "";

  @Option(names = "--artifact", paramLabel = "DIGEST", description = "what it is about: sha256:HEX")
  private @Nullable String artifact;

  @Option(
      names = "--to",
      paramLabel = "ENV",
      description = "the environment of a deploy or rollback")
  private @Nullable String environment;

  @Option(
      names = "--resource",
      paramLabel = "TYPE:ID",
      description = "what it is done to, where neither --to nor --artifact says it")
  private @Nullable String resource;

  @Option(
      names = "--claim",
      paramLabel = "NAME=TEXT",
      description = "something the job says of itself; policies may forbid on it, never permit")
  private Map<String, String> claims = new LinkedHashMap<>();

  @Mixin private ServerOptions server = new ServerOptions();
  @Mixin private CallerSession session = new CallerSession();

  @Option(
      names = "--idempotency-key",
      paramLabel = "TEXT",
      description =
          "asked again with the same key, the server gives its first ruling; default: random")
  private @Nullable String idempotencyKey;

  @Option(names = "--json", description = "print the server's answer as it is")
  private boolean json;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private int exitCode = 2;

  @Override
  public void run() {
    Action known =
        Action.of(action)
            .orElseThrow(() ->
                new UserError(
                    "unknown action `" + Terminal.safe(action) + "`",
                    "see docs/reference/vocabulary.md, for example deploy or publish"));
    if (artifact != null && !DIGEST.matcher(artifact).matches()) {
      throw new UserError(
          "`--artifact " + Terminal.safe(artifact) + "` is not a digest",
          "a decision is about bytes, never a tag: give sha256: and 64 hex digits (sha256sum FILE)");
    }
    ObjectNode question = question(known);
    ServerClient client = server.client(Surroundings.of(spec));
    LogWatch log = LogWatch.of(client);
    String path = "/v1/decisions";
    // One key for all attempts: asked again, the server gives its first ruling and records nothing
    // twice.
    String key = idempotencyKey == null ? session.id() : idempotencyKey;
    ServerClient.Answer answer =
        client.retrying(
            "POST",
            path,
            () -> {
              Map<String, String> headers = session.headers(client, "POST", path);
              headers.put("Content-Type", "application/json");
              headers.put("Idempotency-Key", key);
              return headers;
            },
            Json.line(question).getBytes(StandardCharsets.UTF_8));
    JsonNode ruling = answer.json();
    if (answer.status() != 200) {
      throw new UserError(
          "the server did not rule: "
              + Terminal.safe(
                  ruling
                      .path("detail")
                      .asString(ruling.path("title").asString("status " + answer.status()))),
          "nothing was allowed; mend the question and ask again");
    }
    List<String> proof = new ArrayList<>();
    ruling.path("proof").forEach(hash -> proof.add(hash.asString("")));
    JsonNode entry = ruling.path("entry");
    log.sawEntry(
        ruling.path("checkpoint").asString(""),
        entry.path("index").asLong(-1),
        entry.path("text").asString(""),
        proof);
    print(ruling);
    exitCode = "allow".equals(ruling.path("decision").asString("")) ? 0 : 1;
  }

  private ObjectNode question(Action known) {
    ObjectNode question = Json.object();
    question.put("action", known.word());
    ObjectNode about = question.putObject("resource");
    if (resource != null) {
      int colon = resource.indexOf(':');
      if (colon < 1) {
        throw new UserError("`--resource` is not TYPE:ID", "for example Secret:payments/db");
      }
      about.put("type", resource.substring(0, colon));
      about.put("id", resource.substring(colon + 1));
    } else if (environment != null) {
      about.put("type", "Environment");
      about.put("id", environment);
    } else if (artifact != null) {
      about.put("type", "Artifact");
      about.put("id", artifact);
    } else {
      throw new UserError(
          "nothing to do `" + known.word() + "` to", "name it with --to, --artifact or --resource");
    }
    ObjectNode claimed = question.putObject("claimed");
    if (artifact != null) {
      claimed.put("artifact", artifact);
    }
    claims.forEach(claimed::put);
    return question;
  }

  private void print(JsonNode ruling) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.pretty(ruling));
      return;
    }
    boolean colours = Terminal.colours(Surroundings.of(spec));
    boolean allowed = "allow".equals(ruling.path("decision").asString(""));
    out.println(
        (allowed ? Style.GREEN : Style.RED).on(allowed ? "ALLOW" : "DENY", colours)
            + "  "
            + action
            + " "
            + Terminal.safe(ruling.path("outcome").asString("")));
    for (JsonNode reason : ruling.path("reasons")) {
      out.println("  " + Terminal.safe(reason.asString("")));
    }
    if (!ruling.path("advice").isEmpty()) {
      out.println("  what would satisfy it:");
      ruling.path("advice").forEach(one -> out.println("    - " + Terminal.safe(one.asString(""))));
    }
    JsonNode entry = ruling.path("entry");
    out.println(
        Style.DIM.on(
            "  entry "
                + entry.path("index").asLong(-1)
                + ", leaf "
                + entry.path("leafHash").asString("")
                + ": in the log, proof checked",
            colours));
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
