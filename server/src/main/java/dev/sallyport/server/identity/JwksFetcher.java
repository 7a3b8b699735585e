package dev.sallyport.server.identity;

import dev.sallyport.credential.TrustedKeys;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/// Gets a key set from the address in the configuration: no redirects, five seconds, a quarter of a
/// megabyte.
final class JwksFetcher {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final HttpClient client;

  JwksFetcher() {
    this(
        HttpClient.newBuilder()
            .connectTimeout(TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build());
  }

  JwksFetcher(HttpClient client) {
    this.client = client;
  }

  /// The key set at `address`.
  ///
  /// @throws IOException if it cannot be had
  TrustedKeys fetch(URI address) throws IOException {
    var request =
        HttpRequest.newBuilder(address)
            .timeout(TIMEOUT)
            .header("Accept", "application/json")
            .GET()
            .build();
    try {
      HttpResponse<InputStream> response =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() != 200) {
          throw new IOException("answered " + response.statusCode());
        }
        byte[] bytes = body.readNBytes(TrustedKeys.MAX_BYTES + 1);
        return TrustedKeys.parse(bytes);
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("answered something that is no key set", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
