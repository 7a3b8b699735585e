package dev.sallyport.cli;

import dev.sallyport.cli.DemoStage.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// Chapter two: two releases go out properly; a third is built by a run that every rule knows, on a
/// runner that somebody stole. It is seen, its radius shown, contained and undone. Then once more,
/// with the release before it sharing what was poisoned.
final class DemoLoop {
  private static final Duration SEEN_WITHIN = Duration.ofSeconds(20);
  private static final Duration UNDONE_WITHIN = Duration.ofSeconds(60);
  private static final String OWN_RUNNER = "7";
  private static final String STOLEN_RUNNER = "66";
  private static final String POISONED = "pkg:pypi/till@2.0";

  private final CornerShop shop;
  private final DemoStage stage;
  private final DemoScenes scenes;
  private final HttpClient http = HttpClient.newHttpClient();
  private int runs = 100;

  DemoLoop(CornerShop shop, DemoScenes scenes) {
    this.shop = shop;
    this.stage = shop.stage();
    this.scenes = scenes;
  }

  /// A release as it went out.
  ///
  /// @param run its run, as `run:` names it
  private record Release(String run, String digest, CornerShop.Job job, String commit) {}

  void play() {
    scenes.heading("A shop that is watched");
    String service = "shop";
    int port = hire(service);
    Release first = release(service, "apples", "", "v1");
    greets(port, "apples", "the first release is live");
    Release second = release(service, "pears", "", "v2");
    greets(port, "pears", "and the second");

    scenes.heading("One bad build, let in by every rule");
    Release third = hijacked(service, port, "v3");

    scenes.heading("Seen, contained and undone");
    seen(third);
    radius(third, List.of());
    contained(service, port, third, second, List.of(), "pears", "v2");
    refusedFromThenOn(service, third);

    scenes.heading("Once more, and the release before shares what was poisoned");
    String kiosk = "kiosk";
    int other = hire(kiosk);
    Release clean = release(kiosk, "tea", "", "v1");
    Release sharing = release(kiosk, "coffee", "till==2.0", "v2");
    greets(other, "coffee", "v2 uses the till 2.0");
    Release bad = hijacked(kiosk, other, "v3");
    contained(kiosk, other, bad, clean, List.of("dependency:" + POISONED), "tea", "v1");
    if (first.digest().equals(sharing.digest())) {
      throw new IllegalStateException("two releases are one");
    }
  }

