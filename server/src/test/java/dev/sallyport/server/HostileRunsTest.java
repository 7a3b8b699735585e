package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.TestServer.Answer;
import dev.sallyport.server.TestServer.Client;
import dev.sallyport.server.ledger.Digest;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What a run with a valid token of its own tries against other runs, the watch and the doors.
class HostileRunsTest {
  private static final String COMMIT = "ab".repeat(20);
  private static final String IMAGE = "application/vnd.oci.image.manifest.v1+json";
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private static final String NAME = "acme/shop";

  @TempDir static Path folder;
  private static TinyRegistry registry;
  private static TestServer server;

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

  private static Client job(String run) {
    return server.job(new HashMap<>(Map.of("run_id", run, "sha", COMMIT)));
  }

  private static String fresh() {
    return Long.toString(UUID.randomUUID().getMostSignificantBits() >>> 1);
  }

  private static JsonNode radius(String thing) {
    Client owner = OwnerTest.owner(server);
    Answer answer =
        server.send(
            owner
                .request(
                    "GET", "/v1/radius?of=" + URLEncoder.encode(thing, StandardCharsets.UTF_8), "")
                .build());
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json();
  }

  private static List<String> texts(JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(one -> texts.add(one.asString()));
    return texts;
  }

  private static Answer begin(Client job, String retryKey) {
    return server.send(
        job.request(
                "POST",
                "/v1/steps",
                """
                {"action":"build","step":"build","commit":"%s","isolation":"same-user"}
                """
                    .formatted(COMMIT))
            .header("Idempotency-Key", retryKey)
            .build());
  }

  private static String hold(String thing) {
    Answer held =
        OwnerTest.post(
            OwnerTest.owner(server),
            "/v1/holds",
            "{\"on\":\"" + thing + "\",\"reason\":\"stolen\"}");
    assertThat(held.status()).as(held.body()).isEqualTo(201);
    return held.json().path("id").asString();
  }

  private static void lift(String hold) {
    Answer lifted =
        OwnerTest.post(
            OwnerTest.owner(server),
            "/v1/holds/lift",
            "{\"id\":\"" + hold + "\",\"reason\":\"ours\"}");
    assertThat(lifted.status()).as(lifted.body()).isEqualTo(200);
  }

  @Test
  void a_run_that_asks_about_another_run_is_not_tied_to_it() {
    String victim = fresh();
    job(victim)
        .decide(
            "{\"action\":\"build\",\"resource\":{\"type\":\"Repository\",\"id\":\"github.com/345\"}}");
    String own = fresh();
    Client attacker = job(own);
    Answer asked =
        attacker.decide(
            "{\"action\":\"contain\",\"resource\":{\"type\":\"Run\",\"id\":\"github.com/345/%s\"}}"
                .formatted(victim));
    assertThat(asked.json().path("decision").asString()).isEqualTo("deny");
    List<String> credentials = texts(radius("run:github.com/345/" + own).path("credentials"));
    String key =
        credentials.stream().filter(one -> one.startsWith("key:")).findFirst().orElseThrow();
    // Whoever contains the attacker's key must not take the victim's releases with it.
    assertThat(texts(radius(key).path("builds"))).containsExactly("run:github.com/345/" + own);
    assertThat(texts(radius("run:github.com/345/" + victim).path("credentials")))
        .doesNotContain(key);
  }

  @Test
  void another_run_of_the_repository_does_not_act_under_a_retry_key_that_it_learnt() {
    String first = fresh();
    String second = fresh();
    Answer honest = begin(job(first), "learnt");
    Answer hostile = begin(job(second), "learnt");
    assertThat(hostile.json().path("step").asString())
        .as(hostile.body())
        .isNotEmpty()
        .isNotEqualTo(honest.json().path("step").asString());
    assertThat(hostile.json().at("/entry/text").asString())
        .contains("github.com/345/" + second)
        .doesNotContain("github.com/345/" + first);
  }

  @Test
  void advice_under_a_retry_key_is_no_ruling_that_a_door_hangs_on() {
    Client job = job(fresh());
    Answer advice =
        job.decide(
            """
            {"action":"build","resource":{"type":"Repository","id":"github.com/345"},
             "claimed":{"step":"build","commit":"%s"}}
            """
                .formatted(COMMIT),
            "same");
    assertThat(advice.json().path("enforced").asBoolean()).isFalse();
    Answer begun = begin(job, "same");
    assertThat(begun.json().path("enforced").asBoolean()).as(begun.body()).isTrue();
    assertThat(begun.json().at("/entry/index").asLong())
        .isNotEqualTo(advice.json().at("/entry/index").asLong());
  }

