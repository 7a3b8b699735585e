package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.attest.Envelope;
import dev.sallyport.attest.Statement;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.TestServer.Answer;
import dev.sallyport.server.TestServer.Client;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Steps of runs against a real server: what is ruled on, recorded and signed, and what is not
/// believed.
class StepsOverHttpTest {
  private static final String COMMIT = "ab".repeat(20);

  @TempDir static Path folder;
  static TestServer server;

  @BeforeAll
  static void start() throws IOException {
    Path data = TestServer.configured(folder);
    // The repository of the configuration is the last thing in it.
    Files.writeString(
        data.resolve("config.yaml"), "    starters: [github.com/1]\n", StandardOpenOption.APPEND);
    server = TestServer.start(data);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Client job(Map<String, Object> more) {
    var claims = new java.util.HashMap<String, Object>(more);
    claims.putIfAbsent("run_id", UUID.randomUUID().toString());
    claims.putIfAbsent("sha", COMMIT);
    claims.putIfAbsent("actor_id", "1");
    return server.job(claims);
  }

  private static String begin(String action) {
    return """
    {"action":"%s","step":"%s","commit":"%s","isolation":"same-user"}
    """
        .formatted(action, action, COMMIT);
  }

  private static Answer end(Client job, String body) {
    return server.send(
        HttpRequest.newBuilder(server.at("/v1/steps/end"))
            .header("DPoP", job.proof("POST", "/v1/steps/end", null))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  private static String begun(Client job, String action) {
    Answer answer = server.send(job.request("POST", "/v1/steps", begin(action)).build());
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.json().path("decision").asString()).as(answer.body()).isEqualTo("allow");
    assertThat(answer.json().path("enforced").asBoolean()).isTrue();
    return answer.json().path("step").asString();
  }

  private static Statement signed(Answer answer) {
    byte[] envelope = Base64.getDecoder().decode(answer.json().path("statement").asString());
    Envelope parsed = Envelope.parse(envelope);
    SigningKey key = SigningKey.read(server.data.resolve("build.key"));
    assertThat(parsed.signers(List.of(key.publicKey()))).hasSize(1);
    return Statement.of(parsed);
  }

  @Test
  void a_build_is_ruled_on_before_it_begins_and_signed_when_it_ends() {
    Client job = job(Map.of());
    String step = begun(job, "build");
    String digest = "sha256:" + "cd".repeat(32);
    Answer ended =
        end(
            job,
            """
            {"step":"%s","exit":0,"seconds":3,"products":[{"name":"shop.jar","digest":"%s"}],
             "dependencies":["pkg:npm/left-pad@1.3.0"],"usedSecrets":["TOKEN"]}
            """
                .formatted(step, digest));
    assertThat(ended.status()).as(ended.body()).isEqualTo(200);
    Statement statement = signed(ended);
    assertThat(statement.predicateType()).isEqualTo("https://slsa.dev/provenance/v1");
    // The reported product is a claim inside and no subject.
    assertThat(statement.subjects()).hasSize(1);
    assertThat(statement.subjects().getFirst().digests())
        .containsExactly(Map.entry("gitCommit", COMMIT));
    JsonNode internal = statement.predicate().at("/buildDefinition/internalParameters");
    assertThat(internal.at("/claimed/products/0/digest").asString()).isEqualTo(digest);
    assertThat(internal.at("/sallyport/step").asString()).isEqualTo(step);
    assertThat(statement.predicate().at("/runDetails/builder/id").asString())
        .startsWith("https://sallyport.local/");
  }

  @Test
  void a_reported_product_opens_nothing() {
    Client job = job(Map.of());
    String step = begun(job, "build");
    String hex = "ce".repeat(32);
    end(
        job,
        """
        {"step":"%s","exit":0,"seconds":3,"products":[{"name":"a","digest":"sha256:%s"}]}
        """
            .formatted(step, hex));
    Answer ruled = job.decide(TestServer.deploy("staging", hex));
    assertThat(ruled.json().path("decision").asString()).isEqualTo("deny");
    Answer handedIn =
        job.evidence(
            Base64.getDecoder()
                .decode(
                    end(
                            job,
                            "{\"step\":\""
                                + step
                                + "\",\"exit\":0,\"seconds\":3,"
                                + "\"products\":[{\"name\":\"a\",\"digest\":\"sha256:"
                                + hex
                                + "\"}]}")
                        .json()
                        .path("statement")
                        .asString()));
    // Our own statement about a commit is no evidence for an artifact either.
    assertThat(handedIn.status()).isEqualTo(422);
  }

  @Test
  void asked_again_after_a_lost_answer_the_same_step_begins_and_ends_once() {
    Client job = job(Map.of());
    var first =
        server.send(
            job.request("POST", "/v1/steps", begin("build"))
                .header("Idempotency-Key", "k")
                .build());
    var again =
        server.send(
            job.request("POST", "/v1/steps", begin("build"))
                .header("Idempotency-Key", "k")
                .build());
    String step = first.json().path("step").asString();
    assertThat(step).hasSize(32).isEqualTo(again.json().path("step").asString());
    String report = "{\"step\":\"" + step + "\",\"exit\":0,\"seconds\":1}";
    Answer ended = end(job, report);
    Answer endedAgain = end(job, report);
    assertThat(endedAgain.body()).isEqualTo(ended.body());
    Answer otherwise = end(job, "{\"step\":\"" + step + "\",\"exit\":1,\"seconds\":1}");
    assertThat(otherwise.status()).isEqualTo(400);
    assertThat(otherwise.body()).contains("otherwise");
  }

  @Test
  void only_the_key_that_began_a_step_ends_it() {
    Client job = job(Map.of());
    String step = begun(job, "build");
    String report = "{\"step\":\"" + step + "\",\"exit\":0,\"seconds\":1}";
    assertThat(end(job(Map.of()), report).status()).isEqualTo(404);
    String proof = job.proof("POST", "/v1/steps/end", null);
    HttpRequest request =
        HttpRequest.newBuilder(server.at("/v1/steps/end"))
            .header("DPoP", proof)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(report))
            .build();
    assertThat(server.send(request).status()).isEqualTo(200);
    assertThat(server.send(request).status()).isEqualTo(401);
  }

  @Test
  void r49_a_build_started_by_an_account_that_may_not_is_denied_and_never_begins() {
    for (String actor : List.of("666", "")) {
      Client job = job(actor.isEmpty() ? Map.of("actor_id", "") : Map.of("actor_id", actor));
      Answer answer = server.send(job.request("POST", "/v1/steps", begin("build")).build());
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.json().path("decision").asString()).isEqualTo("deny");
      assertThat(answer.json().has("step")).isFalse();
      assertThat(answer.json().path("advice").toString()).contains("starter");
    }
  }