  /// A host with an agent that runs `service`; the port it will answer on.
  private int hire(String service) {
    int port = freePort();
    Result code =
        shop.owner(
            "agent",
            "code",
            "--host",
            "host-" + service,
            "--service",
            service,
            "--env",
            "prod",
            "--out",
            "code-" + service);
    CornerShop.must(code, "make a code for the host");
    Result enrolled =
        stage.sallyport(
            "agent",
            "enrol",
            "--server",
            shop.server().path("url").asString(""),
            "--ca",
            shop.server().path("caPem").asString(""),
            "--code-file",
            "code-" + service,
            "--folder",
            "agent-" + service);
    String java = System.getProperty("java.home") + "/bin/java";
    stage.write(
        "agent-" + service + ".yaml",
        """
        name: host-%1$s
        enrolment: %2$s
        reportEverySeconds: 1
        services:
          - service: %1$s
            environment: prod
            repository: %5$s
            folder: %3$s
            command: [%4$s, -jar, shop.jar, "%6$d"]
            health: {http: "http://127.0.0.1:%6$d/", withinSeconds: 20}
            stopSeconds: 5
        """
            .formatted(
                service,
                stage.path("agent-" + service),
                stage.path("srv-" + service),
                java,
                CornerShop.PUBLISHED_AS,
                port));
    stage.background(
        "agent-" + service + ".log", "agent", "host", "--config", "agent-" + service + ".yaml");
    scenes.scene("", "a host lets our agent in, by a one-time code", "the server", 0, enrolled, "");
    return port;
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UserError("no free port: " + e.getMessage(), "try again");
    }
  }

  /// Alice sells a ware; the run of that commit builds, tests, publishes and deploys.
  private Release release(String service, String ware, String needs, String version) {
    String commit = shop.sell(ware, needs);
    Release made = ship(service, commit, OWN_RUNNER, version);
    scenes.aside(version + " is " + made.digest());
    return made;
  }

  private Release ship(String service, String commit, String runner, String version) {
    String number = Integer.toString(++runs);
    CornerShop.Job job = shop.job("run-" + number, commit, number, runner);
    Result built =
        shop.as(
            job,
            "repo",
            List.of("run", "--step", "build", "--product", "out/shop.jar"),
            List.of("--", "sh", "pipeline.sh", "build"));
    scenes.scene("", version + ": the run may build, and does", "run", 0, built, why(built));
    Result tested =
        shop.as(
            job,
            "repo",
            List.of("run", "--step", "test", "--junit", "out/TEST-*.xml"),
            List.of("--", "sh", "pipeline.sh", "test"));
    scenes.scene("", version + ": its tests pass", "run", 0, tested, why(tested));
    Result published =
        shop.as(
            job,
            "repo",
            List.of(
                "publish",
                "out/shop.jar",
                "--repository",
                CornerShop.PUBLISHED_AS,
                "--tag",
                service + "-" + version),
            List.of());
    scenes.scene(
        "",
        version + ": it goes through the registry's door",
        "door",
        0,
        published,
        why(published));
    String digest = published.out().strip();
    Result deployed = deploy(service, job, digest);
    scenes.scene(
        "", version + ": a ticket, redeemed by the host", "deploy", 0, deployed, why(deployed));
    return new Release(
        "run:" + DemoIssuer.FORGE + "/" + DemoIssuer.REPOSITORY + "/" + number,
        digest,
        job,
        commit);
  }

  private Result deploy(String service, CornerShop.Job job, String digest) {
    return shop.as(
        job,
        "repo",
        List.of(
            "deploy",
            service,
            "--env",
            "prod",
            "--artifact",
            digest,
            "--repository",
            CornerShop.PUBLISHED_AS,
            "--wait"),
        List.of());
  }

  private static String why(Result result) {
    return result.exitCode() == 0
        ? ""
        : (result.out() + "\n" + result.err())
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .reduce((a, b) -> a + " | " + b)
            .orElse("");
  }

  /// The commit is good, the token is real, the pipeline is the reviewed one; only the runner is
  /// another, and what it compiles.
  private Release hijacked(String service, int port, String version) {
    stage.script("attacks/hijacked-run.sh");
    String commit = stage.git("rev-parse", "main").out().strip();
    Release made = ship(service, commit, STOLEN_RUNNER, version);
    stage.git("checkout", "-q", "-f", "main");
    greets(port, "your card number", "and now the shop asks for card numbers");
    return made;
  }

  /// Asks the running service, as its customers do.
  private void greets(int port, String expected, String title) {
    long before = System.nanoTime();
    boolean right = body(port).contains(expected);
    scenes.scene(
        "",
        title,
        "customers",
        0,
        new Result(right ? 0 : 1, "", "", (System.nanoTime() - before) / 1e9),
        right ? "" : "it says: " + body(port).strip());
  }

  private String body(int port) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
              .timeout(Duration.ofSeconds(2))
              .build();
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /// The sentinel saw it by itself: a runner that never delivered here before.
  private void seen(Release bad) {
    long before = System.nanoTime();
    String incident = "";
    while (incident.isEmpty() && System.nanoTime() - before < SEEN_WITHIN.toNanos()) {
      incident = incidentAbout(bad);
    }
    boolean found = !incident.isEmpty();
    scenes.scene(
        "R26",
        "the sentinel has opened an incident by itself",
        "sentinel",
        0,
        new Result(found ? 0 : 1, "", "", (System.nanoTime() - before) / 1e9),
        found ? "" : "nobody saw it");
    scenes.aside(incident);
  }

  private String incidentAbout(Release bad) {
    Result asked = shop.owner("incidents", "--json");
    CornerShop.must(asked, "ask for incidents");
    String run = bad.run().substring("run:".length());
    for (JsonNode incident : Json.MAPPER.readTree(asked.out()).path("incidents")) {
      if (incident.toString().contains(run)) {
        return incident.path("title").asString(incident.path("text").asString("an incident"));
      }
    }
    return "";
  }

  private void radius(Release bad, List<String> with) {
    Result radius = shop.owner("radius", bad.run());
    scenes.scene("", "how far it can have reached, in one query", "radius", 0, radius, why(radius));
    radius.out().lines().limit(12).forEach(scenes::aside);
    Result plan = contain(bad, with, true);
    scenes.scene(
        "", "what containing it would do, changing nothing", "contain", 0, plan, why(plan));
    plan.out().lines().limit(16).forEach(scenes::aside);
  }

  private Result contain(Release bad, List<String> with, boolean dry) {
    var command = new java.util.ArrayList<String>(List.of("contain", bad.run()));
    with.forEach(thing -> command.addAll(List.of("--with", thing)));
    if (dry) {
      command.add("--dry-run");
    }
    command.addAll(List.of("--reason", "its key was reported stolen"));
    return shop.owner(command.toArray(String[]::new));
  }

  private void contained(
      String service,
      int port,
      Release bad,
      Release good,
      List<String> with,
      String ware,
      String version) {
    long before = System.nanoTime();
    Result contained = contain(bad, with, false);
    scenes.scene(
        "R26", "its key is reported stolen: contained", "contain", 0, contained, why(contained));
    boolean healthy = false;
    while (!healthy && System.nanoTime() - before < UNDONE_WITHIN.toNanos()) {
      String body = body(port);
      healthy =
          body.contains(ware) && !body.contains("card number") && runs(service, good.digest());
    }
    double seconds = (System.nanoTime() - before) / 1e9;
    scenes.scene(
        "R26",
        String.format(
            Locale.ROOT, "healthy on %s again, %.1f s after the report", version, seconds),
        "the host",
        0,
        new Result(healthy ? 0 : 1, "", "", seconds),
        healthy ? "" : "it says: " + body(port).strip());
  }

  private boolean runs(String service, String digest) {
    Result releases = shop.owner("releases", "--json");
    for (JsonNode place : Json.MAPPER.readTree(releases.out()).path("places")) {
      if (place.path("service").asString("").equals(service)) {
        return place.path("reported").asString("").equals(digest)
            && place.path("expected").asString("").equals(digest);
      }
    }
    return false;
  }

  private void refusedFromThenOn(String service, Release bad) {
    scenes.scene(
        "R26",
        "its run asks to deploy it again, with the token it has",
        "the server",
        2,
        saying("revoked", deploy(service, bad.job(), bad.digest())),
        "its token was revoked");
    runs++;
    String number = Integer.toString(runs);
    CornerShop.Job more =
        shop.job(
            "again-" + number,
            bad.commit(),
            bad.run().substring(bad.run().lastIndexOf('/') + 1),
            STOLEN_RUNNER);
    Result step = shop.as(more, "repo", List.of("run", "--step", "build"), List.of("--", "true"));
    scenes.scene(
        "R26",
        "its run comes with another real token",
        "the exchange",
        2,
        saying("run is on hold", step),
        why(step));
    CornerShop.Job honest = shop.job("run-" + number, bad.commit(), number, OWN_RUNNER);
    Result another = deploy(service, honest, bad.digest());
    scenes.scene(
        "R24", "an honest run asks to deploy what was bad", "deploy", 1, another, why(another));
  }

  /// The same result, if it says so; else one that is wrong.
  private static Result saying(String reason, Result result) {
    boolean said = (result.out() + result.err()).contains(reason);
    return said ? result : new Result(0, result.out(), result.err(), result.seconds());
  }
}