  @Test
  void a_refusal_behind_a_hold_is_an_entry_though_the_retry_key_was_allowed_before() {
    String run = fresh();
    Client job = job(run);
    Answer allowed = begin(job, "again");
    String hold = hold("run:github.com/345/" + run);
    Answer refused = begin(job, "again");
    assertThat(refused.json().path("decision").asString()).isEqualTo("deny");
    assertThat(refused.json().at("/entry/text").asString()).contains("\"outcome\":\"forbidden\"");
    lift(hold);
    assertThat(begin(job, "again").json().path("step")).isEqualTo(allowed.json().path("step"));
  }

  @Test
  void a_run_on_hold_gets_no_new_token_for_those_that_were_revoked() {
    String run = fresh();
    job(run);
    String hold = hold("run:github.com/345/" + run);
    var claims = Job.claims(java.time.Instant.now());
    claims.put("run_id", run);
    Answer refused = server.new Client().exchange(Job.token(claims));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().path("reason").asString()).isEqualTo("held");
    lift(hold);
    assertThat(job(run).token).isNotEmpty();
  }

  @Test
  void a_runner_on_hold_that_only_a_step_named_stops_its_run_at_every_door() {
    Client job = job(fresh());
    server.send(
        job.request(
                "POST",
                "/v1/steps",
                """
                {"action":"build","step":"build","isolation":"same-user","runner":"stolen-box"}
                """)
            .build());
    String hold = hold("runner:stolen-box");
    Answer minted =
        server.send(
            job.request(
                    "POST",
                    "/v1/registry-tokens",
                    "{\"repository\":\"acme/shop\",\"actions\":[\"push\"]}")
                .build());
    assertThat(minted.status()).as(minted.body()).isEqualTo(403);
    lift(hold);
  }

  @Test
  void a_question_with_a_control_character_is_refused_and_breaks_nothing() {
    Client job = job(fresh());
    for (String bad : List.of("a\\u0000b", "a\\u001b[2J", "\\ud800")) {
      Answer answer =
          job.decide(
              "{\"action\":\"build\",\"resource\":{\"type\":\"Repository\",\"id\":\"%s\"}}"
                  .formatted(bad));
      assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    }
  }

  @Test
  void who_sends_good_bytes_once_more_does_not_make_unclear_where_they_came_from() {
    byte[] layer = "good".getBytes(StandardCharsets.UTF_8);
    String first = built(fresh());
    push(first, "{}".getBytes(StandardCharsets.UTF_8));
    push(first, layer);
    byte[] manifest = image(layer, 77);
    assertThat(publish(first, manifest, IMAGE).status()).isEqualTo(201);
    String second = built(fresh());
    assertThat(publish(second, manifest, IMAGE).status()).isEqualTo(201);
    JsonNode entries =
        server
            .send(server.owner().request("GET", "/v1/ledger/entries?from=" + lately(), "").build())
            .json()
            .path("entries");
    int statements = 0;
    for (JsonNode entry : entries) {
      String text = entry.path("text").asString();
      if (text.contains("\"type\":\"evidence\"") && text.contains(Digest.of(manifest).text())) {
        statements++;
      }
    }
    assertThat(statements).isEqualTo(1);
  }

  private static long lately() {
    return Math.max(0, server.get("/v1/health").json().path("treeSize").asLong() - 100);
  }

  @Test
  void a_signers_key_on_hold_vouches_for_nothing_more() {
    Client job = job(fresh());
    String hold = hold("key:sha256:" + TestServer.BUILD.publicKey().keyId());
    byte[] envelope = TestServer.provenance("d1".repeat(32), TestServer.BUILD);
    Answer refused = job.evidence(envelope);
    assertThat(refused.status()).as(refused.body()).isEqualTo(422);
    assertThat(refused.json().path("detail").asString()).contains("held");
    lift(hold);
    assertThat(job.evidence(envelope).status()).isEqualTo(201);
  }

  @Test
  void a_stolen_key_hides_no_artifact_behind_others_in_one_statement() {
    Client job = job(fresh());
    var hexes = new ArrayList<String>();
    for (int i = 0; i < 40; i++) {
      hexes.add("%02x".formatted(i).repeat(31) + "d2");
    }
    byte[] envelope =
        TestServer.statement(
            hexes,
            "https://in-toto.io/attestation/test-result/v0.1",
            TestServer.JSON.readTree("{\"result\":\"PASSED\"}"),
            TestServer.TEST);
    Answer admitted = job.evidence(envelope);
    assertThat(admitted.status()).as(admitted.body()).isEqualTo(201);
    assertThat(texts(radius("key:sha256:" + TestServer.TEST.publicKey().keyId()).path("artifacts")))
        .contains("digest:sha256:" + hexes.getFirst(), "digest:sha256:" + hexes.getLast());
  }

  // ---- the door in front of the registry ----

  private static HttpRequest.Builder request(String token, String path) {
    return HttpRequest.newBuilder(URI.create(server.server.url() + path))
        .header(
            "Authorization",
            "Basic "
                + Base64.getEncoder()
                    .encodeToString(("sallyport:" + token).getBytes(StandardCharsets.UTF_8)));
  }

  private static Answer put(String token, String path, String type, byte[] body) {
    return server.send(
        request(token, path)
            .header("Content-Type", type)
            .PUT(HttpRequest.BodyPublishers.ofByteArray(body))
            .build());
  }

  private static Answer push(String token, byte[] blob) {
    Answer begun =
        server.send(
            request(token, "/v2/" + NAME + "/blobs/uploads/")
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    String at = begun.response().headers().firstValue("Location").orElseThrow();
    return put(token, at + "?digest=" + Digest.of(blob), "application/octet-stream", blob);
  }

  private static byte[] image(byte[] layer, int seed) {
    return """
    {"schemaVersion":2,"mediaType":"%s","config":{"digest":"%s","size":2},
     "layers":[{"digest":"%s","size":%d}],"annotations":{"seed":"%d"}}
    """
        .formatted(IMAGE, Digest.of("{}"), Digest.of(layer), layer.length, seed)
        .getBytes(StandardCharsets.UTF_8);
  }

  /// A token of a run that built well.
  private static String built(String run) {
    Client job = job(run);
    String step = begin(job, "build").json().path("step").asString();
    server.send(
        HttpRequest.newBuilder(server.at("/v1/steps/end"))
            .header("DPoP", job.proof("POST", "/v1/steps/end", null))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"step\":\"" + step + "\",\"exit\":0,\"seconds\":1}"))
            .build());
    Answer minted =
        server.send(
            job.request(
                    "POST",
                    "/v1/registry-tokens",
                    "{\"repository\":\"acme/shop\",\"actions\":[\"pull\",\"push\"]}")
                .build());
    assertThat(minted.status()).as(minted.body()).isEqualTo(200);
    return minted.json().path("token").asString();
  }

  private static Answer publish(String token, byte[] manifest, String type) {
    return put(token, "/v2/" + NAME + "/manifests/" + Digest.of(manifest), type, manifest);
  }

  @Test
  void a_withdrawn_blob_does_not_come_back_in_another_manifest() {
    String token = built(fresh());
    byte[] layer = "evil".repeat(100).getBytes(StandardCharsets.UTF_8);
    assertThat(push(token, "{}".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(201);
    assertThat(push(token, layer).status()).isEqualTo(201);
    assertThat(publish(token, image(layer, 1), IMAGE).status()).isEqualTo(201);
    String hold = hold("digest:" + Digest.of(layer));
    Answer wrapped = publish(token, image(layer, 2), IMAGE);
    assertThat(wrapped.status()).as(wrapped.body()).isEqualTo(403);
    assertThat(push(token, layer).status()).isEqualTo(403);
    lift(hold);
    assertThat(publish(token, image(layer, 2), IMAGE).status()).isEqualTo(201);
  }

  @Test
  void an_index_of_many_children_does_not_push_its_run_out_of_the_entry() {
    String run = fresh();
    String token = built(run);
    byte[] layer = "layer".getBytes(StandardCharsets.UTF_8);
    push(token, "{}".getBytes(StandardCharsets.UTF_8));
    push(token, layer);
    var children = new ArrayList<String>();
    for (int seed = 10; seed < 26; seed++) {
      byte[] child = image(layer, seed);
      assertThat(publish(token, child, IMAGE).status()).isEqualTo(201);
      children.add("{\"digest\":\"" + Digest.of(child) + "\",\"size\":1}");
    }
    byte[] index =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s]}"
            .formatted(INDEX, String.join(",", children))
            .getBytes(StandardCharsets.UTF_8);
    Answer published = publish(token, index, INDEX);
    assertThat(published.status()).as(published.body()).isEqualTo(201);
    assertThat(texts(radius("run:github.com/345/" + run).path("artifacts")))
        .contains("digest:" + Digest.of(index));
  }
}
