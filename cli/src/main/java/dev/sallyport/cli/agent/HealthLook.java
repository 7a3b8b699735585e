package dev.sallyport.cli.agent;

import dev.sallyport.cli.agent.AgentConfig.Probe;
import dev.sallyport.cli.agent.AgentConfig.Service;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Looks once whether a service is healthy, within ten seconds.
final class HealthLook {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Service service;
  private final Probe probe;
  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(3))
          .followRedirects(HttpClient.Redirect.NEVER)
          .version(HttpClient.Version.HTTP_1_1)
          .build();

  HealthLook(Service service) {
    this.service = service;
    this.probe = service.health().probe();
  }

  /// Empty where all is well, else what is not.
  Optional<String> look(Path release) {
    try {
      return switch (probe) {
        case Probe.Http asked -> http(asked);
        case Probe.Tcp asked -> tcp(asked);
        case Probe.Command asked -> command(asked, release);
      };
    } catch (IOException e) {
      return Optional.of("no answer");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoppedException();
    }
  }

  private Optional<String> http(Probe.Http asked) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(asked.address()).timeout(PATIENCE).build();
    HttpResponse<InputStream> answer =
        http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    // Not read: a release whose answer never ends would hold up whoever wants to roll it back.
    answer.body().close();
    int status = answer.statusCode();
    return status / 100 == 2 ? Optional.empty() : Optional.of("status " + status);
  }

  private static Optional<String> tcp(Probe.Tcp asked) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(asked.host(), asked.port()), (int) PATIENCE.toMillis());
      return Optional.empty();
    }
  }

  private Optional<String> command(Probe.Command asked, Path release)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(ServiceProcess.words(service, asked.words(), release));
    ServiceProcess.environment(builder, service);
    Process process =
        builder
            .directory(release.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        return Optional.of("its check took longer than " + PATIENCE.toSeconds() + " s");
      }
      return process.exitValue() == 0
          ? Optional.empty()
          : Optional.of("its check exited with " + process.exitValue());
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
