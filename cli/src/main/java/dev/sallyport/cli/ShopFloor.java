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
import tools.jackson.databind.JsonNode;

/// The moves of a job of the corner shop from build to deploy, and the host that runs what came of
/// it; each move one real process.
final class ShopFloor {
  private final CornerShop shop;
  private final DemoStage stage;
  private final HttpClient http = HttpClient.newHttpClient();

  ShopFloor(CornerShop shop) {
    this.shop = shop;
    this.stage = shop.stage();
  }

  /// A host's service.
  ///
  /// @param port where it answers its customers
  record Host(String service, int port) {
    /// The folder of its agent's enrolment, on the stage.
    String folder() {
      return "agent-" + service;
    }
  }

  /// Lets a host in that may run `service` in production, without starting its agent.
  Host admit(String service) {
    Host host = new Host(service, freePort());
    CornerShop.must(
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
            "code-" + service),
        "make a code for the host");
    CornerShop.must(
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
            host.folder()),
        "let the host in");
    return host;
  }

  /// Lets a host in and starts its agent.
  Host hire(String service) {
    Host host = admit(service);
    stage.write(
        host.folder() + ".yaml",
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
                stage.path(host.folder()),
                stage.path("srv-" + service),
                System.getProperty("java.home") + "/bin/java",
                CornerShop.PUBLISHED_AS,
                host.port()));
    stage.background(host.folder() + ".log", "agent", "host", "--config", host.folder() + ".yaml");
    stage.await(host.folder() + ".log", "is ready");
    return host;
  }

  static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UserError("no free port: " + e.getMessage(), "try again");
    }
  }

  Result build(CornerShop.Job job) {
    return step(job, "build", List.of("--product", "out/shop.jar"), "sh", "pipeline.sh", "build");
  }

  Result test(CornerShop.Job job) {
    return step(job, "test", List.of("--junit", "out/TEST-*.xml"), "sh", "pipeline.sh", "test");
  }

  Result step(CornerShop.Job job, String kind, List<String> options, String... command) {
    var all = new java.util.ArrayList<String>(List.of("run", "--step", kind));
    all.addAll(options);
    var more = new java.util.ArrayList<String>(List.of("--"));
    more.addAll(List.of(command));
    return shop.as(job, "repo", all, more);
  }

  /// Its output is the digest, where it went through.
  Result publish(CornerShop.Job job, String tag) {
    return shop.as(
        job,
        "repo",
        List.of("publish", "out/shop.jar", "--repository", CornerShop.PUBLISHED_AS, "--tag", tag),
        List.of());
  }

  /// Asks, and waits until it is live or is not.
  Result deploy(CornerShop.Job job, Host host, String artifact) {
    return shop.as(
        job,
        "repo",
        List.of(
            "deploy",
            host.service(),
            "--env",
            "prod",
            "--artifact",
            artifact,
            "--repository",
            CornerShop.PUBLISHED_AS,
            "--wait"),
        List.of());
  }

  /// What the service tells its customers; empty where it does not answer.
  String says(Host host) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + host.port() + "/"))
              .timeout(Duration.ofSeconds(2))
              .build();
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "");
    }
  }

  /// Whether the control plane expects `digest` there and the host reports it.
  boolean runs(Host host, String digest) {
    JsonNode places = Json.MAPPER.readTree(shop.owner("releases", "--json").out()).path("places");
    for (JsonNode place : places) {
      if (place.path("service").asString("").equals(host.service())) {
        return place.path("reported").asString("").equals(digest)
            && place.path("expected").asString("").equals(digest);
      }
    }
    return false;
  }
}
