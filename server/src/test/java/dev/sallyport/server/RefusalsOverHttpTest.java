package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.gate.Case;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Rehearsal;
import dev.sallyport.gate.Remedy;
import dev.sallyport.gate.Why;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Refusals over HTTP: waived by those who may, and asked again of another policy.
class RefusalsOverHttpTest {
  private static final String BUILD =
      """
      {"action":"build","resource":{"type":"Repository","id":"github.com/345"}}\
      """;

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

  private static TestServer.Client job() {
    return server.job(Map.of("run_id", UUID.randomUUID().toString().replaceAll("[^0-9]", "9")));
  }

  private static String hex() {
    return UUID.randomUUID().toString().replace("-", "").repeat(2);
  }

  private static JsonNode ask(String question) {
    return job().decide(question).json();
  }

  private static long refusal(String question) {
    JsonNode refused = ask(question);
    assertThat(refused.path("decision").asString()).isEqualTo("deny");
    return refused.path("entry").path("index").asLong();
  }

  private static TestServer.Answer post(String path, String body) {
    return OwnerTest.post(server.owner(), path, body);
  }

  private static TestServer.Answer waive(long entry) {
    return post(
        "/v1/waivers", "{\"entry\":%d,\"reason\":\"hotfix\",\"seconds\":600}".formatted(entry));
  }

  private static JsonNode waiver(String id) {
    for (JsonNode one :
        server
            .send(server.owner().request("GET", "/v1/waivers", "").build())
            .json()
            .path("waivers")) {
      if (one.path("id").asString().equals(id)) {
        return one;
      }
    }
    throw new AssertionError(id);
  }

  /// Waives one refusal after the other until the question is allowed.
  private static List<String> waiveAll(String question) {
    var ids = new java.util.ArrayList<String>();
    for (int i = 0; i < 3; i++) {
      JsonNode answer = ask(question);
      if (answer.path("decision").asString().equals("allow")) {
        return ids;
      }
      TestServer.Answer waived = waive(answer.path("entry").path("index").asLong());
      assertThat(waived.status()).as(waived.body()).isEqualTo(201);
      ids.add(waived.json().path("id").asString());
    }
    throw new AssertionError("still refused");
  }

  @Test
  void a_waived_deploy_goes_through_is_counted_and_is_refused_again_when_the_waiver_ends() {
    String deploy = TestServer.deploy("staging", hex());
    List<String> ids = waiveAll(deploy);
    // The forbid first; then the want of a permit, which nothing named before.
    assertThat(ids).hasSize(2);
    JsonNode allowed = ask(deploy);
    assertThat(allowed.path("reasons").toString())
        .contains("forbid `named-artifact-is-proved` is waived by `" + ids.getFirst() + "`: hotfix")
        .contains("the want of a permit is waived by `" + ids.getLast() + "`");
    assertThat(allowed.path("entry").path("text").asString())
        .contains("{\"id\":\"" + ids.getFirst() + "\",\"type\":\"Waiver\"}");
    JsonNode shown = waiver(ids.getFirst());
    assertThat(shown.path("uses").asLong()).isEqualTo(2);
    assertThat(shown.path("state").asString()).isEqualTo("live");
    assertThat(shown.path("who").asString()).isEqualTo("repository:github.com/345");
    assertThat(shown.path("policies").toString()).isEqualTo("[\"named-artifact-is-proved\"]");

    assertThat(ask(TestServer.deploy("staging", hex())).path("decision").asString())
        .as("another digest")
        .isEqualTo("deny");
    assertThat(ask(deploy.replace("staging", "prod")).path("decision").asString())
        .as("another resource")
        .isEqualTo("deny");
    assertThat(
            server
                .job(Map.of("ref", "refs/heads/evil"))
                .decide(deploy)
                .json()
                .path("decision")
                .asString())
        .as("another ref")
        .isEqualTo("deny");

    TestServer.Answer ended =
        post("/v1/waivers/end", "{\"id\":\"%s\",\"reason\":\"mended\"}".formatted(ids.getFirst()));
    assertThat(ended.json().path("state").asString()).as(ended.body()).isEqualTo("ended");
    assertThat(ask(deploy).path("decision").asString()).isEqualTo("deny");
  }

  @Test
  void a_run_waives_nothing_not_even_its_own_refusal() {
    TestServer.Client job = job();
    long entry =
        job.decide(TestServer.deploy("staging", hex())).json().path("entry").path("index").asLong();
    String body = "{\"entry\":%d,\"reason\":\"please\"}".formatted(entry);
    assertThat(OwnerTest.post(job, "/v1/waivers", body).status()).isEqualTo(403);
  }

  @Test
  void only_a_refusal_by_policy_can_be_waived() {
    long allowed = ask(BUILD).path("entry").path("index").asLong();
    assertThat(waive(allowed).body()).contains("was allowed");
    assertThat(waive(0).body()).contains("no ruling on a question");
    assertThat(waive(1L << 40).status()).isEqualTo(422);
    assertThat(post("/v1/waivers", "{\"reason\":\"x\"}").status()).isEqualTo(400);
    long refused = refusal(TestServer.deploy("staging", hex()));
    for (String seconds : List.of("0", "604801")) {
      TestServer.Answer answer =
          post(
              "/v1/waivers",
              "{\"entry\":%d,\"reason\":\"x\",\"seconds\":%s}".formatted(refused, seconds));
      assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    }
  }

