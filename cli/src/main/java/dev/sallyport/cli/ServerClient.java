package dev.sallyport.cli;

import dev.sallyport.keys.CertificatePath;
import dev.sallyport.keys.KeyException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// HTTPS to a Sallyport server: bounded in time and size, and only to the authority it is told to
/// trust.
final class ServerClient {
  private static final int MAX_ANSWER_BYTES = 16 << 20;
  private static final int MAX_ATTEMPTS = 3;
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final Surroundings behalf;
  private final URI base;
  private final HttpClient http;

  /// An answer.
  ///
  /// @param status the HTTP status
  /// @param body its bytes
  record Answer(int status, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    JsonNode json() {
      try {
        return Json.MAPPER.readTree(body);
      } catch (JacksonException e) {
        throw new UserError(
            "the server's answer is not JSON", "check --server: is it a Sallyport?");
      }
    }
  }

  /// @param authority the PEM of the server's authority; null for the ones that the JDK trusts
  ServerClient(URI base, @Nullable Path authority) {
    this(Surroundings.ofProcess(), base, authority);
  }

  /// @param behalf who asks stands there
  ServerClient(Surroundings behalf, URI base, @Nullable Path authority) {
    this.behalf = behalf;
    if (!"https".equals(base.getScheme())) {
      throw new UserError("server `" + base + "` is not https", "give its https address");
    }
    this.base = base;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1);
    if (authority != null) {
      builder.sslContext(trusting(authority));
    }
    this.http = builder.build();
  }

  private static SSLContext trusting(Path authority) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (X509Certificate certificate :
          CertificatePath.readPem(Files.readString(authority, StandardCharsets.US_ASCII))) {
        store.setCertificateEntry("authority-" + number++, certificate);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException | KeyException e) {
      throw new UserError(
          "couldn't read the authority `" + authority + "`", "give the server's ca.pem with --ca");
    }
  }

  /// Where the one who asks stands.
  Surroundings behalf() {
    return behalf;
  }

  URI at(String path) {
    return base.resolve(path);
  }

  /// An answer of any protocol.
  record Exchanged(int status, HttpHeaders headers, byte[] body) {}

  /// Sends a request of another protocol that the server speaks too, and gives status, headers and
  /// a bounded body.
  Exchanged exchange(HttpRequest request) {
    try {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        byte[] body = in.readNBytes(MAX_ANSWER_BYTES);
        return new Exchanged(response.statusCode(), response.headers(), body);
      }
    } catch (ConnectException e) {
      throw new UserError("no server answers at " + base, "start one with `sallyport up`");
    } catch (IOException e) {
      throw new UserError(
          "the server at " + base + " did not answer: " + e.getMessage(), "try again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "");
    }
  }

  Answer get(String path, Map<String, String> headers) {
    return send("GET", path, headers, HttpRequest.BodyPublishers.noBody());
  }

  Answer send(String method, String path, Map<String, String> headers, byte[] body) {
    return send(method, path, headers, HttpRequest.BodyPublishers.ofByteArray(body));
  }

  /// Nobody answered: whether the request arrived is not known.
  private static final class NoAnswer extends UserError {
    NoAnswer(String message, String hint) {
      super(message, hint);
    }
  }

  /// The same request up to three times, each with headers of its own (a DPoP proof counts once);
  /// only for requests that the server recognises when they come again.
  Answer retrying(String method, String path, Supplier<Map<String, String>> headers, byte[] body) {
    for (int attempt = 1; ; attempt++) {
      try {
        return send(method, path, headers.get(), body);
      } catch (NoAnswer e) {
        if (attempt == MAX_ATTEMPTS) {
          throw e;
        }
        pause(attempt);
      }
    }
  }

  private static void pause(int attempt) {
    try {
      Thread.sleep(Duration.ofMillis(250L * attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "");
    }
  }

  private Answer send(
      String method, String path, Map<String, String> headers, HttpRequest.BodyPublisher body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(at(path)).timeout(TIMEOUT).method(method, body);
    headers.forEach(request::header);
    try {
      HttpResponse<InputStream> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        byte[] bytes = in.readNBytes(MAX_ANSWER_BYTES + 1);
        if (bytes.length > MAX_ANSWER_BYTES) {
          throw new UserError("the server's answer is too large", "check --server");
        }
        return new Answer(response.statusCode(), bytes);
      }
    } catch (ConnectException e) {
      throw new NoAnswer("no server answers at " + base, "start one with `sallyport up`");
    } catch (SSLException e) {
      throw new UserError(
          "the server at " + base + " is not who it should be: " + e.getMessage(),
          "give its authority with --ca DATA/ca.pem");
    } catch (IOException e) {
      throw new NoAnswer(
          "the server at " + base + " did not answer: " + e.getMessage(), "try again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "");
    }
  }
}
