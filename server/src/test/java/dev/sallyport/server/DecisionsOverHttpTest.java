package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.sallyport.server.TestServer.Answer;
import dev.sallyport.server.TestServer.Client;
import dev.sallyport.testdata.SharedData;
import dev.sallyport.tlog.Checkpoint;
import dev.sallyport.tlog.Hash;
import dev.sallyport.tlog.NoteKey;
import dev.sallyport.tlog.Proofs;
import dev.sallyport.tlog.Tree;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Questions to a real server over TLS: what it allows, and every attack it must not fall for.
class DecisionsOverHttpTest {
  @TempDir static Path folder;
  static TestServer server;

  @BeforeAll
  static void start() throws IOException {
    server = TestServer.start(TestServer.configured(folder));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String digest() {
    byte[] bytes = new byte[32];
    TestServer.RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static void conforms(String schema, String json) throws IOException {
    String text = Files.readString(SharedData.projectRoot().resolve("docs/reference/" + schema));
    var found =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(text)
            .validate(json, InputFormat.JSON);
    assertThat(found).as(json).isEmpty();
  }

  private static void refused(Answer answer, int status, String word) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    JsonNode json = answer.json();
    assertThat(json.path("type").asString(json.path("reason").asString())).endsWith(word);
  }

  @Test
  void a_proved_artifact_is_allowed_and_the_answer_proves_itself_offline() throws IOException {
    String hex = digest();
    Client job = server.job();
    Answer admitted = job.evidence(TestServer.provenance(hex, TestServer.BUILD));
    assertThat(admitted.status()).as(admitted.body()).isEqualTo(201);
    conforms("evidence-answer.schema.json", admitted.body());
    String question = TestServer.deploy("staging", hex);
    conforms("decision-request.schema.json", question);
    Answer ruled = job.decide(question);
    assertThat(ruled.status()).as(ruled.body()).isEqualTo(200);
    conforms("decision-answer.schema.json", ruled.body());
    JsonNode answer = ruled.json();
    assertThat(answer.path("decision").asString()).as(ruled.body()).isEqualTo("allow");
    assertThat(answer.path("outcome").asString()).isEqualTo("allowed");
    assertThat(answer.path("enforced").asBoolean()).isFalse();

    // As a stranger with the log's key alone.
    NoteKey log = NoteKey.parse(server.get("/v1/health").json().path("logKey").asString());
    Checkpoint head = Checkpoint.open(answer.path("checkpoint").asString(), log);
    String text = answer.path("entry").path("text").asString();
    Hash leaf = Tree.leafHash(text.getBytes(StandardCharsets.UTF_8));
    assertThat(leaf.base64()).isEqualTo(answer.path("entry").path("leafHash").asString());
    var path = new ArrayList<Hash>();
    answer.path("proof").forEach(hash -> path.add(Hash.ofBase64(hash.asString())));
    long index = answer.path("entry").path("index").asLong();
    assertThat(Proofs.inclusion(index, head.size(), leaf, path, head.root()).holds()).isTrue();
    assertThat(text)
        .contains("\"action\":\"deploy\"", "github.com/12/345", "sha256:" + hex, "allowed");
  }

  @Test
  void an_artifact_nobody_proved_is_denied_and_the_advice_says_what_would_help()
      throws IOException {
    Answer ruled = server.job().decide(TestServer.deploy("staging", digest()));
    conforms("decision-answer.schema.json", ruled.body());
    assertThat(ruled.json().path("decision").asString()).isEqualTo("deny");
    assertThat(ruled.json().path("advice").toString()).contains("build");
  }

  @Test
  void an_artifact_swapped_after_attestation_is_denied() {
    Client job = server.job();
    job.evidence(TestServer.provenance(digest(), TestServer.BUILD));
    assertThat(
            job.decide(TestServer.deploy("staging", digest())).json().path("decision").asString())
        .isEqualTo("deny");
  }

  @Test
  void an_undeclared_repository_or_environment_is_denied() {
    String hex = digest();
    Client job = server.job();
    job.evidence(TestServer.provenance(hex, TestServer.BUILD));
    Client other = server.job(Map.of("repository_id", "346"));
    assertThat(other.decide(TestServer.deploy("staging", hex)).json().path("outcome").asString())
        .isEqualTo("forbidden");
    assertThat(job.decide(TestServer.deploy("unheard-of", hex)).json().path("decision").asString())
        .isEqualTo("deny");
  }

  @Test
  void a_pull_requests_job_is_denied() {
    String hex = digest();
    server.job().evidence(TestServer.provenance(hex, TestServer.BUILD));
    Client fork = server.job(Map.of("event_name", "pull_request_target"));
    assertThat(fork.decide(TestServer.deploy("staging", hex)).json().path("decision").asString())
        .isEqualTo("deny");
  }

  @Test
  void evidence_of_a_key_the_job_brought_along_is_refused_and_counts_for_nothing()
      throws IOException {
    String hex = digest();
    Client job = server.job();
    Answer refused = job.evidence(TestServer.provenance(hex, TestServer.STRANGER));
    assertThat(refused.status()).isEqualTo(422);
    conforms("evidence-answer.schema.json", refused.body());
    assertThat(refused.json().path("detail").asString()).contains("no configured signer");
    assertThat(job.decide(TestServer.deploy("staging", hex)).json().path("decision").asString())
        .isEqualTo("deny");
  }

  @Test
  void a_signer_may_not_speak_outside_its_role() {
    String hex = digest();
    Client job = server.job();
    assertThat(job.evidence(TestServer.provenance(hex, TestServer.TEST)).status()).isEqualTo(422);
    assertThat(job.evidence(TestServer.tests(hex, "PASSED", TestServer.BUILD)).status())
        .isEqualTo(422);
    assertThat(job.evidence(TestServer.tests(hex, "PASSED", TestServer.TEST)).status())
        .isEqualTo(201);
    assertThat(job.decide(TestServer.deploy("staging", hex)).json().path("decision").asString())
        .isEqualTo("deny");
  }

  @Test
  void malformed_evidence_is_refused_with_the_reason() {
    Client job = server.job();
    for (String envelope :
        List.of(
            "",
            "{}",
            "[]",
            "{\"payloadType\":\"a\",\"payloadType\":\"b\",\"payload\":\"\",\"signatures\":[]}",
            "[".repeat(5000))) {
      Answer answer = job.evidence(envelope.getBytes(StandardCharsets.UTF_8));
      assertThat(answer.status()).as(answer.body()).isEqualTo(422);
      assertThat(answer.json().path("detail").asString()).isNotBlank();
    }
    Answer huge = job.evidence(new byte[2 * 1024 * 1024]);
    assertThat(huge.status()).isEqualTo(413);
  }

  @Test
  void a_replayed_ci_token_is_refused() {
    String token = Job.token(Job.claims(Instant.now()));
    assertThat(server.new Client().exchange(token).status()).isEqualTo(200);
    Answer again = server.new Client().exchange(token);
    refused(again, 400, "replayed");
    assertThat(again.json().path("error").asString()).isEqualTo("invalid_grant");
  }

  @Test
  void a_ci_token_without_jti_is_taken_once_too() {
    var claims = Job.claims(Instant.now());
    claims.remove("jti");
    String token = Job.token(claims);
    assertThat(server.new Client().exchange(token).status()).isEqualTo(200);
    refused(server.new Client().exchange(token), 400, "replayed");
  }

  @Test
  void forged_expired_and_misdirected_ci_tokens_are_refused() {
    var claims = Job.claims(Instant.now());
    refused(server.new Client().exchange(Job.forged(claims)), 400, "signature");
    claims.put("aud", "https://github.com/acme");
    refused(server.new Client().exchange(Job.token(claims)), 400, "audience");
    claims = Job.claims(Instant.now().minusSeconds(3600));
    refused(server.new Client().exchange(Job.token(claims)), 400, "expired");
    claims = Job.claims(Instant.now());
    claims.put("iss", Job.ISSUER + ".evil.example");
    refused(server.new Client().exchange(Job.token(claims)), 400, "unknown-issuer");
    claims = Job.claims(Instant.now());
    claims.put("repository_owner_id", "13");
    refused(server.new Client().exchange(Job.token(claims)), 400, "claims");
    refused(server.new Client().exchange("not-a-token"), 400, "malformed");
  }

  @Test
  void a_token_is_never_given_without_a_proof_of_its_key() {
    Client client = server.new Client();
    Client other = server.new Client();
    String token = Job.token(Job.claims(Instant.now()));
    refused(client.exchange(token, "x"), 400, "malformed");
    refused(client.exchange(token, client.proof("GET", "/v1/token", null)), 400, "binding");
    refused(client.exchange(token, client.proof("POST", "/v1/decisions", null)), 400, "binding");
    String proof = client.proof("POST", "/v1/token", null);
    assertThat(client.exchange(token, proof).status()).isEqualTo(200);
    refused(other.exchange(Job.token(Job.claims(Instant.now())), proof), 400, "replayed");
  }

  @Test
  void a_plain_bearer_token_is_refused_even_when_it_is_ours() {
    Client job = server.job();
    for (String scheme : List.of("Bearer ", "bearer ", "Basic ", "")) {
      Answer answer =
          server.send(
              HttpRequest.newBuilder(server.at("/v1/decisions"))
                  .header("Authorization", scheme + job.token)
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(TestServer.deploy("staging", digest())))
                  .build());
      refused(answer, 401, "bearer");
      assertThat(answer.response().headers().firstValue("WWW-Authenticate").orElse(""))
          .startsWith("DPoP");
    }
  }

