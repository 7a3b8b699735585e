package dev.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is pushed comes back, by digest and by tag; what is not what it says is refused.
class ExampleRegistryTest {
  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private ExampleRegistry registry;

  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws IOException {
    registry = ExampleRegistry.start(folder, 0);
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private HttpResponse<String> send(String method, String path, String body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(registry.url() + path))
            .header("Content-Type", TYPE)
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static String digest(String text) throws Exception {
    return "sha256:"
        + HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private String push(String blob) throws Exception {
    HttpResponse<String> begun = send("POST", "/v2/acme/shop/blobs/uploads/", "");
    assertThat(begun.statusCode()).isEqualTo(202);
    String at = begun.headers().firstValue("Location").orElseThrow();
    assertThat(send("PATCH", at, blob.substring(0, 2)).statusCode()).isEqualTo(202);
    HttpResponse<String> ended = send("PUT", at + "?digest=" + digest(blob), blob.substring(2));
    assertThat(ended.statusCode()).as(ended.body()).isEqualTo(201);
    return digest(blob);
  }

  @Test
  void what_is_pushed_comes_back() throws Exception {
    String config = push("{\"a\":1}");
    String layer = push("layer bytes");
    assertThat(send("GET", "/v2/acme/shop/blobs/" + layer, "").body()).isEqualTo("layer bytes");
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"%s","config":{"digest":"%s"},"layers":[{"digest":"%s"}]}\
        """
            .formatted(TYPE, config, layer);
    HttpResponse<String> put = send("PUT", "/v2/acme/shop/manifests/v1", manifest);
    assertThat(put.statusCode()).as(put.body()).isEqualTo(201);
    assertThat(put.headers().firstValue("Docker-Content-Digest")).contains(digest(manifest));
    HttpResponse<String> read = send("GET", "/v2/acme/shop/manifests/v1", "");
    assertThat(read.body()).isEqualTo(manifest);
    assertThat(read.headers().firstValue("Content-Type")).contains(TYPE);
    assertThat(send("HEAD", "/v2/acme/shop/manifests/" + digest(manifest), "").statusCode())
        .isEqualTo(200);
    assertThat(send("GET", "/v2/acme/shop/tags/list", "").body()).contains("\"v1\"");
  }

  @Test
  void what_is_not_what_it_says_is_refused() throws Exception {
    String at =
        send("POST", "/v2/acme/shop/blobs/uploads/", "")
            .headers()
            .firstValue("Location")
            .orElseThrow();
    assertThat(send("PUT", at + "?digest=" + digest("other"), "bytes").body())
        .contains("DIGEST_INVALID");
    assertThat(send("PUT", "/v2/acme/shop/manifests/" + digest("other"), "{}").body())
        .contains("DIGEST_INVALID");
    String missing = "{\"config\":{\"digest\":\"" + digest("nowhere") + "\"}}";
    assertThat(send("PUT", "/v2/acme/shop/manifests/v1", missing).body())
        .contains("MANIFEST_BLOB_UNKNOWN");
    assertThat(send("GET", "/v2/acme/shop/manifests/v1", "").statusCode()).isEqualTo(404);
    assertThat(send("GET", "/v2/..%2f..%2fetc/manifests/v1", "").statusCode()).isEqualTo(404);
  }
}
