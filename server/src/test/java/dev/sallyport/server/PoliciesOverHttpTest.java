package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Policy over HTTP: seen, compared, published, rolled back; and who may not.
class PoliciesOverHttpTest {
  private static final String BUILD =
      """
      {"action":"build","resource":{"type":"Repository","id":"github.com/345"}}\
      """;

  /// Refuses what `baseline` allows.
  private static final String NO_BUILDS =
      """

      @id("no-builds")
      @advice("wait until builds are let in again")
      forbid (principal, action == Sallyport::Action::"build", resource);
      """;

  static final String PUBLISH = publish("", 1, false);

  @TempDir Path folder;

  static String publish(String more, long expect, boolean dryRun) {
    String baseline = PolicySnapshot.builtIn(Profile.BASELINE).sources().getFirst().text();
    return TestServer.JSON.writeValueAsString(
        Map.of(
            "sources",
            List.of(Map.of("name", "own.cedar", "text", baseline + more)),
            "reason",
            "tried",
            "expect",
            expect,
            "dryRun",
            dryRun));
  }

  private static TestServer.Answer get(TestServer.Client who, String path) {
    return who.send(who.request("GET", path, "").build());
  }

  private static String decision(TestServer.Client job) {
    return job.decide(BUILD).json().path("decision").asString("");
  }

  @Test
  void what_would_change_is_shown_first_then_it_is_in_force_then_rolled_back() throws Exception {
    try (TestServer server = TestServer.start(TestServer.configured(folder))) {
      TestServer.Client owner = server.owner();
      TestServer.Client job = server.job();
      assertThat(decision(job)).isEqualTo("allow");

      var shown = OwnerTest.post(owner, "/v1/policies", publish(NO_BUILDS, 1, true));
      assertThat(shown.status()).as(shown.body()).isEqualTo(200);
      JsonNode change = shown.json().path("changes").path(0);
      assertThat(shown.json().path("changes")).hasSize(1);
      assertThat(change.path("id").asString()).isEqualTo("no-builds");
      assertThat(change.path("change").asString()).isEqualTo("added");
      assertThat(change.path("effect").asString()).isEqualTo("forbid");
      JsonNode replay = shown.json().path("replay");
      assertThat(replay.path("closed").asLong()).isEqualTo(1);
      assertThat(replay.path("opened").asLong()).isZero();
      assertThat(replay.path("closes").path("no-builds").asLong()).isEqualTo(1);
      assertThat(replay.path("flips").path(0).path("change").asString()).isEqualTo("ALLOW->DENY");
      assertThat(decision(job)).isEqualTo("allow");

      var published = OwnerTest.post(owner, "/v1/policies", publish(NO_BUILDS, 1, false));
      assertThat(published.status()).as(published.body()).isEqualTo(201);
      assertThat(published.json().path("version").path("number").asLong()).isEqualTo(2);
      assertThat(decision(job)).isEqualTo("deny");

      var late = OwnerTest.post(owner, "/v1/policies", publish("", 1, false));
      assertThat(late.status()).isEqualTo(412);
      assertThat(late.body()).contains("version 2 is in force, not 1");

      JsonNode diff = get(owner, "/v1/policies/diff?from=2&to=1").json();
      assertThat(diff.path("changes").path(0).path("change").asString()).isEqualTo("removed");
      assertThat(get(owner, "/v1/policies/version?number=2").json().path("policies").toString())
          .contains("no-builds");
      assertThat(get(owner, "/v1/policies/version?number=9").status()).isEqualTo(404);

      var back =
          OwnerTest.post(
              owner, "/v1/policies/rollback", "{\"to\":1,\"expect\":2,\"reason\":\"builds\"}");
      assertThat(back.status()).as(back.body()).isEqualTo(201);
      assertThat(decision(job)).isEqualTo("allow");
      JsonNode versions = get(owner, "/v1/policies").json();
      assertThat(versions.path("inForce").path("origin").asString()).isEqualTo("rollback of 1");
      assertThat(versions.path("versions")).hasSize(3);
    }
  }