  @Test
  void r41_a_hand_made_test_result_counts_for_nothing_and_a_failed_command_is_a_failed_test() {
    Client job = job(Map.of());
    String hex = "cf".repeat(32);
    assertThat(job.evidence(TestServer.tests(hex, "PASSED", TestServer.STRANGER)).status())
        .isEqualTo(422);
    String step = begun(job, "test");
    // The result file says that all is well, the command says that it is not.
    Answer ended =
        end(
            job,
            """
            {"step":"%s","exit":1,"seconds":3,
             "junit":[{"passed":10,"failed":0,"skipped":0,"errors":0}]}
            """
                .formatted(step));
    assertThat(ended.json().path("outcome").asString()).isEqualTo("failed");
    Statement statement = signed(ended);
    assertThat(statement.predicate().path("result").asString()).isEqualTo("FAILED");
    assertThat(statement.predicate().at("/claimed/failed").asLong()).isEqualTo(1);
  }

  @Test
  void a_result_file_that_names_a_failure_fails_the_step_whatever_it_exits_with() {
    Client job = job(Map.of());
    String step = begun(job, "test");
    Answer ended =
        end(
            job,
            """
            {"step":"%s","exit":0,"seconds":3,
             "junit":[{"passed":10,"failed":0,"skipped":0,"errors":1}]}
            """
                .formatted(step));
    assertThat(ended.json().path("outcome").asString()).isEqualTo("failed");
  }

  @Test
  void a_checkout_of_another_commit_than_the_tokens_gets_no_statement() {
    Client job = job(Map.of());
    Answer begun =
        server.send(
            job.request("POST", "/v1/steps", begin("build").replace(COMMIT, "99".repeat(20)))
                .build());
    String step = begun.json().path("step").asString();
    Answer ended = end(job, "{\"step\":\"" + step + "\",\"exit\":0,\"seconds\":1}");
    assertThat(ended.status()).isEqualTo(200);
    assertThat(ended.json().has("statement")).isFalse();
  }

  @Test
  void a_token_that_names_no_run_has_no_steps() {
    Client job = server.job(Map.of("actor_id", "1", "sha", COMMIT));
    Answer answer = server.send(job.request("POST", "/v1/steps", begin("build")).build());
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("names no run");
  }

  @Test
  void what_is_no_step_is_refused() {
    Client job = job(Map.of());
    for (String body :
        List.of(
            begin("deploy"),
            begin("build").replace("same-user", "none"),
            begin("build").replace(COMMIT, "main"),
            begin("build").replace("\"step\":\"build\"", "\"step\":\"a\\nb\""),
            begin("build").replace("\"isolation\"", "\"more\":1,\"isolation\""))) {
      assertThat(server.send(job.request("POST", "/v1/steps", body).build()).status())
          .as(body)
          .isEqualTo(400);
    }
  }
}
