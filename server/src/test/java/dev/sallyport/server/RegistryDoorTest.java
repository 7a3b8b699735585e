package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sallyport.server.TestServer.Answer;
import dev.sallyport.server.TestServer.Client;
import dev.sallyport.server.ledger.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The door in front of a registry, on the wire: what goes in and comes out, and each way around
/// it.
class RegistryDoorTest {
  private static final String COMMIT = "ab".repeat(20);
  private static final String IMAGE = "application/vnd.oci.image.manifest.v1+json";
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private static final String NAME = "acme/shop";

  @TempDir static Path folder;
  static TinyRegistry registry;
  static TestServer server;

  @BeforeAll
  static void start() throws IOException {
    registry = new TinyRegistry();
    Path data = TestServer.configured(folder);
    Files.writeString(
        data.resolve("config.yaml"),
        """
        registry:
          upstream: %s
          repositories:
            acme/shop: [github.com/345]
            acme/other: [github.com/345]
            foreign/app: [github.com/999]
        """
            .formatted(registry.url()),
        StandardOpenOption.APPEND);
    server = TestServer.start(data);
  }

  @AfterAll
  static void stop() {
    server.close();
    registry.close();
  }

  // ---- the good way ----

  private static Client job(Map<String, Object> more) {
    var claims = new HashMap<String, Object>(more);
    claims.putIfAbsent("run_id", UUID.randomUUID().toString());
    claims.putIfAbsent("sha", COMMIT);
    return server.job(claims);
  }

