package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.db.RealPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two nodes on one PostgreSQL, with the same keys in two folders.
class TwoServersTest {
  private static final String BUILD =
      """
      {"action":"build","resource":{"type":"Repository","id":"github.com/345"}}\
      """;

  @TempDir static Path folder;
  private static TestServer here;
  private static TestServer there;

  @BeforeAll
  static void start() throws IOException {
    Path first = TestServer.configured(folder);
    Files.writeString(first.resolve("password"), "postgres");
    Files.writeString(
        first.resolve("config.yaml"),
        """
        postgresql:
          url: %s
          user: postgres
          passwordFile: password
        """
            .formatted(RealPostgres.freshUrl().replaceFirst("\\?.*", "")),
        StandardOpenOption.APPEND);
    here = TestServer.start(first);
    Path second = Files.createDirectory(folder.resolve("second"));
    Files.setPosixFilePermissions(second, PosixFilePermissions.fromString("rwx------"));
    try (var files = Files.list(first)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (!name.equals("server.json") && !name.equals("admin-code")) {
          Files.copy(file, second.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
    there = TestServer.start(second);
  }

  @AfterAll
  static void stop() {
    there.close();
    here.close();
  }

  @Test
  void a_hold_set_on_one_node_refuses_on_the_other_within_a_second() throws Exception {
    TestServer.Client job = there.job(Map.of("run_id", "901"));
    assertThat(job.decide(BUILD).json().path("decision").asString()).isEqualTo("allow");
    var held =
        OwnerTest.post(
            OwnerTest.owner(here),
            "/v1/holds",
            "{\"on\":\"run:github.com/345/901\",\"reason\":\"stolen\"}");
    assertThat(held.status()).as(held.body()).isEqualTo(201);
    long set = System.nanoTime();
    String answer = "allow";
    while (!answer.equals("deny") && System.nanoTime() - set < Duration.ofSeconds(5).toNanos()) {
      answer = job.decide(BUILD).json().path("decision").asString();
    }
    assertThat(answer).isEqualTo("deny");
    assertThat(Duration.ofNanos(System.nanoTime() - set)).isLessThan(Duration.ofMillis(1500));
  }

  @Test
  void a_policy_published_on_one_node_rules_on_the_other_within_a_second() throws Exception {
    TestServer.Client job = there.job(Map.of("run_id", "903"));
    assertThat(job.decide(BUILD).json().path("decision").asString()).isEqualTo("allow");
    String closed = "forbid (principal, action == Sallyport::Action::\"build\", resource);";
    var published =
        OwnerTest.post(
            OwnerTest.owner(here), "/v1/policies", PoliciesOverHttpTest.publish(closed, 1, false));
    assertThat(published.status()).as(published.body()).isEqualTo(201);
    Thread.sleep(1000);
    assertThat(job.decide(BUILD).json().path("decision").asString()).isEqualTo("deny");
    var back =
        OwnerTest.post(
            OwnerTest.owner(there),
            "/v1/policies/rollback",
            "{\"to\":1,\"expect\":2,\"reason\":\"tried\"}");
    assertThat(back.status()).as(back.body()).isEqualTo(201);
    Thread.sleep(1000);
    assertThat(here.job(Map.of("run_id", "904")).decide(BUILD).json().path("decision").asString())
        .isEqualTo("allow");
  }

  @Test
  void a_waiver_given_on_one_node_counts_on_the_other_and_ended_there_counts_on_neither()
      throws Exception {
    String deploy = TestServer.deploy("staging", "77".repeat(32));
    TestServer.Client job = there.job(Map.of("run_id", "903"));
    String id = "";
    for (int i = 0; i < 2; i++) {
      long refusal = job.decide(deploy).json().path("entry").path("index").asLong();
      var waived =
          OwnerTest.post(
              OwnerTest.owner(here),
              "/v1/waivers",
              "{\"entry\":%d,\"reason\":\"hotfix\"}".formatted(refusal));
      assertThat(waived.status()).as(waived.body()).isEqualTo(201);
      id = waived.json().path("id").asString();
      // Within a second the other node has looked: then it is the next reason that refuses.
      Thread.sleep(Duration.ofMillis(1100));
    }
    assertThat(job.decide(deploy).json().path("decision").asString()).isEqualTo("allow");
    var ended =
        OwnerTest.post(
            OwnerTest.owner(there),
            "/v1/waivers/end",
            "{\"id\":\"%s\",\"reason\":\"mended\"}".formatted(id));
    assertThat(ended.json().path("uses").asLong()).as(ended.body()).isEqualTo(1);
    assertThat(job.decide(deploy).json().path("decision").asString()).isEqualTo("deny");
    Thread.sleep(Duration.ofMillis(1100));
    TestServer.Client same = here.job(Map.of("run_id", "904"));
    assertThat(same.decide(deploy).json().path("decision").asString()).isEqualTo("deny");
  }

  @Test
  void a_ci_token_counts_once_over_both_nodes() {
    String token = Job.token(Job.claims(java.time.Instant.now()));
    assertThat(here.new Client().exchange(token).status()).isEqualTo(200);
    assertThat(there.new Client().exchange(token).body()).contains("\"reason\":\"replayed\"");
  }

  @Test
  void a_ruling_of_one_node_is_given_again_by_the_other_under_its_retry_key() {
    TestServer.Client job = here.job(Map.of("run_id", "902"));
    var first = job.decide(BUILD, "key-902").json();
    TestServer.Client same = there.job(Map.of("run_id", "902"));
    var again = same.decide(BUILD, "key-902").json();
    assertThat(again.path("repeated").asBoolean()).isTrue();
    assertThat(again.path("entry").path("index").asLong())
        .isEqualTo(first.path("entry").path("index").asLong());
  }
}
