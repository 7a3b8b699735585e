package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.TestServer.Answer;
import dev.sallyport.server.TestServer.Client;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What the sentinel sees and does on a real server.
class SentinelOverHttpTest {
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

  private static JsonNode get(String path) {
    Client owner = OwnerTest.owner(server);
    Answer answer = server.send(owner.request("GET", path, "").build());
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json();
  }

  private static JsonNode radius(String thing) {
    return get("/v1/radius?of=" + URLEncoder.encode(thing, StandardCharsets.UTF_8));
  }

  private static List<String> texts(JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(one -> texts.add(one.asString()));
    return texts;
  }

  private static String hex(int number) {
    return "%02x".formatted(number).repeat(32);
  }

  /// A run that builds one digest, proves it and publishes it.
  private static Client published(String run, String runner, String hex) {
    Client job = server.job(Map.of("run_id", run, "runner_environment", runner));
    assertThat(job.evidence(TestServer.provenance(hex, TestServer.BUILD)).status()).isEqualTo(201);
    Answer answer =
        job.decide(
            "{\"action\":\"publish\",\"resource\":{\"type\":\"Artifact\",\"id\":\"sha256:%s\"}}"
                .formatted(hex));
    assertThat(answer.json().path("decision").asString()).as(answer.body()).isEqualTo("allow");
    return job;
  }

  private static JsonNode response(String id) throws InterruptedException {
    for (int i = 0; i < 300; i++) {
      JsonNode response = get("/v1/responses?id=" + id);
      if (!List.of("due", "running").contains(response.path("state").asString())) {
        return response;
      }
      Thread.sleep(100);
    }
    throw new AssertionError("the response does not end");
  }

  @Test
  void the_radius_of_a_run_names_what_it_could_have_touched_and_how_we_know() {
    published("501", "github-hosted", hex(1));
    JsonNode reach = radius("run:github.com/345/501");
    assertThat(texts(reach.path("artifacts"))).containsExactly("digest:sha256:" + hex(1));
    assertThat(texts(reach.path("credentials"))).hasSize(2);
    assertThat(reach.path("cut").asBoolean()).isFalse();
    // Advice that was asked for by a job is no door: the edge is only claimed.
    assertThat(reach.path("edges"))
        .anyMatch(edge ->
            edge.path("kind").asString().equals("published")
                && edge.path("how").asString().equals("claimed"));
    // A signer's key that is stolen reaches what it signed.
    assertThat(
            texts(radius("key:sha256:" + TestServer.BUILD.publicKey().keyId()).path("artifacts")))
        .contains("digest:sha256:" + hex(1));
    assertThat(texts(radius("repository:github.com/345").path("artifacts")))
        .contains("digest:sha256:" + hex(1));
  }

  @Test
  void a_job_may_not_look() {
    Client job = server.job();
    for (String path : List.of("/v1/incidents", "/v1/responses", "/v1/detect/entries?from=0")) {
      assertThat(server.send(job.request("GET", path, "").build()).status())
          .as(path)
          .isEqualTo(403);
    }
    assertThat(OwnerTest.post(job, "/v1/contain", "{\"target\":\"run:github.com/345/1\"}").status())
        .isEqualTo(403);
    assertThat(OwnerTest.post(job, "/v1/responses/switch", "{\"on\":false}").status())
        .isEqualTo(403);
  }

  @Test
  void r26_a_contained_run_is_held_its_token_dead_and_its_digest_withdrawn() throws Exception {
    Client job = published("502", "github-hosted", hex(2));
    Client owner = OwnerTest.owner(server);
    String target = "{\"target\":\"run:github.com/345/502\",\"reason\":\"stolen\"";
    Answer dry = OwnerTest.post(owner, "/v1/contain", target + ",\"dryRun\":true}");
    assertThat(dry.status()).as(dry.body()).isEqualTo(200);
    List<String> planned = new ArrayList<>();
    dry.json().path("steps").forEach(step -> planned.add(step.path("kind").asString()));
    assertThat(planned)
        .containsExactly(
            "hold",
            "revoke-tokens",
            "revoke-leases",
            "revoke-tickets",
            "tombstone",
            "revoke-tickets");
    assertThat(job.decide(TestServer.deploy("staging", hex(2))).json().path("decision").asString())
        .isEqualTo("allow");

    Answer begun = OwnerTest.post(owner, "/v1/contain", target + "}");
    assertThat(begun.status()).as(begun.body()).isEqualTo(202);
    JsonNode ended = response(begun.json().path("response").asString());
    assertThat(ended.path("state").asString()).as(ended.toString()).isEqualTo("finished");
    assertThat(ended.path("steps")).allMatch(step -> step.path("state").asString().equals("done"));
    assertThat(ended.path("steps").path(1).path("result").asString())
        .isEqualTo("1 token revoked, tried and refused as it must be");
    assertThat(job.decide(TestServer.deploy("staging", hex(2))).status()).isEqualTo(401);
    Client other = server.job(Map.of("run_id", "599"));
    assertThat(
            other.decide(TestServer.deploy("staging", hex(2))).json().path("decision").asString())
        .isEqualTo("deny");

    Answer undone =
        OwnerTest.post(
            owner,
            "/v1/contain/undo",
            "{\"response\":\"%s\",\"reason\":\"was ours\"}"
                .formatted(ended.path("response").asString()));
    assertThat(undone.status()).as(undone.body()).isEqualTo(202);
    JsonNode lifted = response(undone.json().path("response").asString());
    assertThat(lifted.path("state").asString()).isEqualTo("finished");
    assertThat(lifted.path("steps"))
        .as(lifted.toString())
        .hasSize(1)
        .allMatch(step -> step.path("state").asString().equals("done"));
    List<String> held = new ArrayList<>();
    JsonNode holds = get("/v1/holds").path("holds");
    holds.forEach(one -> held.add(one.path("on").asString()));
    assertThat(held).contains("digest:sha256:" + hex(2)).doesNotContain("run:github.com/345/502");
  }

  @Test
  void a_finding_opens_an_incident_whose_evidence_can_be_proved_and_a_person_closes_it()
      throws Exception {
    Client owner = OwnerTest.owner(server);
    assertThat(
            OwnerTest.post(owner, "/v1/responses/switch", "{\"on\":false,\"reason\":\"drill\"}")
                .status())
        .isEqualTo(200);
    JsonNode incident = incident("automatic responses were switched off");
    assertThat(get("/v1/responses").path("automatic").asBoolean()).isFalse();
    JsonNode whole = get("/v1/incidents?proofs=true&id=" + incident.path("id").asString());
    JsonNode evidence = whole.path("findings").path(0).path("evidence").path(0);
    assertThat(evidence.path("checkpoint").asString()).contains("sallyport.local/");
    assertThat(evidence.path("entry").path("text").asString()).contains("\"action\":\"switch\"");
    assertThat(
            OwnerTest.post(
                    owner,
                    "/v1/incidents/close",
                    "{\"id\":\"%s\",\"reason\":\"drill\"}"
                        .formatted(incident.path("id").asString()))
                .status())
        .isEqualTo(200);
    assertThat(get("/v1/incidents?id=" + incident.path("id").asString()).path("closed").asString())
        .isNotEmpty();
    OwnerTest.post(owner, "/v1/responses/switch", "{\"on\":true,\"reason\":\"drill\"}");
  }

  private static JsonNode incident(String title) throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      for (JsonNode incident : get("/v1/incidents").path("incidents")) {
        if (incident.path("title").asString().equals(title)) {
          return incident;
        }
      }
      Thread.sleep(100);
    }
    throw new AssertionError("no incident `" + title + "`");
  }
}
