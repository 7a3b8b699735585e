package dev.sallyport.cli;

import dev.sallyport.cli.DemoStage.Result;
import dev.sallyport.cli.job.JobClient;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Runs the corner shop's pipeline (checkout, build, test, a secret, publish, deploy) without a
/// control plane and with one, on one machine, in turns, and says what each took.
///
/// Without: git, the pipeline's script, a file for a secret, the registry itself, a link and a
/// restart. With: the same, each step typed through the launcher and through its door, with one
/// process that serves the whole job. Warm, that process was started three seconds before the
/// clock, as a job is set up; each job has one of its own. Cold, the clock starts before it, and
/// nothing is waited for. What a runner does around it is in neither.
final class PipelineTimes implements AutoCloseable {
  private static final String REPOSITORY = DemoIssuer.FORGE + "/" + DemoIssuer.REPOSITORY;
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final CornerShop shop;
  private final DemoStage stage;
  private final ShopFloor floor;
  private final Clock clock;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private String registry = "";
  private int number = 300;
  private @Nullable Process service;

  PipelineTimes(CornerShop shop, Clock clock) {
    this.shop = shop;
    this.stage = shop.stage();
    this.floor = new ShopFloor(shop);
    this.clock = clock;
  }

  /// Seconds of each step of one run of the pipeline.
  ///
  /// @param around starting and ending the job's process, where there is one
  private record Timed(Map<String, Double> steps, double around) {
    Timed {
      steps = new LinkedHashMap<>(steps);
    }