  @Test
  void a_ci_token_itself_does_not_decide_anything() {
    Client job = server.job();
    job.token = Job.token(Job.claims(Instant.now()));
    refused(job.decide(TestServer.deploy("staging", digest())), 401, "algorithm");
  }

  @Test
  void a_stolen_token_is_refused_without_its_key() {
    Client thief = server.new Client();
    thief.token = server.job().token;
    refused(thief.decide(TestServer.deploy("staging", digest())), 401, "binding");
  }

  @Test
  void a_replayed_or_misdirected_proof_is_refused() {
    Client job = server.job();
    String body = TestServer.deploy("staging", digest());
    String proof = job.proof("POST", "/v1/decisions", job.token);
    assertThat(server.send(with(job, proof, body)).status()).isEqualTo(200);
    refused(server.send(with(job, proof, body)), 401, "replayed");
    refused(
        server.send(with(job, job.proof("PUT", "/v1/decisions", job.token), body)), 401, "binding");
    refused(
        server.send(with(job, job.proof("POST", "/v1/evidence", job.token), body)), 401, "binding");
    refused(server.send(with(job, job.proof("POST", "/v1/decisions", null), body)), 401, "binding");
    refused(server.send(with(job, job.proof("POST", "/v1/decisions", "x"), body)), 401, "binding");
  }

