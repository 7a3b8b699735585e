package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// act plays the shop's workflow as a forge would: checkout, build, test, a secret, publish,
/// deploy.
///
/// act is another program than the forge's own runner: what is shown is that the steps of a
/// workflow go through every door unchanged, not how the forge hands out its tokens.
final class ActIT {
  private static final String BEARER = "bearer-of-one-job";
  private static final String SECRET = "hunter2/very \"secret\" value";

  /// @param when what stands before the command of each later step
  private static String workflow(String when) {
    return """
    name: release
    on: [push, pull_request]
    permissions: {}
    jobs:
      release:
        runs-on: ubuntu-latest
        permissions:
          contents: read
          id-token: write
        steps:
          - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
            with:
              persist-credentials: false
          - name: build
            run: '"$SALLYPORT" run --step build --product out/shop.jar $SESSION -- sh pipeline.sh build'
          - name: test
            run: '"$SALLYPORT" run --step test --junit "out/TEST-*.xml" $SESSION -- sh pipeline.sh test'
          - name: package
            %1$srun: '"$SALLYPORT" run --step build --name package --secret TOKEN=shop/registry $SESSION -- sh -c ''echo "with $(cat "$TOKEN_FILE")"'''
          - name: publish
            id: publish
            %1$srun: |
              digest=$("$SALLYPORT" publish out/shop.jar --repository acme/shop --tag v1 $SESSION)
              echo "digest=$digest" >>"$GITHUB_OUTPUT"
          - name: deploy
            %1$srun: '"$SALLYPORT" deploy shop --env prod --artifact "${{ steps.publish.outputs.digest || env.KNOWN }}" --repository acme/shop --wait $SESSION'
    """
        .formatted(when);
  }

  @Test
  void a_workflow_goes_through_every_door_and_a_changed_one_through_none() throws Exception {
    String act = SharedData.peer("act").toString();
    Shop shop = Shop.open();
    try (var house = new WholeHouse("act", "", "")) {
      Files.writeString(shop.repo().resolve(".github/workflows/release.yml"), workflow(""));
      shop.play("as alice signed_with alice commit -q -S -a -m 'Deliver through the doors'");
      keepSecret(house);
      var forge = new Forge(house, act, shop);

      Program.Answer released = forge.play("push", Map.of(), "");
      assertThat(released.exitCode()).as("%s", released).isZero();
      assertThat(released.out()).contains("with [secret]", "LIVE").doesNotContain("hunter2");
      JsonNode place = house.place(house.owner());
      String digest = place.path("reported").asString();
      assertThat(digest).startsWith("sha256:").isEqualTo(place.path("expected").asString());
      requireDoors(house, digest);

      // Somebody changes the workflow in a branch, so that nothing holds it up, and asks for
      // review.
      shop.play("branch quiet");
      Files.writeString(
          shop.repo().resolve(".github/workflows/release.yml"), workflow("if: always()\n        "));
      shop.play("as mallory signed_with mallory commit -q -S -a -m 'Nicer wording'");
      long before = house.size();
      Program.Answer asked =
          forge.play(
              "pull_request",
              Map.of("event_name", "pull_request", "ref", "refs/pull/7/merge"),
              digest);
      assertThat(asked.exitCode()).as("%s", asked).isEqualTo(1);
      assertThat(asked.out()).doesNotContain("LIVE").doesNotContain("with [secret]");
      requireRefused(house, before, "readSecret", "publish", "deploy");

      // Nor does the secret come out to a push of that branch, where unreviewed pipelines get none.
      house.reconfigure("profile: baseline", "profile: strict");
      before = house.size();
      Program.Answer pushed = forge.play("push", Map.of("ref", "refs/heads/quiet"), digest);
      assertThat(pushed.exitCode()).as("%s", pushed).isEqualTo(1);
      assertThat(pushed.out())
          .contains("no-secret-for-unreviewed-pipelines")
          .doesNotContain("with [secret]", "LIVE");
      requireRefused(house, before, "readSecret", "publish", "deploy");
      assertThat(house.place(house.owner()).path("reported").asString()).isEqualTo(digest);
    }
  }

