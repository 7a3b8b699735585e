package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.credential.OwnerAssertion;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The owner of the folder over HTTP, and what he can hold.
class OwnerTest {
  @TempDir static Path folder;
  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.start(TestServer.configured(folder));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static SigningKey operator() {
    return SigningKey.read(server.data.resolve("operator.key"));
  }

  private static TestServer.Answer exchange(TestServer.Client client, String assertion) {
    return exchange(server, client, assertion);
  }

  private static TestServer.Answer exchange(
      TestServer server, TestServer.Client client, String assertion) {
    String form =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
            + URLEncoder.encode(assertion, StandardCharsets.UTF_8);
    TestServer.Answer answer =
        server.send(
            HttpRequest.newBuilder(server.at("/v1/token"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("DPoP", client.proof("POST", "/v1/token", null))
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .build());
    if (answer.status() == 200) {
      client.token = answer.json().path("access_token").asString();
    }
    return answer;
  }

  private static String assertion(SigningKey key, Instant now) {
    return OwnerAssertion.make(key, server.at("/v1/token"), UUID.randomUUID().toString(), now);
  }

  private static TestServer.Client owner() {
    return owner(server);
  }

  /// The owner of a server's folder, with a token.
  static TestServer.Client owner(TestServer server) {
    TestServer.Client client = server.new Client();
    String assertion =
        OwnerAssertion.make(
            SigningKey.read(server.data.resolve("operator.key")),
            server.at("/v1/token"),
            UUID.randomUUID().toString(),
            Instant.now());
    assertThat(exchange(server, client, assertion).status()).isEqualTo(200);
    return client;
  }

  static TestServer.Answer post(TestServer.Client who, String path, String body) {
    return who.send(who.request("POST", path, body).build());
  }

  @Test
  void only_the_owner_may_read_the_operators_key() throws Exception {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(server.data.resolve("operator.key"))))
        .isEqualTo("rw-------");
  }

  @Test
  void an_assertion_of_another_key_or_used_twice_or_late_or_for_another_server_is_refused() {
    SigningKey other = SigningKey.generate(KeyAlgorithm.ECDSA_P256, TestServer.RANDOM);
    assertThat(exchange(server.new Client(), assertion(other, Instant.now())).body())
        .contains("\"reason\":\"signature\"");
    String once = assertion(operator(), Instant.now());
    assertThat(exchange(server.new Client(), once).status()).isEqualTo(200);
    assertThat(exchange(server.new Client(), once).body()).contains("\"reason\":\"replayed\"");
    assertThat(
            exchange(server.new Client(), assertion(operator(), Instant.now().minusSeconds(61)))
                .body())
        .contains("\"reason\":\"expired\"");
    String elsewhere =
        OwnerAssertion.make(
            operator(),
            java.net.URI.create("https://other.example/v1/token"),
            UUID.randomUUID().toString(),
            Instant.now());
    assertThat(exchange(server.new Client(), elsewhere).body()).contains("\"reason\":\"audience\"");
  }

  @Test
  void a_token_of_ours_is_no_assertion_and_an_assertion_no_ci_token() {
    TestServer.Client job = server.job();
    assertThat(exchange(server.new Client(), job.token).status()).isEqualTo(400);
    assertThat(server.new Client().exchange(assertion(operator(), Instant.now())).status())
        .isEqualTo(400);
  }

  @Test
  void a_held_run_is_refused_everywhere_until_the_hold_is_lifted() {
    TestServer.Client job = server.job(Map.of("run_id", "77"));
    String build =
        """
        {"action":"build","resource":{"type":"Repository","id":"github.com/345"}}\
        """;
    assertThat(job.decide(build).json().path("decision").asString()).isEqualTo("allow");
    TestServer.Client owner = owner();
    var held =
        post(owner, "/v1/holds", "{\"on\":\"run:github.com/345/77\",\"reason\":\"stolen runner\"}");
    assertThat(held.status()).as(held.body()).isEqualTo(201);
    var refused = job.decide(build).json();
    assertThat(refused.path("decision").asString()).isEqualTo("deny");
    assertThat(refused.path("reasons").path(0).asString())
        .isEqualTo("run `github.com/345/77` is held: stolen runner");
    TestServer.Client another = server.job(Map.of("run_id", "78"));
    assertThat(another.decide(build).json().path("decision").asString()).isEqualTo("allow");
    var lifted =
        post(
            owner,
            "/v1/holds/lift",
            "{\"id\":\"%s\",\"reason\":\"was ours\"}".formatted(held.json().path("id").asString()));
    assertThat(lifted.status()).as(lifted.body()).isEqualTo(200);
    assertThat(job.decide(build).json().path("decision").asString()).isEqualTo("allow");
  }

  @Test
  void a_job_can_hold_nothing_and_see_no_holds() {
    TestServer.Client job = server.job();
    var refused =
        post(job, "/v1/holds", "{\"on\":\"repository:github.com/1\",\"reason\":\"mine\"}");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.json().path("outcome").asString()).isEqualTo("could-not-evaluate");
    assertThat(server.send(job.request("GET", "/v1/holds", "").build()).status()).isEqualTo(403);
  }

  @Test
  void the_owner_cannot_lock_himself_out() {
    var refused =
        post(owner(), "/v1/holds", "{\"on\":\"person:administrator\",\"reason\":\"oops\"}");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().path("detail").asString()).contains("never held");
  }
}
