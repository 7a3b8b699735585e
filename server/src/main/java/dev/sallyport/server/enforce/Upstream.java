package dev.sallyport.server.enforce;

import dev.sallyport.server.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The registry behind the door. Nothing of a client's request is passed on but what is named here,
/// no redirect is followed, and no address outside the configured one is asked.
final class Upstream {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(30);

  /// For requests that carry a blob: the JDK counts until the answer's head.
  private static final Duration TRANSFER = Duration.ofMinutes(30);

  private static final int MAX_PASSWORD = 4096;

  private final URI base;
  private final @Nullable String authorization;
  private final HttpClient http;

  Upstream(Settings.Registry registry) {
    this.base = registry.upstream();
    this.authorization = authorization(registry);
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  private static @Nullable String authorization(Settings.Registry registry) {
    if (registry.user() == null || registry.passwordFile() == null) {
      return null;
    }
    try {
      if (Files.size(registry.passwordFile()) > MAX_PASSWORD) {
        throw new IllegalStateException("`" + registry.passwordFile() + "` is no password");
      }
      String password = Files.readString(registry.passwordFile()).strip();
      return "Basic "
          + Base64.getEncoder()
              .encodeToString((registry.user() + ":" + password).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException("couldn't read `" + registry.passwordFile() + "`", e);
    }
  }

  /// An address below `/v2/`; its parts were checked when the path was read.
  URI at(String path) {
    String prefix = base.getPath() == null ? "" : base.getPath().replaceAll("/+$", "");
    return base.resolve(prefix + "/v2/" + path);
  }

  /// Where an answer says that an upload goes on: at the same registry, or we don't follow.
  URI location(URI asked, HttpResponse<?> response) {
    String text = response.headers().firstValue("Location").orElse("");
    try {
      URI location = asked.resolve(text);
      if (!text.isEmpty()
          && base.getScheme().equals(location.getScheme())
          && base.getHost().equals(location.getHost())
          && base.getPort() == location.getPort()
          && location.getUserInfo() == null) {
        return location;
      }
    } catch (IllegalArgumentException e) {
      throw OciException.upstream("the registry names no place", e);
    }
    throw OciException.upstream("the registry names a place elsewhere", null);
  }

  HttpResponse<InputStream> send(String method, URI address, Map<String, String> headers) {
    return send(method, address, headers, BodyPublishers.noBody(), ANSWER);
  }

  HttpResponse<InputStream> send(
      String method, URI address, Map<String, String> headers, byte[] body) {
    return send(method, address, headers, BodyPublishers.ofByteArray(body), ANSWER);
  }

  /// Sends what comes from a stream, in pieces of 16 KiB, as it comes.
  ///
  /// @param length how long it is; below 0 where nobody says
  HttpResponse<InputStream> send(
      String method, URI address, Map<String, String> headers, InputStream body, long length) {
    BodyPublisher stream = BodyPublishers.ofInputStream(() -> body);
    return send(
        method,
        address,
        headers,
        length > 0 ? BodyPublishers.fromPublisher(stream, length) : stream,
        TRANSFER);
  }

  private HttpResponse<InputStream> send(
      String method,
      URI address,
      Map<String, String> headers,
      BodyPublisher body,
      Duration timeout) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address).timeout(timeout).method(method, body);
    headers.forEach(request::header);
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw OciException.upstream("the registry behind the door does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw OciException.upstream("interrupted", e);
    }
  }
}