  private static void keepSecret(WholeHouse house) {
    WholeHouse.Caller owner = house.owner();
    String value =
        java.util.Base64.getEncoder().encodeToString(SECRET.getBytes(StandardCharsets.UTF_8));
    owner
        .ask("PUT", "/v1/secrets", "{\"path\":\"shop/registry\",\"value\":\"%s\"}".formatted(value))
        .ok();
    owner
        .ask(
            "PUT",
            "/v1/secrets/policy",
            """
            {"path":"shop/registry","repositories":["git.example/1111"],
             "refs":["refs/heads/main","refs/heads/quiet"],"steps":["package"]}
            """)
        .ok();
  }

  /// One entry of each door, all of one run.
  private static void requireDoors(WholeHouse house, String digest) {
    List<JsonNode> entries = house.entries(house.owner(), 0);
    for (String door :
        List.of(
            "step succeeded",
            "secret leased",
            "secret ended",
            "token minted",
            "ticket redeemed",
            "deployment live")) {
      assertThat(entries)
          .as(door)
          .anyMatch(entry ->
              door.equals(entry.path("type").asString() + " " + entry.path("outcome").asString()));
    }
    for (String action : List.of("build", "test", "readSecret", "publish", "deploy")) {
      assertThat(rulings(entries, action)).as(action).contains("allowed").doesNotContain("denied");
    }
    assertThat(entries)
        .filteredOn(entry -> entry.path("outcome").asString().equals("live"))
        .singleElement()
        .matches(entry -> entry.path("subject").toString().contains(digest));
  }

  private static List<String> rulings(List<JsonNode> entries, String action) {
    return entries.stream()
        .filter(entry -> entry.path("type").asString().equals("decision"))
        .filter(entry -> entry.path("action").asString().equals(action))
        .map(entry -> entry.path("outcome").asString())
        .toList();
  }

  private static void requireRefused(WholeHouse house, long first, String... actions) {
    List<JsonNode> entries = house.entries(house.owner(), first);
    for (String action : actions) {
      assertThat(rulings(entries, action))
          .as("%s in %s", action, entries)
          .isNotEmpty()
          .doesNotContain("allowed");
    }
  }

  /// The forge: it has a job played, and gives it its token.
  private static final class Forge {
    private final WholeHouse house;
    private final String act;
    private final Shop shop;
    private int runs;

    Forge(WholeHouse house, String act, Shop shop) {
      this.house = house;
      this.act = act;
      this.shop = shop;
    }

    /// Plays the workflow of what is checked out.
    ///
    /// @param claims how the job's token differs from one of the main branch
    /// @param known a digest that the job may try where it could not publish
    Program.Answer play(String event, Map<String, String> claims, String known) throws IOException {
      String commit = shop.git("rev-parse", "HEAD");
      var all = new TreeMap<>(claims);
      all.put("job_workflow_sha", commit);
      String token = house.issuer().token("act-" + ++runs, commit, all);
      HttpServer issuer =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      issuer.createContext(
          "/token",
          exchange -> {
            boolean ours =
                ("bearer " + BEARER).equals(exchange.getRequestHeaders().getFirst("Authorization"))
                    && "v=1&audience=sallyport".equals(exchange.getRequestURI().getQuery());
            byte[] body =
                ours
                    ? Program.JSON.writeValueAsBytes(Map.of("value", token))
                    : "{}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(ours ? 200 : 401, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      issuer.start();
      Path folder = house.folder();
      Path session = folder.resolve("session-" + runs);
      try {
        List<String> command = new ArrayList<>(List.of(act, event));
        command.addAll(
            List.of("-P", "ubuntu-latest=-self-hosted", "--no-cache-server", "--rm", "-j"));
        command.addAll(
            List.of("release", "--action-cache-path", folder.resolve("act-cache").toString()));
        Map<String, String> environment =
            Map.of(
                "SALLYPORT",
                Program.launcher().toString(),
                "SESSION",
                "--data " + house.data() + " --session " + session,
                "KNOWN",
                known,
                "JAVA_HOME",
                System.getProperty("java.home"),
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                "http://127.0.0.1:" + issuer.getAddress().getPort() + "/token?v=1",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                BEARER);
        environment.forEach((name, value) -> command.addAll(List.of("--env", name + "=" + value)));
        return Program.run(shop.repo(), Map.of("XDG_CONFIG_HOME", folder.toString()), command);
      } finally {
        issuer.stop(0);
      }
    }
  }
}