  @Test
  void a_hold_is_not_waived_and_nothing_that_is_held_gets_a_waiver() {
    String run = Long.toString(System.nanoTime());
    String deploy = TestServer.deploy("staging", hex());
    long before = refusal(deploy);
    TestServer.Client job = server.job(Map.of("run_id", run));
    TestServer.Answer held =
        post(
            "/v1/holds", "{\"on\":\"run:github.com/345/%s\",\"reason\":\"stolen\"}".formatted(run));
    long byHold = job.decide(BUILD).json().path("entry").path("index").asLong();
    assertThat(waive(byHold).body()).contains("a hold refused");
    post(
        "/v1/holds/lift",
        "{\"id\":\"%s\",\"reason\":\"x\"}".formatted(held.json().path("id").asString()));

    JsonNode artifact = TestServer.JSON.readTree(deploy).path("claimed").path("artifact");
    TestServer.Answer onDigest =
        post(
            "/v1/holds",
            "{\"on\":\"digest:%s\",\"reason\":\"bad\"}".formatted(artifact.asString()));
    assertThat(onDigest.status()).as(onDigest.body()).isEqualTo(201);
    TestServer.Answer refused = waive(before);
    assertThat(refused.status()).as(refused.body()).isEqualTo(403);
    assertThat(refused.body()).contains("is held: bad");
  }

  private static ObjectNode replay(List<Map.Entry<String, String>> sources) {
    ObjectNode body = TestServer.JSON.createObjectNode();
    ArrayNode list = body.putArray("sources");
    sources.forEach(
        source -> list.addObject().put("name", source.getKey()).put("text", source.getValue()));
    return body;
  }

  @Test
  void another_policy_is_tried_on_what_was_asked_and_every_flip_is_shown_in_full() {
    long built = ask(BUILD).path("entry").path("index").asLong();
    String digest = "sha256:" + hex();
    long refused = refusal(TestServer.deploy("staging", digest.substring("sha256:".length())));
    String baseline = PolicySnapshot.builtIn(Profile.BASELINE).sources().getFirst().text();
    ObjectNode body =
        replay(
            List.of(
                Map.entry("baseline.cedar", baseline),
                Map.entry(
                    "own.cedar",
                    """
                    @id("no-builds") forbid (principal, action == Sallyport::Action::"build", resource);
                    """)));
    JsonNode report = post("/v1/policies/replay", body.toString()).json();
    assertThat(report.path("opened").asLong()).as(report.toString()).isZero();
    assertThat(report.path("closes").propertyNames()).containsExactly("no-builds");
    JsonNode flip = flip(report, built);
    assertThat(flip.path("change").asString()).isEqualTo("ALLOW->DENY");
    assertThat(flip.path("case").path("action").asString()).isEqualTo("build");
    assertThat(flip.path("case").path("entities").toString()).contains("refs/heads/main");

    JsonNode open =
        post(
                "/v1/policies/replay",
                replay(List.of(Map.entry("all.cedar", "permit (principal, action, resource);")))
                    .put("last", 1000)
                    .toString())
            .json();
    assertThat(flip(open, refused).path("was").asString()).isEqualTo("forbidden");
    assertThat(flip(open, refused).path("case").path("claimed").path("artifact").asString())
        .isEqualTo(digest);
    assertThat(open.path("opens").propertyNames()).contains("named-artifact-is-proved");
    assertThat(open.has("next")).isFalse();

    JsonNode piece = post("/v1/policies/replay", body.put("last", 1).toString()).json();
    assertThat(piece.path("decisions").asLong()).isEqualTo(1);
    assertThat(piece.path("next").asLong()).isPositive();
    assertThat(post("/v1/policies/replay", "{\"sources\":[]}").status()).isEqualTo(422);
    assertThat(OwnerTest.post(job(), "/v1/policies/replay", body.toString()).status())
        .isEqualTo(403);
  }

  @Test
  void a_refusal_can_be_asked_why_of_the_very_policy_that_ruled_it() {
    long refused = refusal(TestServer.deploy("staging", hex()));
    JsonNode found = recalled(server.owner(), refused).json();
    assertThat(found.path("outcome").asString()).isEqualTo("forbidden");
    assertThat(found.path("besidePolicy").asBoolean(true)).isFalse();
    Case asked =
        Case.of(
            TestServer.JSON.convertValue(
                found.path("case"), new TypeReference<Map<String, Object>>() {}));
    assertThat(found.path("policy").path("digest").asString())
        .isEqualTo(PolicySnapshot.builtIn(Profile.BASELINE).digest());
    Why why = Rehearsal.why(asked, PolicySnapshot.builtIn(Profile.BASELINE));
    assertThat(why.verdict().outcome().word()).isEqualTo("forbidden");
    assertThat(why.remedy()).isNotNull();
    assertThat(why.remedy().changes())
        .extracting(Remedy.Change::sentence)
        .contains("artifact.proved is true, not false");

    assertThat(recalled(server.owner(), 0).status()).as("the first entry").isEqualTo(404);
    assertThat(recalled(job(), refused).status()).isEqualTo(403);
  }

  private static TestServer.Answer recalled(TestServer.Client who, long entry) {
    return server.send(who.request("GET", "/v1/decisions/case?entry=" + entry, "").build());
  }

  private static JsonNode flip(JsonNode report, long entry) {
    for (JsonNode flip : report.path("flips")) {
      if (flip.path("entry").asLong() == entry) {
        return flip;
      }
    }
    throw new AssertionError("entry " + entry + " did not flip");
  }
}
