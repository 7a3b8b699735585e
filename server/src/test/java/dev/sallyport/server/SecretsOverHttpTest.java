package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.TestServer.Answer;
import dev.sallyport.server.TestServer.Client;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Secrets against a real server: who gets one, and that its value is nowhere else.
class SecretsOverHttpTest {
  private static final String COMMIT = "ab".repeat(20);

  @TempDir Path folder;

  private static Client job(TestServer server, Map<String, Object> more) {
    var claims = new HashMap<String, Object>(more);
    claims.putIfAbsent("run_id", UUID.randomUUID().toString());
    claims.putIfAbsent("sha", COMMIT);
    return server.job(claims);
  }

  private static String step(TestServer server, Client job, String action, String name) {
    Answer answer =
        server.send(
            job.request(
                    "POST",
                    "/v1/steps",
                    """
                    {"action":"%s","step":"%s","commit":"%s","isolation":"same-user"}
                    """
                        .formatted(action, name, COMMIT))
                .build());
    assertThat(answer.json().path("decision").asString()).as(answer.body()).isEqualTo("allow");
    return answer.json().path("step").asString();
  }

  private static Answer put(TestServer server, Client owner, String path, String value) {
    return server.send(
        owner
            .request(
                "PUT",
                "/v1/secrets",
                "{\"path\":\"%s\",\"value\":\"%s\"}"
                    .formatted(
                        path,
                        Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))))
            .build());
  }

  private static void declare(TestServer server, Client owner, String body) {
    Answer answer = server.send(owner.request("PUT", "/v1/secrets/policy", body).build());
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  private static Answer read(TestServer server, Client job, String step, String path) {
    return server.send(
        job.request(
                "POST",
                "/v1/steps/secrets",
                "{\"step\":\"%s\",\"path\":\"%s\",\"name\":\"TOKEN\"}".formatted(step, path))
            .build());
  }

  private static Answer readAgain(TestServer server, Client job, String step, String path) {
    return server.send(
        job.request(
                "POST",
                "/v1/steps/secrets",
                "{\"step\":\"%s\",\"path\":\"%s\",\"name\":\"TOKEN\"}".formatted(step, path))
            .header("Idempotency-Key", "again")
            .build());
  }

  @Test
  void under_one_retry_key_neither_a_newer_version_nor_another_step_is_read_unrecorded()
      throws IOException {
    try (TestServer server = TestServer.start(TestServer.configured(folder))) {
      Client owner = server.owner();
      put(server, owner, "payments/db", "one");
      declare(server, owner, "{\"path\":\"payments/db\",\"repositories\":[\"github.com/345\"]}");
      Client job = job(server, Map.of());
      String step = step(server, job, "build", "package");
      Answer first = readAgain(server, job, step, "payments/db");
      assertThat(first.status()).as(first.body()).isEqualTo(200);
      assertThat(readAgain(server, job, step, "payments/db").json()).isEqualTo(first.json());
      put(server, owner, "payments/db", "two");
      Answer newer = readAgain(server, job, step, "payments/db");
      assertThat(newer.json().path("version").asLong()).isEqualTo(2);
      assertThat(newer.json().path("lease")).isNotEqualTo(first.json().path("lease"));
      String same = step(server, job, "build", "package");
      Answer elsewhere = readAgain(server, job, same, "payments/db");
      assertThat(elsewhere.json().path("lease")).isNotEqualTo(newer.json().path("lease"));
      assertThat(end(server, job, step).status()).isEqualTo(200);
      assertThat(readAgain(server, job, same, "payments/db").status()).isEqualTo(200);
    }
  }

  private static Answer end(TestServer server, Client job, String step) {
    return server.send(
        HttpRequest.newBuilder(server.at("/v1/steps/end"))
            .header("DPoP", job.proof("POST", "/v1/steps/end", null))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"step\":\"" + step + "\",\"exit\":0,\"seconds\":1}"))
            .build());
  }

  @Test
  void a_secret_is_put_declared_read_in_its_step_and_nowhere_else() throws IOException {
    String value = "s3cr3t-" + UUID.randomUUID();
    Path data = TestServer.configured(folder);
    try (TestServer server = TestServer.start(data)) {
      Client owner = server.owner();
      Answer kept = put(server, owner, "payments/db", value);
      assertThat(kept.status()).as(kept.body()).isEqualTo(201);
      assertThat(kept.json().path("version").asLong()).isEqualTo(1);
      assertThat(put(server, owner, "payments/db", value).json().path("version").asLong())
          .isEqualTo(2);
      Client job = job(server, Map.of());
      String step = step(server, job, "build", "package");
      // Nothing is declared, so nobody may.
      assertThat(read(server, job, step, "payments/db").status()).isEqualTo(403);
      declare(
          server,
          owner,
          """
          {"path":"payments/db","repositories":["github.com/345"],"steps":["package"],
           "refs":["refs/heads/main"]}
          """);
      Answer read = read(server, job, step, "payments/db");
      assertThat(read.status()).as(read.body()).isEqualTo(200);
      assertThat(
              new String(
                  Base64.getDecoder().decode(read.json().path("value").asString()),
                  StandardCharsets.UTF_8))
          .isEqualTo(value);
      assertThat(read.json().path("version").asLong()).isEqualTo(2);
      Answer listed = server.send(owner.request("GET", "/v1/secrets", "").build());
      assertThat(listed.body()).contains("payments/db", "package").doesNotContain(value);
      assertThat(end(server, job, step).status()).isEqualTo(200);
      // The step is over, and with it every reading.
      assertThat(read(server, job, step, "payments/db").status()).isEqualTo(409);
    }
    // Neither the value nor a common form of it stands in anything that the server keeps.
    byte[] raw = value.getBytes(StandardCharsets.UTF_8);
    List<String> forms =
        List.of(
            value,
            Base64.getEncoder().encodeToString(raw),
            Base64.getUrlEncoder().withoutPadding().encodeToString(raw),
            HexFormat.of().formatHex(raw));
    try (Stream<Path> files = Files.walk(data)) {
      List<Path> kept = files.filter(Files::isRegularFile).toList();
      assertThat(kept).anyMatch(file -> file.endsWith("ledger.db"));
      for (Path file : kept) {
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        forms.forEach(form -> assertThat(text.contains(form)).as("%s in %s", form, file).isFalse());
      }
    }
  }

  @Test
  void r21_a_build_that_has_no_need_of_a_secret_does_not_get_it() throws IOException {
    try (TestServer server = TestServer.start(TestServer.configured(folder))) {
      Client owner = server.owner();
      put(server, owner, "other/token", "value of another team");
      declare(server, owner, "{\"path\":\"other/token\",\"repositories\":[\"github.com/777\"]}");
      put(server, owner, "shop/deploy", "value for deploys");
      declare(
          server,
          owner,
          """
          {"path":"shop/deploy","repositories":["github.com/345"],"steps":["ship"],
           "refs":["refs/heads/main"]}
          """);
      Client job = job(server, Map.of());
      String build = step(server, job, "build", "build");
      // Another team's, and one for another step of its own pipeline.
      for (String path : List.of("other/token", "shop/deploy")) {
        Answer refused = read(server, job, build, path);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.body()).doesNotContain("value");
        assertThat(refused.json().path("advice").toString()).contains("declare");
      }
      // From a branch that is not declared.
      Client branch = job(server, Map.of("ref", "refs/heads/evil"));
      assertThat(
              read(server, branch, step(server, branch, "build", "ship"), "shop/deploy").status())
          .isEqualTo(403);
      // In a step that another run began, or with no step at all.
      Client ship = job(server, Map.of());
      String step = step(server, ship, "build", "ship");
      assertThat(read(server, job, step, "shop/deploy").status()).isEqualTo(409);
      assertThat(read(server, job, "00".repeat(16), "shop/deploy").status()).isEqualTo(409);
      assertThat(read(server, ship, step, "shop/deploy").status()).isEqualTo(200);
      // Jobs put, declare and list nothing.
      assertThat(put(server, job, "shop/deploy", "mine now").status()).isEqualTo(403);
      assertThat(server.send(job.request("GET", "/v1/secrets", "").build()).status())
          .isEqualTo(403);
      assertThat(
              server
                  .send(
                      job.request(
                              "PUT",
                              "/v1/secrets/policy",
                              "{\"path\":\"other/token\",\"repositories\":[\"github.com/345\"]}")
                          .build())
                  .status())
          .isEqualTo(403);
    }
  }

  @Test
  void sealed_without_its_key_and_everything_else_runs_on() throws IOException {
    Path data = TestServer.configured(folder);
    try (TestServer server = TestServer.start(data)) {
      Client owner = server.owner();
      put(server, owner, "a", "value");
      declare(server, owner, "{\"path\":\"a\",\"repositories\":[\"github.com/345\"]}");
    }
    Files.delete(data.resolve("secrets.key"));
    try (TestServer server = TestServer.start(data)) {
      Client job = job(server, Map.of());
      String step = step(server, job, "build", "build");
      Answer read = read(server, job, step, "a");
      assertThat(read.status()).isEqualTo(503);
      assertThat(read.json().path("type").asString()).isEqualTo("urn:sallyport:problem:sealed");
      Answer put = put(server, server.owner(), "b", "value");
      assertThat(put.json().path("type").asString()).isEqualTo("urn:sallyport:problem:sealed");
      assertThat(data.resolve("secrets.key")).doesNotExist();
    }
  }

  @Test
  void what_is_no_secret_is_refused_and_never_quoted() throws IOException {
    try (TestServer server = TestServer.start(TestServer.configured(folder))) {
      Client owner = server.owner();
      for (String path : List.of("../x", "a//b", "/a", "a/", "a b", "*", "a/../b", "")) {
        assertThat(put(server, owner, path, "value").status()).as(path).isEqualTo(400);
      }
      Answer malformed =
          server.send(
              owner
                  .request("PUT", "/v1/secrets", "{\"path\":\"a\",\"value\":\"not~base64\"}")
                  .build());
      assertThat(malformed.status()).isEqualTo(400);
      assertThat(malformed.body()).doesNotContain("not~base64");
      assertThat(put(server, owner, "big", "x".repeat(64 * 1024)).status()).isEqualTo(201);
      assertThat(put(server, owner, "big", "x".repeat(64 * 1024 + 1)).status()).isEqualTo(400);
    }
  }
}
