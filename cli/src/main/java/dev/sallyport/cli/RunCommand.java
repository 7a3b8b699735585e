package dev.sallyport.cli;

import dev.sallyport.cli.Terminal.Style;
import dev.sallyport.cli.job.Hands;
import dev.sallyport.cli.job.Redactor;
import dev.sallyport.cli.job.StepException;
import dev.sallyport.cli.job.StepOrder;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
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

/// `sallyport run --step build|test -- CMD...`: asks before the command starts, and records how it
/// ended.
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Run a command as a step of this CI job: ask whether it may begin, hand it its secrets, keep them out of its"
          + " output, and record what it worked on, what came out and how it ended.",
      "",
      "Exit codes: those of CMD; 1 too where the step was denied (then CMD is never started), 2 too where it could"
          + " not be asked for or its end not be recorded.",
      ""
    },
    footer = {
      "",
      "Example: sallyport run --step build --secret TOKEN=shop/registry --product out/shop.jar -- make",
      "The step reads a secret from the file named in TOKEN_FILE, or from descriptor SALLYPORT_FD_TOKEN."
    })
final class RunCommand implements Runnable, CommandLine.IExitCodeGenerator {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

  /// As shells say that a command was found and could not be run.
  private static final int NOT_STARTED = 126;

  @Option(
      names = "--step",
      required = true,
      paramLabel = "KIND",
      description = "build or test: the action that is asked for")
  private String kind = "";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "what the pipeline calls the step; default: its kind")
  private @Nullable String name;

  @Option(
      names = "--secret",
      paramLabel = "NAME=PATH",
      description = "a secret that the step sees as NAME; repeat for more")
  private Map<String, String> secrets = new LinkedHashMap<>();

  @Option(
      names = "--env",
      paramLabel = "NAME",
      description = "put the value of this secret into the environment itself, as NAME")
  private List<String> inEnvironment = new ArrayList<>();

  @Option(
      names = "--product",
      paramLabel = "FILE",
      description = "a file that the step makes; its digest is recorded as a claim")
  private List<Path> products = new ArrayList<>();

  @Option(
      names = "--junit",
      paramLabel = "GLOB",
      description = "result files that a test step writes, such as 'target/**/TEST-*.xml'")
  private List<String> junit = new ArrayList<>();

  @Option(
      names = "--user",
      paramLabel = "USER",
      description = "run CMD as this user (we must be root, with setpriv): it cannot reach us then")
  private @Nullable String user;

  @Option(
      names = "--secret-dir",
      paramLabel = "DIR",
      description = "where secrets' files lie; default: a folder in memory")
  private @Nullable Path secretFolder;

  @Mixin private ServerOptions server = new ServerOptions();
  @Mixin private CallerSession session = new CallerSession();

  @Parameters(arity = "1..*", paramLabel = "CMD", description = "the command, after --")
  private List<String> command = new ArrayList<>();

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private final Clock clock = Clock.systemUTC();
  private int exitCode = 2;

  private Surroundings there = Surroundings.ofProcess();

  /// Set by the thread that hears signals, read by ours.
  private volatile boolean abandoned;

  /// Set by our thread, read by the one that hears signals.
  private volatile Hands.@Nullable Run running;

  @Override
  public void run() {
    check();
    there = Surroundings.of(spec);
    ServerClient client = server.client(there);
    Materials materials = Materials.of(there);
    LogWatch log = LogWatch.of(client);
    JsonNode ruling = begin(client, materials);
    sawEntry(log, ruling);
    if (!ruling.path("decision").asString("").equals("allow")) {
      denied(ruling);
      exitCode = 1;
      return;
    }
    perform(client, ruling.path("step").asString(""), materials);
  }

  private void check() {
    if (!kind.equals("build") && !kind.equals("test")) {
      throw new UserError(
          "no kind of step `" + Terminal.safe(kind) + "`", "use --step build or --step test");
    }
    for (String one : secrets.keySet()) {
      if (!NAME.matcher(one).matches()) {
        throw new UserError(
            "`" + Terminal.safe(one) + "` is no name of a variable",
            "write --secret NAME=PATH, for example TOKEN=shop/registry");
      }
    }
    for (String one : inEnvironment) {
      if (!secrets.containsKey(one)) {
        throw new UserError(
            "`--env " + Terminal.safe(one) + "` names no secret",
            "give it with --secret " + Terminal.safe(one) + "=PATH too");
      }
    }
    if (!junit.isEmpty() && !kind.equals("test")) {
      throw new UserError("only a test step has result files", "use --step test");
    }
    if (user != null && !"root".equals(System.getProperty("user.name"))) {
      throw new UserError("only root can run the command as another user", "leave --user out");
    }
  }

  // ---- before ----

  private JsonNode begin(ServerClient client, Materials materials) {
    ObjectNode body = Json.object();
    body.put("action", kind);
    body.put("step", name == null ? kind : name);
    putIfKnown(body, "commit", materials.commit());
    putIfKnown(body, "tree", materials.tree());
    putIfKnown(body, "ref", materials.ref());
    putIfKnown(body, "pipeline", materials.pipeline());
    putIfKnown(body, "runner", runner(there));
    body.put("isolation", isolation());
    if (!secrets.isEmpty()) {
      ObjectNode wanted = body.putObject("secrets");
      secrets.forEach(wanted::put);
    }
    ServerClient.Answer answer = post(client, "/v1/steps", body);
    if (answer.status() != 200) {
      throw unanswered("the server did not rule on the step", answer);
    }
    return answer.json();
  }

  private String isolation() {
    return user == null ? "same-user" : "own-user";
  }

  private static @Nullable String runner(Surroundings there) {
    for (String variable : List.of("RUNNER_NAME", "CI_RUNNER_ID", "NODE_NAME")) {
      String value = there.told(variable);
      if (value != null && value.length() <= 256) {
        return value;
      }
    }
    return null;
  }

  private static void putIfKnown(ObjectNode node, String name, @Nullable String value) {
    if (value != null) {
      node.put(name, value);
    }
  }

  /// One retry key for all attempts: the server begins one step and gives one lease.
  private ServerClient.Answer post(ServerClient client, String path, ObjectNode body) {
    String key = session.id();
    return client.retrying(
        "POST",
        path,
        () -> {
          Map<String, String> headers = session.headers(client, "POST", path);
          headers.put("Content-Type", "application/json");
          headers.put("Idempotency-Key", key);
          return headers;
        },
        Json.line(body).getBytes(StandardCharsets.UTF_8));
  }

  private static UserError unanswered(String what, ServerClient.Answer answer) {
    JsonNode json = answer.json();
    return new UserError(
        what
            + ": "
            + Terminal.safe(
                json.path("detail")
                    .asString(json.path("title").asString("status " + answer.status()))),
        Terminal.safe(
            json.path("advice")
                .path(0)
                .asString("the command was not started; mend it and run again")));
  }

  private static void sawEntry(LogWatch log, JsonNode ruling) {
    List<String> proof = new ArrayList<>();
    ruling.path("proof").forEach(hash -> proof.add(hash.asString("")));
    JsonNode entry = ruling.path("entry");
    log.sawEntry(
        ruling.path("checkpoint").asString(""),
        entry.path("index").asLong(-1),
        entry.path("text").asString(""),
        proof);
  }

  /// To stderr: stdout is the command's, also where it never ran.
  private void denied(JsonNode ruling) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(
        Style.RED.on("DENY", Terminal.colours(there))
            + "  "
            + kind
            + " "
            + Terminal.safe(ruling.path("outcome").asString(""))
            + ": the command was not started");
    ruling.path("reasons").forEach(one -> err.println("  " + Terminal.safe(one.asString(""))));
    if (!ruling.path("advice").isEmpty()) {
      err.println("  what would satisfy it:");
      ruling.path("advice").forEach(one -> err.println("    - " + Terminal.safe(one.asString(""))));
    }
  }

  // ---- the command ----

  private void perform(ServerClient client, String step, Materials materials) {
    Map<String, byte[]> values = new TreeMap<>();
    // Before anything that must be undone: a signal may come at any moment from here on.
    Hands.Watch watch = there.hands().watch(this::toldToEnd);
    try {
      exitCode = perform(client, step, materials, values);
    } finally {
      watch.close();
    }
  }

  /// On SIGTERM or SIGINT: hands it on to the command, whose end is then recorded.
  private void toldToEnd() {
    abandoned = true;
    Hands.Run process = running;
    if (process != null) {
      process.stop();
    }
  }

  private int perform(
      ServerClient client, String step, Materials materials, Map<String, byte[]> values) {
    Instant began = clock.instant();
    int code;
    try (SecretFiles files = files()) {
      for (Map.Entry<String, String> secret : secrets.entrySet()) {
        values.put(secret.getKey(), lease(client, step, secret.getKey(), secret.getValue()));
      }
      deliver(values, files);
      if (abandoned) {
        throw new UserError("told to end before the command was started", "");
      }
      began = clock.instant();
      Hands.Run process =
          there
              .hands()
              .start(
                  new StepOrder(
                      command,
                      user,
                      files.byName(),
                      files.forDescriptors(),
                      environment(values),
                      redacted(values)));
      running = process;
      if (abandoned) {
        process.stop();
      }
      code = process.await();
    } catch (SecretDenied e) {
      tryReport(client, step, materials, began);
      denied(e.ruling);
      return 1;
    } catch (UserError e) {
      // The step has begun and its command has not run: that is how it ended.
      tryReport(client, step, materials, began);
      throw e;
    } catch (StepException e) {
      tryReport(client, step, materials, began);
      throw new UserError(String.valueOf(e.getMessage()), e.hint());
    } finally {
      values.values().forEach(value -> Arrays.fill(value, (byte) 0));
    }
    return report(client, step, materials, values.keySet(), code, began);
  }

  private SecretFiles files() {
    return secrets.isEmpty() ? SecretFiles.NONE : SecretFiles.in(there, secretFolder);
  }

  /// A step that may not see a secret it wants does not run without it.
  private static final class SecretDenied extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient JsonNode ruling;

    SecretDenied(JsonNode ruling) {
      super("denied");
      this.ruling = ruling;
    }
  }

  private byte[] lease(ServerClient client, String step, String as, String path) {
    ObjectNode body = Json.object();
    body.put("step", step);
    body.put("path", path);
    body.put("name", as);
    ServerClient.Answer answer = post(client, "/v1/steps/secrets", body);
    try {
      if (answer.status() == 403) {
        throw new SecretDenied(answer.json());
      }
      if (answer.status() != 200) {
        throw unanswered("secret `" + Terminal.safe(path) + "` was not given", answer);
      }
      return Base64.getDecoder().decode(answer.json().path("value").asString(""));
    } finally {
      Arrays.fill(answer.body(), (byte) 0);
    }
  }

  private void deliver(Map<String, byte[]> values, SecretFiles files) {
    values.forEach((as, value) -> {
      if (value.length < Redactor.SHORTEST) {
        spec.commandLine()
            .getErr()
            .println(
                "sallyport: secret `"
                    + as
                    + "` is shorter than "
                    + Redactor.SHORTEST
                    + " bytes and cannot be kept out of the output");
      }
      files.add(as, value);
    });
    if (user != null && !values.isEmpty()) {
      files.giveTo(user);
    }
  }

  private Map<String, String> environment(Map<String, byte[]> values) {
    Map<String, String> environment = new TreeMap<>();
    for (String one : inEnvironment) {
      byte[] value = values.get(one);
      if (value != null) {
        environment.put(one, new String(value, StandardCharsets.UTF_8));
      }
    }
    return environment;
  }

  private static List<byte[]> redacted(Map<String, byte[]> values) {
    return values.values().stream()
        .filter(value -> value.length >= Redactor.SHORTEST)
        .map(byte[]::clone)
        .toList();
  }

  // ---- after ----

  private int report(
      ServerClient client,
      String step,
      Materials materials,
      Set<String> used,
      int code,
      Instant began) {
    List<String> missing = new ArrayList<>();
    ObjectNode body = ending(step, materials, used, code, began, missing);
    try {
      send(client, body);
    } catch (UserError e) {
      spec.commandLine()
          .getErr()
          .println(
              "sallyport: the command ended with "
                  + code
                  + ", but that could not be recorded: "
                  + Terminal.safe(String.valueOf(e.getMessage())));
      return 2;
    }
    missing.forEach(what -> spec.commandLine().getErr().println("sallyport: " + what));
    return code == 0 && !missing.isEmpty() ? 2 : code;
  }

  private void tryReport(ServerClient client, String step, Materials materials, Instant began) {
    try {
      send(client, ending(step, materials, Set.of(), NOT_STARTED, began, new ArrayList<>()));
    } catch (UserError e) {
      spec.commandLine()
          .getErr()
          .println("sallyport: the end of the step could not be recorded either");
    }
  }

  private ObjectNode ending(
      String step,
      Materials materials,
      Set<String> used,
      int code,
      Instant began,
      List<String> missing) {
    ObjectNode body = Json.object();
    body.put("step", step);
    body.put("exit", code & 0xff);
    body.put("seconds", Math.max(0, Duration.between(began, clock.instant()).toSeconds()));
    body.put("abandoned", abandoned);
    ArrayNode made = body.putArray("products");
    for (Path product : products) {
      if (Files.isRegularFile(there.at(product))) {
        made.addObject()
            .put("name", product.toString())
            .put("digest", "sha256:" + ArtifactProof.sha256(there.at(product)));
      } else {
        missing.add("product `" + Terminal.safe(product.toString()) + "` was not made");
      }
    }
    ArrayNode dependencies = body.putArray("dependencies");
    materials.dependencies().forEach(dependencies::add);
    ArrayNode delivered = body.putArray("usedSecrets");
    used.forEach(delivered::add);
    if (!junit.isEmpty()) {
      tests(body.putArray("junit"), began, missing);
    }
    return body;
  }

  /// Result files that should be there and are not are a failed test: an untested commit must not
  /// look like a tested one.
  private void tests(ArrayNode results, Instant began, List<String> missing) {
    JunitResults.Read read = JunitResults.read(there.folder(), junit, began.minusSeconds(1));
    for (JunitResults.Counts counts : read.results()) {
      results
          .addObject()
          .put("passed", counts.passed())
          .put("failed", counts.failed())
          .put("skipped", counts.skipped())
          .put("errors", counts.errors());
    }
    for (String what : read.unread()) {
      missing.add(what);
      results.addObject().put("passed", 0).put("failed", 0).put("skipped", 0).put("errors", 1);
    }
  }

  private void send(ServerClient client, ObjectNode body) {
    String path = "/v1/steps/end";
    ServerClient.Answer answer =
        client.retrying(
            "POST",
            path,
            () -> {
              Map<String, String> headers = new LinkedHashMap<>();
              headers.put("DPoP", session.proof(client, "POST", path));
              headers.put("Content-Type", "application/json");
              return headers;
            },
            Json.line(body).getBytes(StandardCharsets.UTF_8));
    if (answer.status() != 200) {
      throw unanswered("the server did not take it", answer);
    }
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
