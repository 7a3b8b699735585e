package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// With `observe` in force nothing is refused, and each decision says what would have been.
class ObserveTest {
  private static final String BUILD =
      """
      {"action":"build","resource":{"type":"Repository","id":"github.com/345"}}\
      """;

  @Test
  void what_the_other_profiles_would_have_refused_stands_beside_what_was_allowed(
      @TempDir Path folder) throws Exception {
    Path data = TestServer.configured(folder);
    Path config = data.resolve("config.yaml");
    Files.writeString(
        config, Files.readString(config).replace("profile: baseline", "profile: observe"));
    try (TestServer server = TestServer.start(data)) {
      var job = server.job();
      JsonNode deploy = why(server, job.decide(TestServer.deploy("staging", "ab".repeat(32))));
      assertThat(deploy.path("wouldRefuse").path("baseline").path("outcome").asString())
          .isEqualTo("forbidden");
      assertThat(deploy.path("wouldRefuse").path("baseline").path("policies").toString())
          .isEqualTo("[\"named-artifact-is-proved\"]");
      assertThat(deploy.path("wouldRefuse").path("strict").path("policies").toString())
          .contains("named-artifact-is-proved", "tested-before-deploy");
      assertThat(deploy.path("wouldRefuse").has("observe")).isFalse();

      JsonNode build = why(server, job.decide(BUILD));
      assertThat(build.has("wouldRefuse")).as(build.toString()).isFalse();
      assertThat(build.path("case").path("resource").path("id").asString())
          .isEqualTo("github.com/345");
      assertThat(build.has("holds")).isFalse();
    }
  }

  /// The body of the entry that an answer names.
  private static JsonNode why(TestServer server, TestServer.Answer answer) {
    assertThat(answer.json().path("decision").asString()).as(answer.body()).isEqualTo("allow");
    long index = answer.json().path("entry").path("index").asLong();
    return server
        .send(server.owner().request("GET", "/v1/detect/entries?from=" + index, "").build())
        .json()
        .path("entries")
        .path(0)
        .path("why");
  }
}