  private static HttpRequest with(Client job, String proof, String body) {
    return HttpRequest.newBuilder(server.at("/v1/decisions"))
        .header("Authorization", "DPoP " + job.token)
        .header("DPoP", proof)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  @Test
  void two_proofs_are_as_good_as_none() {
    Client job = server.job();
    HttpRequest request =
        job.request("POST", "/v1/decisions", TestServer.deploy("staging", digest()))
            .header("DPoP", job.proof("POST", "/v1/decisions", job.token))
            .build();
    refused(server.send(request), 401, "no-proof");
  }

  @Test
  void a_retry_gives_the_first_ruling_and_another_question_a_conflict() {
    Client job = server.job();
    String hex = digest();
    String question = TestServer.deploy("staging", hex);
    JsonNode first = job.decide(question, "retry-" + hex).json();
    // What would change the ruling now does not change the one that was given.
    job.evidence(TestServer.provenance(hex, TestServer.BUILD));
    JsonNode again = job.decide(question, "retry-" + hex).json();
    assertThat(again.path("entry")).isEqualTo(first.path("entry"));
    assertThat(again.path("decision").asString()).isEqualTo("deny");
    assertThat(again.path("repeated").asBoolean()).isTrue();
    assertThat(again.path("reasons")).isEqualTo(first.path("reasons"));
    refused(job.decide(TestServer.deploy("prod", hex), "retry-" + hex), 409, "retry-mismatch");
    // Another caller's key of the same spelling is another key.
    Client other = server.job(Map.of("repository_id", "999"));
    assertThat(other.decide(TestServer.deploy("prod", hex), "retry-" + hex).status())
        .isEqualTo(200);
  }

  @Test
  void bad_questions_are_refused_and_never_ruled_on() {
    Client job = server.job();
    long before = server.get("/v1/health").json().path("treeSize").asLong();
    String good = TestServer.deploy("staging", digest());
    for (String bad :
        List.of(
            "",
            "null",
            "[]",
            "7",
            "{",
            good + good,
            good.replace("\"action\"", "\"verb\""),
            good.replace("\"claimed\"", "\"facts\""),
            "{\"action\":\"deploy\"," + good.strip().substring(1),
            good.replace("\"type\"", "\"type\":\"Artifact\",\"type\""),
            good.replace("\"deploy\"", "\"destroy\""),
            good.replace("\"deploy\"", "null"),
            good.replace("\"deploy\"", "[\"deploy\"]"),
            good.replace("Environment", "environment"),
            good.replace("\"staging\"", "\"\""),
            good.replace("\"staging\"", "\"" + "x".repeat(2000) + "\""),
            good.replace("sha256:", "latest:"),
            good.replace("\"artifact\"", "\"isAdmin\""),
            good.replace("\"artifact\":\"", "\"checked\":\"all\",\"artifact\":\""),
            good.replace("\"staging\"", "[".repeat(100) + "]".repeat(100)),
            "{\"action\":\"deploy\",\"resource\":{\"type\":\"Environment\",\"id\":\"a\"},"
                + "\"claimed\":{\"seconds\":-1}}")) {
      refused(job.decide(bad), 400, "bad-request");
    }
    refused(job.decide(" ".repeat(70_000) + good), 413, "too-large");
    HttpRequest form =
        job.request("POST", "/v1/decisions", good).setHeader("Content-Type", "text/plain").build();
    refused(server.send(form), 415, "media-type");
    refused(job.decide(good, "two words"), 400, "bad-request");
    assertThat(server.get("/v1/health").json().path("treeSize").asLong()).isEqualTo(before);
  }

  @Test
  void the_log_gives_entries_and_proofs_within_bounds() throws IOException {
    Client job = server.job();
    job.decide(TestServer.deploy("staging", digest()));
    String path = "/v1/ledger/entries?from=0&limit=2";
    refused(server.send(job.request("GET", path, "").build()), 403, "forbidden");
    Answer entries = server.send(server.owner().request("GET", path, "").build());
    conforms("ledger-entries.schema.json", entries.body());
    assertThat(entries.json().path("entries")).hasSize(2);
    refused(server.get(path), 401, "no-token");
    long size = entries.json().path("treeSize").asLong();
    assertThat(server.get("/v1/ledger/proof/inclusion?index=0&size=" + size).status())
        .isEqualTo(200);
    assertThat(server.get("/v1/ledger/proof/consistency?from=1&to=" + size).status())
        .isEqualTo(200);
    for (String bad :
        List.of(
            "/v1/ledger/proof/inclusion?index=5&size=5",
            "/v1/ledger/proof/inclusion?index=0&size=99999999",
            "/v1/ledger/proof/inclusion?index=-1&size=1",
            "/v1/ledger/proof/inclusion?index=01&size=1",
            "/v1/ledger/proof/inclusion?size=1",
            "/v1/ledger/proof/consistency?from=3&to=2",
            "/v1/ledger/proof/consistency?from=3&to=99999999999999999999")) {
      refused(server.get(bad), 400, "bad-request");
    }
  }

  @Test
  void every_token_given_or_refused_stands_in_the_log() {
    server.new Client().exchange("not-a-token");
    Client job = server.job();
    long size = server.get("/v1/health").json().path("treeSize").asLong();
    String path = "/v1/ledger/entries?from=" + (size - 2) + "&limit=2";
    String entries = server.send(server.owner().request("GET", path, "").build()).body();
    assertThat(entries).contains("refused", "minted");
    assertThat(entries).doesNotContain(job.token);
  }

  @Test
  void a_request_under_another_host_name_is_turned_away() throws Exception {
    // DNS rebinding: a page of another site whose name now points to 127.0.0.1.
    Process curl =
        new ProcessBuilder(
                "curl",
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "--cacert",
                server.data.resolve("ca.pem").toString(),
                "-H",
                "Host: evil.example.com",
                server.at("/v1/health").toString())
            .start();
    assertThat(new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo("421");
  }

  @Test
  void unknown_paths_and_methods_tell_nothing() {
    for (String path :
        List.of("/v1/nothing", "/v1/", "/v1/../v1/decisions", "/actuator", "/error")) {
      Answer answer = server.get(path);
      assertThat(answer.status()).as(path).isIn(400, 404);
      assertThat(answer.body()).doesNotContain("Exception", "spring", "tomcat", "Apache");
    }
    Answer method =
        server.send(
            HttpRequest.newBuilder(server.at("/v1/decisions"))
                .method("DELETE", HttpRequest.BodyPublishers.noBody())
                .build());
    assertThat(method.status()).isEqualTo(405);
  }
}