    double total() {
      return steps.values().stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  /// The figures: seconds cold and warm (medians), and where they go.
  ObjectNode measure(int jobs) {
    registry = shop.openRegistry();
    shop.open();
    shop.configure(registry);
    ObjectNode config = (ObjectNode) Json.MAPPER.readTree(stage.read("data/config.json"));
    // The agent must find the server again after its restart.
    config.put("agentPort", ShopFloor.freePort());
    stage.write("data/config.json", Json.pretty(config));
    CornerShop.must(shop.up(), "start the server");
    stage.write("secret.txt", "till-4711-of-the-shop");
    CornerShop.must(
        shop.owner("secret", "put", "shop/till", "--file", stage.path("secret.txt").toString()),
        "put a secret");
    CornerShop.must(
        shop.owner("secret", "policy", "shop/till", "--repository", REPOSITORY),
        "declare who reads it");
    ShopFloor.Host host = floor.hire("shop");
    int port = ShopFloor.freePort();
    CornerShop.must(shop.down(), "stop the server");
    CornerShop.must(shop.up(), "start the server");
    pause(Duration.ofSeconds(3));

    Timed bareCold = without(port);
    Timed cold = with(host);
    List<Timed> bare = new ArrayList<>();
    List<Timed> warm = new ArrayList<>();
    // One more of each that is not counted: the first restart has nothing to stop.
    without(port);
    with(host);
    for (int i = 0; i < jobs; i++) {
      bare.add(without(port));
      warm.add(with(host));
    }
    return figures(bareCold, cold, bare, warm);
  }

  private ObjectNode figures(Timed bareCold, Timed cold, List<Timed> bare, List<Timed> warm) {
    double without = median(bare.stream().map(Timed::total).toList());
    double with = median(warm.stream().map(Timed::total).toList());
    ObjectNode node = Json.object();
    double withCold = cold.total() + cold.around();
    node.put("added_s_cold", withCold - bareCold.total());
    node.put("added_s_warm", with - without);
    node.put("doors", 6);
    node.put("with_s_cold", withCold);
    node.put("with_s_warm", with);
    node.put("without_s_warm", without);
    node.put("job_s", median(warm.stream().map(Timed::around).toList()));
    for (String step : cold.steps().keySet()) {
      node.put("added_s_" + step, at(warm, step) - at(bare, step));
    }
    node.put(
        "start_s", median(times(5, () -> stage.launcher(".", Map.of(), "--version").seconds())));
    ApiCaller caller =
        new ApiCaller(client(), shop.issuer().token("timed", head(), clock.instant()), clock);
    ObjectNode question = Json.object();
    question.put("action", "readSource");
    question.putObject("resource").put("type", "Repository").put("id", REPOSITORY);
    question.putObject("claimed");
    node.put("ruling_s", median(times(9, () -> timed(() -> must(caller, question)))));
    node.put(
        "exchange_s",
        median(
            times(
                5,
                () ->
                    timed(() ->
                        new ApiCaller(
                            client(),
                            shop.issuer().token("timed-" + ++number, head(), clock.instant()),
                            clock)))));
    return node;
  }

  private static void must(ApiCaller caller, ObjectNode question) {
    ServerClient.Answer answer = caller.post("/v1/decisions", question);
    if (answer.status() != 200 || !answer.json().path("decision").asString("").equals("allow")) {
      throw new UserError("the ruling is no allow: " + Terminal.safe(answer.text()), "");
    }
  }

  private ServerClient client() {
    return new ServerClient(
        URI.create(shop.server().path("url").asString("")),
        Path.of(shop.server().path("caPem").asString("")));
  }

  private static double at(List<Timed> runs, String step) {
    return median(runs.stream().map(run -> run.steps().getOrDefault(step, 0.0)).toList());
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static List<Double> times(int count, java.util.function.DoubleSupplier one) {
    List<Double> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(one.getAsDouble());
    }
    return all;
  }

  private static double timed(Runnable what) {
    long before = System.nanoTime();
    what.run();
    return RangePlay.since(before);
  }

  private String head() {
    return stage.git("rev-parse", "main").out().strip();
  }

  private static double took(Result result, String what) {
    CornerShop.must(result, what);
    return result.seconds();
  }

  private Result checkout(String into) {
    return stage.run(stage.folder(), "git", "clone", "-q", stage.path("repo").toString(), into);
  }

  // ---- without us ----

  private Timed without(int port) {
    String ware = "ware" + ++number;
    shop.sell(ware, "");
    String folder = "bare-" + number;
    Map<String, Double> steps = new LinkedHashMap<>();
    steps.put("checkout", took(checkout(folder), "check out"));
    Path work = stage.path(folder);
    steps.put("build", took(stage.run(work, "sh", "pipeline.sh", "build"), "build"));
    steps.put("test", took(stage.run(work, "sh", "pipeline.sh", "test"), "test"));
    steps.put("secret", timed(() -> stage.read("secret.txt")));
    steps.put("publish", timed(() -> push(work.resolve("out/shop.jar"), folder)));
    steps.put("deploy", timed(() -> restart(work.resolve("out/shop.jar"), folder, port)));
    requireSays(floor.says(new ShopFloor.Host("bare", port)), ware);
    return new Timed(steps, 0);
  }

  /// The blobs and the manifest, as `publish` makes them, to the registry itself.
  private void push(Path jar, String tag) {
    try {
      byte[] empty = "{}".getBytes(StandardCharsets.US_ASCII);
      Files.write(stage.path("empty.json"), empty);
      String config = "sha256:" + ArtifactProof.sha256(stage.path("empty.json"));
      String layer = "sha256:" + ArtifactProof.sha256(jar);
      blob(config, HttpRequest.BodyPublishers.ofByteArray(empty));
      blob(layer, HttpRequest.BodyPublishers.ofFile(jar));
      ObjectNode manifest = Json.object();
      manifest.put("schemaVersion", 2);
      manifest.put("mediaType", MANIFEST);
      ObjectNode of = manifest.putObject("config");
      of.put("mediaType", "application/vnd.oci.empty.v1+json");
      of.put("digest", config);
      of.put("size", empty.length);
      ObjectNode part = manifest.putArray("layers").addObject();
      part.put("mediaType", "application/octet-stream");
      part.put("digest", layer);
      part.put("size", Files.size(jar));
      send(
          HttpRequest.newBuilder(at("/manifests/" + tag))
              .header("Content-Type", MANIFEST)
              .PUT(HttpRequest.BodyPublishers.ofString(Json.line(manifest).strip()))
              .build());
    } catch (IOException e) {
      throw new UserError("couldn't push: " + e.getMessage(), "");
    }
  }

  private URI at(String path) {
    return URI.create(registry + "/v2/" + CornerShop.PUBLISHED_AS + path);
  }

  private void blob(String digest, HttpRequest.BodyPublisher content) {
    HttpResponse<String> begun =
        send(
            HttpRequest.newBuilder(at("/blobs/uploads/"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    URI upload = URI.create(registry).resolve(begun.headers().firstValue("Location").orElse("/"));
    send(
        HttpRequest.newBuilder(
                URI.create(
                    upload
                        + (upload.getRawQuery() == null ? "?" : "&")
                        + "digest="
                        + URLEncoder.encode(digest, StandardCharsets.UTF_8)))
            .header("Content-Type", "application/octet-stream")
            .PUT(content)
            .build());
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new UserError("the registry answered " + answer.statusCode(), "");
      }
      return answer;
    } catch (IOException e) {
      throw new UserError("the registry does not answer: " + e.getMessage(), "");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "");
    }
  }

  /// A folder for the release, the link to it, and the service started anew until it answers.
  private void restart(Path jar, String release, int port) {
    try {
      Path folder = Files.createDirectories(stage.path("bare").resolve(release));
      Files.copy(jar, folder.resolve("shop.jar"));
      took(stage.run(stage.path("bare"), "ln", "-sfn", release, "current"), "set the current link");
      stop();
      service =
          new ProcessBuilder(
                  System.getProperty("java.home") + "/bin/java",
                  "-jar",
                  "current/shop.jar",
                  Integer.toString(port))
              .directory(stage.path("bare").toFile())
              .redirectErrorStream(true)
              .redirectOutput(stage.path("bare/log").toFile())
              .start();
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      var host = new ShopFloor.Host("bare", port);
      while (floor.says(host).isEmpty() && System.nanoTime() < deadline) {
        pause(Duration.ofMillis(20));
      }
    } catch (IOException e) {
      throw new UserError("couldn't restart the service: " + e.getMessage(), "");
    }
  }

  private void stop() {
    Process old = service;
    if (old == null) {
      return;
    }
    old.destroy();
    try {
      old.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- with us ----

  private Timed with(ShopFloor.Host host) {
    String ware = "ware" + ++number;
    String commit = shop.sell(ware, "");
    String run = Integer.toString(number);
    CornerShop.Job job = shop.job("run-" + run, commit, run, "7");
    String folder = "ruled-" + number;
    Result started = stage.launcher(".", Map.of(), "job", "start");
    String said = took(started, "start the job's process") >= 0 ? started.out().strip() : "";
    Map<String, String> variables =
        Map.of(JobClient.VARIABLE, said.substring(said.indexOf('=') + 1));
    Asking asking = new Asking(job, variables);
    Map<String, Double> steps = new LinkedHashMap<>();
    double asked =
        took(
            asking.run(
                ".", List.of("decide", "readSource", "--resource", "Repository:" + REPOSITORY)),
            "ask to check out");
    steps.put("checkout", asked + took(checkout(folder), "check out"));
    steps.put(
        "build",
        took(
            asking.run(
                folder,
                List.of(
                    "run",
                    "--step",
                    "build",
                    "--secret",
                    "TILL=shop/till",
                    "--product",
                    "out/shop.jar"),
                "sh",
                "pipeline.sh",
                "build"),
            "build"));
    steps.put(
        "test",
        took(
            asking.run(
                folder,
                List.of("run", "--step", "test", "--junit", "out/TEST-*.xml"),
                "sh",
                "pipeline.sh",
                "test"),
            "test"));
    Result published =
        asking.run(
            folder,
            List.of(
                "publish",
                "out/shop.jar",
                "--repository",
                CornerShop.PUBLISHED_AS,
                "--tag",
                folder));
    steps.put("publish", took(published, "publish"));
    steps.put(
        "deploy",
        took(
            asking.run(
                folder,
                List.of(
                    "deploy",
                    host.service(),
                    "--env",
                    "prod",
                    "--artifact",
                    published.out().strip(),
                    "--repository",
                    CornerShop.PUBLISHED_AS,
                    "--wait")),
            "deploy"));
    double ended = took(stage.launcher(".", variables, "job", "end"), "end the job's process");
    requireSays(floor.says(host), ware);
    return new Timed(steps, started.seconds() + ended);
  }

  /// The steps of a job, as its script types them.
  private final class Asking {
    private final CornerShop.Job job;
    private final Map<String, String> variables;

    Asking(CornerShop.Job job, Map<String, String> variables) {
      this.job = job;
      this.variables = variables;
    }

    Result run(String folder, List<String> words, String... command) {
      List<String> all = new ArrayList<>(words);
      all.addAll(
          List.of("--data", shop.data(), "--token-file", stage.path(job.token()).toString()));
      if (command.length > 0) {
        all.add("--");
        all.addAll(List.of(command));
      }
      Result result = stage.launcher(folder, variables, all.toArray(String[]::new));
      if (result.err().contains("working without")) {
        throw new UserError("the job's process did not serve: " + result.err().strip(), "");
      }
      return result;
    }
  }

  private static void requireSays(String says, String ware) {
    if (!says.contains(ware)) {
      throw new UserError("the service does not sell " + ware + ": " + says.strip(), "");
    }
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "");
    }
  }

  @Override
  public void close() {
    stop();
  }
}
