package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.db.RealPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole server on a real PostgreSQL: rules, restarts, and still knows what it ruled.
class OnPostgresTest {
  @Test
  void the_server_rules_and_restarts_on_postgresql(@TempDir Path folder) throws Exception {
    Path data = TestServer.configured(folder);
    Files.writeString(data.resolve("password"), "postgres");
    Files.writeString(
        data.resolve("config.yaml"),
        """
        postgresql:
          url: %s
          user: postgres
          passwordFile: password
        """
            .formatted(RealPostgres.freshUrl().replaceFirst("\\?.*", "")),
        StandardOpenOption.APPEND);
    String hex = "cd".repeat(32);
    String question = TestServer.deploy("staging", hex);
    String first;
    try (TestServer server = TestServer.start(data)) {
      var job = server.job();
      assertThat(job.evidence(TestServer.provenance(hex, TestServer.BUILD)).status())
          .isEqualTo(201);
      var ruled = job.decide(question, "key");
      assertThat(ruled.json().path("decision").asString()).as(ruled.body()).isEqualTo("allow");
      first = ruled.json().path("entry").toString();
    }
    assertThat(data.resolve("ledger.db")).doesNotExist();
    try (TestServer server = TestServer.start(data)) {
      var again = server.job().decide(question, "key").json();
      assertThat(again.path("repeated").asBoolean()).isTrue();
      assertThat(again.path("entry").toString()).isEqualTo(first);
    }
  }
}