  @Test
  void a_policy_that_is_wrong_is_refused_with_every_place_and_nothing_changes() throws Exception {
    try (TestServer server = TestServer.start(TestServer.configured(folder))) {
      TestServer.Client owner = server.owner();
      // It reads a fact that may be absent: it would err, so it is refused before.
      var refused =
          OwnerTest.post(
              owner,
              "/v1/policies",
              publish(
                  "forbid (principal, action, resource) when { context.facts.tests.failed > 0 };",
                  1,
                  false));
      assertThat(refused.status()).isEqualTo(422);
      assertThat(refused.json().path("problems").path(0).path("file").asString())
          .isEqualTo("own.cedar");
      for (String body :
          List.of(
              "{\"sources\":[],\"reason\":\"x\",\"expect\":1}",
              "{\"sources\":[{\"name\":\"../a.cedar\",\"text\":\"x\"}],\"reason\":\"x\",\"expect\":1}",
              "{\"sources\":[{\"name\":\"a.cedar\",\"text\":\"x\",\"more\":1}],\"reason\":\"x\"}")) {
        assertThat(OwnerTest.post(owner, "/v1/policies", body).status()).isIn(400, 422);
      }
      assertThat(get(owner, "/v1/policies").json().path("versions")).hasSize(1);
    }
  }

  @Test
  void a_run_publishes_nothing_and_sees_no_text() throws Exception {
    try (TestServer server = TestServer.start(TestServer.configured(folder))) {
      TestServer.Client job = server.job();
      var wide =
          OwnerTest.post(
              job, "/v1/policies", publish("permit (principal, action, resource);", 1, false));
      assertThat(wide.status()).isEqualTo(403);
      assertThat(wide.json().path("outcome").asString()).isEqualTo("not-permitted");
      assertThat(get(job, "/v1/policies/version?number=1").status()).isEqualTo(403);
      assertThat(OwnerTest.post(job, "/v1/policies", publish("", 1, true)).status()).isEqualTo(403);
    }
  }

  @Test
  void what_was_published_outlives_a_restart_and_an_edit_of_the_folder_comes_after_it()
      throws Exception {
    Path data = TestServer.configured(folder);
    try (TestServer server = TestServer.start(data)) {
      OwnerTest.post(server.owner(), "/v1/policies", publish(NO_BUILDS, 1, false));
    }
    try (TestServer server = TestServer.start(data)) {
      assertThat(decision(server.job())).isEqualTo("deny");
    }
    Path policy = Files.createDirectory(data.resolve("policy"));
    Files.writeString(
        policy.resolve("own.cedar"),
        PolicySnapshot.builtIn(Profile.BASELINE).sources().getFirst().text());
    try (TestServer server = TestServer.start(data)) {
      assertThat(decision(server.job())).isEqualTo("allow");
      assertThat(
              get(server.owner(), "/v1/policies").json().path("inForce").path("origin").asString())
          .isEqualTo("folder");
    }
  }

  @Test
  void what_each_policy_did_is_counted_also_of_one_in_shadow_that_did_not_count() throws Exception {
    try (TestServer server = TestServer.start(TestServer.configured(folder))) {
      TestServer.Client owner = server.owner();
      TestServer.Client job = server.job();
      decision(job);
      String last = LocalDate.now(ZoneOffset.UTC).plusDays(1).toString();
      String shadow = NO_BUILDS.replace("forbid", "@shadow(\"" + last + "\") forbid");
      assertThat(OwnerTest.post(owner, "/v1/policies", publish(shadow, 1, false)).status())
          .isEqualTo(201);
      var ruled = job.decide(BUILD);
      assertThat(ruled.json().path("decision").asString("")).isEqualTo("allow");
      decision(job);
      var hits = get(owner, "/v1/policies/hits").json();
      assertThat(hits.path("readTo").asLong()).isEqualTo(hits.path("treeSize").asLong());
      JsonNode tried = hit(hits, "no-builds");
      assertThat(tried.path("shadow").asLong()).isEqualTo(2);
      assertThat(tried.path("counts").asBoolean(true)).isFalse();
      // Its text is the same in both versions.
      assertThat(hit(hits, "build-own-repository").path("allowed").asLong()).isEqualTo(3);
      assertThat(hit(hits, "bots-do-not-approve").has("last")).isFalse();

      assertThat(OwnerTest.post(owner, "/v1/policies", publish(NO_BUILDS, 2, false)).status())
          .isEqualTo(201);
      assertThat(decision(job)).isEqualTo("deny");
      JsonNode counted = hit(get(owner, "/v1/policies/hits").json(), "no-builds");
      assertThat(counted.path("refused").asLong()).isEqualTo(1);
      assertThat(counted.path("before").asLong()).isEqualTo(2);
      assertThat(counted.path("counts").asBoolean()).isTrue();
    }
  }

