package dev.sallyport.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.net.httpserver.HttpServer;
import dev.sallyport.cli.agent.AgentConfig.Health;
import dev.sallyport.cli.agent.AgentConfig.Probe;
import dev.sallyport.cli.agent.AgentConfig.Service;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A release that is looked at tries to hold up or to become the agent.
class HealthLookTest {
  @TempDir Path release;

  private static Service service(Path folder, Probe probe, @Nullable String user) {
    return new Service(
        "shop",
        "prod",
        "acme/shop",
        folder,
        List.of("./serve"),
        null,
        Map.of("OWN", "yes"),
        user,
        new Health(probe, 30, 1),
        10,
        5);
  }

  @Test
  void a_release_whose_answer_never_ends_does_not_hold_up_its_own_roll_back() throws IOException {
    HttpServer endless =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      endless.setExecutor(threads);
      endless.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
              while (!Thread.interrupted()) {
                out.write('.');
                out.flush();
                Thread.sleep(50);
              }
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      endless.start();
      URI address = URI.create("http://127.0.0.1:" + endless.getAddress().getPort() + "/health");
      var look = new HealthLook(service(release, new Probe.Http(address), null));
      assertThat(assertTimeoutPreemptively(Duration.ofSeconds(12), () -> look.look(release)))
          .isEmpty();
      endless.stop(0);
      threads.shutdownNow();
    }
  }

  @Test
  void a_check_of_a_release_finds_nothing_of_the_agents_environment() {
    var asked =
        new Probe.Command(List.of("/bin/sh", "-c", "test -z \"$HOME$USER\" && test $OWN = yes"));
    assertThat(new HealthLook(service(release, asked, null)).look(release)).isEmpty();
  }

  @Test
  void a_check_that_a_release_brings_along_runs_as_the_service_and_not_as_root()
      throws IOException {
    if (!System.getProperty("user.name").equals("root")
        || !Files.isExecutable(Path.of("/usr/bin/setpriv"))) {
      SharedData.skip("root and setpriv", "are not both here");
    }
    var asked = new Probe.Command(List.of("/bin/sh", "-c", "test $(id -u) != 0"));
    Files.setPosixFilePermissions(
        release, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(new HealthLook(service(release, asked, "nobody")).look(release)).isEmpty();
  }
}