  /// A job that built well.
  private static Client built() {
    Client job = job(Map.of());
    Answer begun =
        server.send(
            job.request(
                    "POST",
                    "/v1/steps",
                    """
                    {"action":"build","step":"build","commit":"%s","isolation":"same-user"}
                    """
                        .formatted(COMMIT))
                .build());
    String step = begun.json().path("step").asString();
    Answer ended =
        server.send(
            HttpRequest.newBuilder(server.at("/v1/steps/end"))
                .header("DPoP", job.proof("POST", "/v1/steps/end", null))
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"step\":\"" + step + "\",\"exit\":0,\"seconds\":1}"))
                .build());
    assertThat(ended.status()).as(ended.body()).isEqualTo(200);
    return job;
  }

  private static Answer mint(Client job, String name, String actions) {
    return server.send(
        job.request(
                "POST",
                "/v1/registry-tokens",
                "{\"repository\":\"%s\",\"actions\":%s}".formatted(name, actions))
            .build());
  }

  private static String token(Client job) {
    Answer answer = mint(job, NAME, "[\"pull\",\"push\"]");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json().path("token").asString();
  }

  private static HttpRequest.Builder request(String token, String path) {
    return HttpRequest.newBuilder(URI.create(server.server.url() + path))
        .header(
            "Authorization",
            "Basic "
                + Base64.getEncoder()
                    .encodeToString(("sallyport:" + token).getBytes(StandardCharsets.UTF_8)));
  }

  private static Answer send(
      String token, String method, String path, @Nullable String type, byte[] body) {
    HttpRequest.Builder request = request(token, path);
    if (type != null) {
      request.header("Content-Type", type);
    }
    return server.send(
        request.method(method, HttpRequest.BodyPublishers.ofByteArray(body)).build());
  }

  private static Answer send(String token, String method, String path) {
    return server.send(
        request(token, path).method(method, HttpRequest.BodyPublishers.noBody()).build());
  }

  private static String location(Answer answer) {
    return answer.response().headers().firstValue("Location").orElseThrow();
  }

  private static Digest push(String token, byte[] blob) {
    Answer begun = send(token, "POST", "/v2/" + NAME + "/blobs/uploads/", null, new byte[0]);
    assertThat(begun.status()).as(begun.body()).isEqualTo(202);
    Digest digest = Digest.of(blob);
    Answer ended =
        send(token, "PUT", location(begun) + "?digest=" + digest, "application/octet-stream", blob);
    assertThat(ended.status()).as(ended.body()).isEqualTo(201);
    return digest;
  }

  private static byte[] random(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] image(String token, int seed) {
    Digest config = push(token, ("{\"seed\":" + seed + "}").getBytes(StandardCharsets.UTF_8));
    Digest layer = push(token, random(200_000, seed));
    return """
    {"schemaVersion":2,"mediaType":"%s","config":{"digest":"%s","size":1},
     "layers":[{"digest":"%s","size":200000}]}
    """
        .formatted(IMAGE, config, layer)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static Answer publish(String token, byte[] manifest, String reference) {
    return send(token, "PUT", "/v2/" + NAME + "/manifests/" + reference, IMAGE, manifest);
  }

  private static String error(Answer answer) {
    return answer.json().at("/errors/0/code").asString();
  }

  @Test
  void an_image_that_its_run_was_seen_to_build_goes_in_and_comes_out() throws Exception {
    Client job = built();
    String token = token(job);
    byte[] manifest = image(token, 1);
    Digest digest = Digest.of(manifest);
    Answer put = publish(token, manifest, "v1");
    assertThat(put.status()).as(put.body()).isEqualTo(201);
    assertThat(put.response().headers().firstValue("Docker-Content-Digest"))
        .contains(digest.text());
    // By digest before by tag.
    int byDigest = registry.asked.indexOf("PUT /v2/" + NAME + "/manifests/" + digest);
    int byTag = registry.asked.indexOf("PUT /v2/" + NAME + "/manifests/v1");
    assertThat(byDigest).isNotNegative().isLessThan(byTag);
    for (String reference : List.of("v1", digest.text())) {
      Answer got = send(token, "GET", "/v2/" + NAME + "/manifests/" + reference);
      assertThat(got.body().getBytes(StandardCharsets.UTF_8)).isEqualTo(manifest);
      assertThat(send(token, "HEAD", "/v2/" + NAME + "/manifests/" + reference).status())
          .isEqualTo(200);
    }
    byte[] layer = random(200_000, 1);
    HttpResponse<byte[]> blob =
        server.client.send(
            request(token, "/v2/" + NAME + "/blobs/" + Digest.of(layer)).build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertThat(blob.body()).isEqualTo(layer);
    assertThat(send(token, "GET", "/v2/" + NAME + "/tags/list").body()).contains("v1");
    // What the door saw makes it deployable: provenance by the control plane, over this digest.
    Answer deploy = job.decide(TestServer.deploy("staging", digest.text().substring(7)));
    assertThat(deploy.json().path("decision").asString()).as(deploy.body()).isEqualTo("allow");
  }

  @Test
  void a_blob_comes_in_pieces_and_its_next_byte_is_known() {
    String token = token(built());
    byte[] blob = random(100_000, 7);
    Answer begun = send(token, "POST", "/v2/" + NAME + "/blobs/uploads/", null, new byte[0]);
    String at = location(begun);
    Answer piece =
        server.send(
            request(token, at)
                .header("Content-Type", "application/octet-stream")
                .header("Content-Range", "0-59999")
                .method(
                    "PATCH", HttpRequest.BodyPublishers.ofByteArray(Arrays.copyOf(blob, 60_000)))
                .build());
    assertThat(piece.status()).as(piece.body()).isEqualTo(202);
    assertThat(piece.response().headers().firstValue("Range")).contains("0-59999");
    assertThat(
            server
                .send(
                    request(token, location(piece))
                        .header("Content-Range", "70000-99999")
                        .method("PATCH", HttpRequest.BodyPublishers.ofByteArray(new byte[10]))
                        .build())
                .status())
        .isEqualTo(416);
    assertThat(send(token, "GET", at).response().headers().firstValue("Range")).contains("0-59999");
    Answer ended =
        send(
            token,
            "PUT",
            at + "?digest=" + Digest.of(blob),
            "application/octet-stream",
            Arrays.copyOfRange(blob, 60_000, 100_000));
    assertThat(ended.status()).as(ended.body()).isEqualTo(201);
    assertThat(registry.blobs.get(Digest.of(blob).text())).isEqualTo(blob);
  }

  @Test
  void an_index_goes_in_when_each_of_its_children_did() {
    String token = token(built());
    byte[] child = image(token, 3);
    byte[] index =
        """
        {"schemaVersion":2,"mediaType":"%s","manifests":[{"digest":"%s","size":1}]}
        """
            .formatted(INDEX, Digest.of(child))
            .getBytes(StandardCharsets.UTF_8);
    String at = "/v2/" + NAME + "/manifests/multi";
    Answer early = send(token, "PUT", at, INDEX, index);
    assertThat(error(early)).isEqualTo("MANIFEST_BLOB_UNKNOWN");
    assertThat(publish(token, child, Digest.of(child).text()).status()).isEqualTo(201);
    Answer put = send(token, "PUT", at, INDEX, index);
    assertThat(put.status()).as(put.body()).isEqualTo(201);
  }

  // ---- what is refused ----

  @Test
  void a_registry_without_referrers_is_said_to_have_none_so_that_clients_fall_back_to_tags() {
    String token = token(built());
    Digest subject = Digest.of(image(token, 33));
    Answer answer =
        server.send(request(token, "/v2/" + NAME + "/referrers/" + subject).GET().build());
    assertThat(answer.status()).isEqualTo(404);
    assertThat(error(answer)).isEqualTo("UNSUPPORTED");
    // Nor may it seem to have taken note of a subject: the client would write no tag either.
    byte[] about =
        new String(image(token, 34), StandardCharsets.UTF_8)
            .replaceFirst("\\{", "{\"subject\":{\"digest\":\"" + subject + "\"},")
            .getBytes(StandardCharsets.UTF_8);
    assertThat(publish(token, about, "about").response().headers().firstValue("OCI-Subject"))
        .isEmpty();
    registry.subject = subject.text();
    assertThat(publish(token, about, "about").response().headers().firstValue("OCI-Subject"))
        .contains(subject.text());
    registry.subject = Digest.of("another").text();
    assertThat(publish(token, about, "about").response().headers().firstValue("OCI-Subject"))
        .isEmpty();
    registry.subject = "";
  }

  @Test
  void an_image_that_no_permitted_build_made_stays_out() {
    String token = token(job(Map.of()));
    byte[] manifest = image(token, 4);
    Answer put = publish(token, manifest, "v4");
    assertThat(put.status()).isEqualTo(403);
    assertThat(error(put)).isEqualTo("DENIED");
    assertThat(put.json().at("/errors/0/detail/advice").toString()).contains("build");
    assertThat(registry.manifests).doesNotContainKey(NAME + " " + Digest.of(manifest));
    assertThat(registry.manifests).doesNotContainKey(NAME + " v4");
  }

  @Test
  void r22_a_tag_that_is_pushed_again_is_ruled_on_by_its_new_bytes() {
    Client builder = built();
    String token = token(builder);
    byte[] good = image(token, 5);
    assertThat(publish(token, good, "stable").status()).isEqualTo(201);
    String thief = token(job(Map.of()));
    byte[] evil = image(thief, 6);
    assertThat(publish(thief, evil, "stable").status()).isEqualTo(403);
    assertThat(registry.manifests.get(NAME + " stable")).isEqualTo(good);
    // And what somebody moves behind the door's back is named by its bytes, not by the tag.
    registry.manifests.put(NAME + " stable", evil);
    Answer pulled = send(token, "GET", "/v2/" + NAME + "/manifests/stable");
    assertThat(pulled.response().headers().firstValue("Docker-Content-Digest"))
        .contains(Digest.of(evil).text());
    assertThat(
            builder
                .decide(TestServer.deploy("staging", Digest.of(evil).text().substring(7)))
                .json()
                .path("decision")
                .asString())
        .isEqualTo("deny");
  }

  @Test
  void what_is_on_hold_does_not_come_out_under_any_name() {
    String token = token(built());
    byte[] manifest = image(token, 8);
    Digest digest = Digest.of(manifest);
    assertThat(publish(token, manifest, "held").status()).isEqualTo(201);
    Answer held =
        server.send(
            server
                .owner()
                .request(
                    "POST",
                    "/v1/holds",
                    "{\"on\":\"digest:%s\",\"reason\":\"poisoned\"}".formatted(digest))
                .build());
    assertThat(held.status()).as(held.body()).isEqualTo(201);
    for (String reference : List.of("held", digest.text())) {
      Answer got = send(token, "GET", "/v2/" + NAME + "/manifests/" + reference);
      assertThat(got.status()).isEqualTo(403);
      assertThat(got.body()).contains("DENIED", "poisoned");
    }
    assertThat(publish(token, manifest, "again").status()).isEqualTo(403);
  }

  @Test
  void a_run_on_hold_neither_pushes_nor_pulls() {
    Client job = job(Map.of("run_id", "held-run"));
    String token = token(job);
    server.send(
        server
            .owner()
            .request(
                "POST",
                "/v1/holds",
                "{\"on\":\"run:github.com/345/held-run\",\"reason\":\"stolen\"}")
            .build());
    assertThat(send(token, "POST", "/v2/" + NAME + "/blobs/uploads/").status()).isEqualTo(403);
    assertThat(send(token, "GET", "/v2/" + NAME + "/tags/list").status()).isEqualTo(403);
  }

  @Test
  void without_a_token_or_with_anothers_nobody_comes_in() {
    for (String token : List.of("", "guess", "x".repeat(200))) {
      Answer answer = send(token, "GET", "/v2/");
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.response().headers().firstValue("WWW-Authenticate").orElse(""))
          .startsWith("Basic ");
    }
    assertThat(server.get("/v2/").status()).isEqualTo(401);
    // The bound token of the API is no registry token, whatever scheme it comes in.
    Client job = job(Map.of());
    assertThat(send(job.token, "GET", "/v2/").status()).isEqualTo(401);
    assertThat(send(token(job), "GET", "/v2/").status()).isEqualTo(200);
  }

  @Test
  void a_token_is_minted_for_the_runs_own_repository_alone() {
    Client job = job(Map.of());
    assertThat(mint(job, "foreign/app", "[\"pull\"]").status()).isEqualTo(403);
    assertThat(mint(job, "no/such", "[\"pull\"]").status()).isEqualTo(404);
    assertThat(mint(job, NAME, "[\"delete\"]").status()).isEqualTo(400);
    assertThat(mint(server.owner(), NAME, "[\"pull\"]").status()).isEqualTo(403);
  }

  @Test
  void a_token_to_pull_does_not_push_and_names_one_repository() {
    Client job = built();
    String pull = mint(job, NAME, "[\"pull\"]").json().path("token").asString();
    assertThat(send(pull, "POST", "/v2/" + NAME + "/blobs/uploads/").status()).isEqualTo(403);
    assertThat(send(pull, "GET", "/v2/acme/other/tags/list").status()).isEqualTo(403);
    assertThat(send(pull, "GET", "/v2/nobody/knows/tags/list").status()).isEqualTo(404);
  }

  @Test
  void a_blob_is_not_mounted_from_a_repository_that_the_token_does_not_name() {
    String token = token(built());
    Digest secret = Digest.of("layer of a foreign repository");
    registry.blobs.put(secret.text(), "layer".getBytes(StandardCharsets.UTF_8));
    registry.asked.clear();
    Answer mounted =
        send(
            token,
            "POST",
            "/v2/" + NAME + "/blobs/uploads/?mount=" + secret + "&from=foreign/app",
            null,
            new byte[0]);
    // An upload begins instead, and the registry never heard of a mount.
    assertThat(mounted.status()).isEqualTo(202);
    assertThat(registry.asked).noneMatch(line -> line.contains("mount"));
  }

  @Test
  void an_upload_of_another_run_is_unknown() {
    String own = token(built());
    Answer begun = send(own, "POST", "/v2/" + NAME + "/blobs/uploads/", null, new byte[0]);
    String thief = token(built());
    for (String method : List.of("GET", "PATCH", "PUT", "DELETE")) {
      Answer taken = send(thief, method, location(begun));
      assertThat(taken.status()).as(method).isEqualTo(404);
      assertThat(error(taken)).isEqualTo("BLOB_UPLOAD_UNKNOWN");
    }
    assertThat(send(own, "GET", location(begun)).status()).isEqualTo(204);
  }

  @Test
  void other_bytes_than_the_digest_says_are_not_kept() {
    String token = token(built());
    Answer begun = send(token, "POST", "/v2/" + NAME + "/blobs/uploads/", null, new byte[0]);
    Digest said = Digest.of("what it says");
    Answer ended =
        send(
            token,
            "PUT",
            location(begun) + "?digest=" + said,
            "application/octet-stream",
            "what it is".getBytes(StandardCharsets.UTF_8));
    assertThat(ended.status()).isEqualTo(400);
    assertThat(error(ended)).isEqualTo("DIGEST_INVALID");
    assertThat(registry.blobs).doesNotContainKey(said.text());
    assertThat(send(token, "GET", location(begun)).status()).isEqualTo(404);
    byte[] manifest = image(token, 9);
    assertThat(error(publish(token, manifest, said.text()))).isEqualTo("DIGEST_INVALID");
  }

  @Test
  void a_registry_that_gives_other_bytes_is_found_out() {
    String token = token(built());
    Digest small = Digest.of("small");
    registry.blobs.put(small.text(), "other".getBytes(StandardCharsets.UTF_8));
    assertThat(send(token, "GET", "/v2/" + NAME + "/blobs/" + small).status()).isEqualTo(500);
    Digest big = Digest.of("big");
    registry.blobs.put(big.text(), new byte[300_000]);
    assertThat(
            catchThrowable(() ->
                server.client.send(
                    request(token, "/v2/" + NAME + "/blobs/" + big).build(),
                    HttpResponse.BodyHandlers.ofByteArray())))
        .isInstanceOf(IOException.class);
    Digest asked = Digest.of("asked for");
    registry.manifests.put(NAME + " " + asked, "{}".getBytes(StandardCharsets.UTF_8));
    registry.types.put(NAME + " " + asked, IMAGE);
    assertThat(send(token, "GET", "/v2/" + NAME + "/manifests/" + asked).status()).isEqualTo(502);
  }

  @Test
  void a_registry_that_sends_uploads_elsewhere_is_not_followed() {
    String token = token(built());
    registry.elsewhere = "http://127.0.0.2:1";
    try {
      Answer begun = send(token, "POST", "/v2/" + NAME + "/blobs/uploads/", null, new byte[0]);
      assertThat(begun.status()).isEqualTo(502);
    } finally {
      registry.elsewhere = "";
    }
  }

  @Test
  void a_path_has_one_spelling() throws IOException {
    String token = token(built());
    registry.asked.clear();
    for (String path :
        List.of(
            "/v2/acme/shop/../other/tags/list",
            "/v2/acme/shop/%2e%2e/other/tags/list",
            "/v2/acme%2fshop/tags/list",
            "/v2/acme/shop//tags/list",
            "/v2/acme/./shop/tags/list",
            "/v2/acme/shop/tags/list/",
            "/v2/acme/shop;x=1/tags/list",
            "/v2/Acme/shop/tags/list",
            "/v2/acme/shop/manifests/%76%31",
            "/v2/acme/shop/manifests/..",
            "/v2/acme/shop/manifests/../../other/manifests/v1",
            "/v2/acme/shop/blobs/sha256:short",
            "/v2/acme/shop/blobs/sha512:" + "ab".repeat(64),
            "/v2/_catalog",
            "//v2/acme/shop/tags/list")) {
      assertThat(raw("GET " + path + " HTTP/1.1\r\n" + head(token) + "\r\n"))
          .as(path)
          .containsAnyOf("HTTP/1.1 404", "HTTP/1.1 400");
    }
    assertThat(registry.asked).isEmpty();
  }

  private static String head(String token) {
    return "Host: 127.0.0.1:"
        + URI.create(server.server.url()).getPort()
        + "\r\nConnection: close\r\nAuthorization: Basic "
        + Base64.getEncoder().encodeToString(("x:" + token).getBytes(StandardCharsets.UTF_8))
        + "\r\n";
  }

  /// As no client library would send it.
  private static String raw(String request) throws IOException {
    var context = server.client.sslContext();
    try (var socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket("127.0.0.1", URI.create(server.server.url()).getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void a_request_with_two_lengths_does_not_smuggle_another() throws IOException {
    String token = token(built());
    Answer begun = send(token, "POST", "/v2/" + NAME + "/blobs/uploads/", null, new byte[0]);
    String smuggled = "GET /v2/acme/shop/tags/list HTTP/1.1\r\n" + head(token) + "\r\n";
    registry.asked.clear();
    for (String lengths :
        List.of(
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 4\r\nContent-Length: 400\r\n",
            "Transfer-Encoding: chunked, identity\r\n")) {
      String answer =
          raw(
              "PATCH "
                  + location(begun)
                  + " HTTP/1.1\r\n"
                  + head(token).replace("Connection: close\r\n", "")
                  + lengths
                  + "\r\n0\r\n\r\n"
                  + smuggled);
      assertThat(answer).as(lengths).doesNotContain("\"tags\"");
      assertThat(answer.split("HTTP/1.1 ", -1)).as(lengths).hasSizeLessThanOrEqualTo(2);
    }
    assertThat(registry.asked).noneMatch(line -> line.contains("tags/list"));
  }

  @Test
  void a_manifest_that_is_too_large_or_two_things_at_once_is_refused() {
    String token = token(built());
    assertThat(publish(token, new byte[4 * 1024 * 1024 + 1], "big").status()).isEqualTo(413);
    byte[] image = image(token, 10);
    String text = new String(image, StandardCharsets.UTF_8);
    for (String other :
        List.of(
            text.replace(IMAGE, INDEX),
            text.replace("\"layers\"", "\"manifests\":[],\"layers\""),
            text.replace("\"schemaVersion\":2", "\"schemaVersion\":2,\"schemaVersion\":1"),
            text + "{}",
            "[]",
            "{}")) {
      Answer put = publish(token, other.getBytes(StandardCharsets.UTF_8), "odd");
      assertThat(put.status()).as(other).isEqualTo(400);
      assertThat(error(put)).isEqualTo("MANIFEST_INVALID");
    }
    Answer unknown =
        send(token, "PUT", "/v2/" + NAME + "/manifests/odd", "application/json", image);
    assertThat(unknown.status()).isEqualTo(415);
  }

  @Test
  void nothing_is_deleted_through_the_door() {
    String token = token(built());
    for (String path :
        List.of(
            "/v2/" + NAME + "/manifests/v1", "/v2/" + NAME + "/blobs/" + Digest.of("anything"))) {
      Answer answer = send(token, "DELETE", path);
      assertThat(answer.status()).isEqualTo(405);
      assertThat(error(answer)).isEqualTo("UNSUPPORTED");
    }
  }
}