  private static JsonNode hit(JsonNode hits, String id) {
    for (JsonNode policy : hits.path("policies")) {
      if (policy.path("id").asString("").equals(id)) {
        return policy;
      }
    }
    throw new AssertionError("no policy " + id);
  }

  @Test
  void a_policy_is_in_shadow_for_a_year_at_most() throws Exception {
    try (TestServer server = TestServer.start(TestServer.configured(folder))) {
      String far = LocalDate.now(ZoneOffset.UTC).plusDays(400).toString();
      var refused =
          OwnerTest.post(
              server.owner(),
              "/v1/policies",
              publish(NO_BUILDS.replace("forbid", "@shadow(\"" + far + "\") forbid"), 1, false));
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.body()).contains("more than 366 days");
    }
  }

  /// R35: an administrator who would open what was refused is shown it, and under a policy that
  /// asks for it is refused by it.
  @Test
  void a_policy_that_opens_what_was_denied_is_refused_where_policy_says_so() throws Exception {
    String guarded =
        """

        @id("opens-nothing")
        forbid (
          principal,
          action == Sallyport::Action::"administer",
          resource == Sallyport::PolicySet::"in-force"
        )
        unless { context.facts has replay && context.facts.replay.opened == 0 };
        """;
    String wide =
        """

        @id("wide")
        permit (principal, action == Sallyport::Action::"deploy", resource);
        """;
    try (TestServer server = TestServer.start(TestServer.configured(folder))) {
      TestServer.Client owner = server.owner();
      TestServer.Client job = server.job();
      assertThat(OwnerTest.post(owner, "/v1/policies", publish(guarded, 1, false)).status())
          .isEqualTo(201);
      String deploy =
          "{\"action\":\"deploy\",\"resource\":{\"type\":\"Environment\",\"id\":\"staging\"}}";
      assertThat(job.decide(deploy).json().path("decision").asString("")).isEqualTo("deny");

      var shown = OwnerTest.post(owner, "/v1/policies", publish(guarded + wide, 2, true));
      assertThat(shown.json().path("replay").path("opened").asLong()).isEqualTo(1);
      assertThat(shown.json().path("replay").path("opens").path("wide").asLong()).isEqualTo(1);
      var refused = OwnerTest.post(owner, "/v1/policies", publish(guarded + wide, 2, false));
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.body()).contains("opens-nothing");
      assertThat(get(owner, "/v1/policies").json().path("inForce").path("number").asLong())
          .isEqualTo(2);
    }
  }

  /// R35: under `strict` nobody publishes alone, and an edit on the machine itself is seen.
  @Test
  void under_strict_nobody_publishes_alone() throws Exception {
    Path data = TestServer.configured(folder);
    Files.writeString(
        data.resolve("config.yaml"),
        Files.readString(data.resolve("config.yaml"))
            .replace("profile: baseline", "profile: strict"));
    try (TestServer server = TestServer.start(data)) {
      var refused = OwnerTest.post(server.owner(), "/v1/policies", publish("", 1, false));
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.body()).contains("policy-published-by-two-people");
    }
  }
}
