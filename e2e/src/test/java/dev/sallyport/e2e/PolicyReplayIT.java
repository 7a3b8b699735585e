package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// From audit to block at a terminal: what was seen is proposed as policy, and what that refuses is
/// waived.
class PolicyReplayIT {
  private static final LocalIssuer ISSUER = new LocalIssuer();
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private static Path folder = Path.of("");
  private static int runs;

  @BeforeAll
  static void start() throws IOException {
    folder = Program.scratch("policy-replay");
    Path data = Files.createDirectories(folder.resolve("data"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(data.resolve("jwks.json"), ISSUER.keySet());
    Files.writeString(
        data.resolve("config.yaml"),
        """
        profile: observe
        issuers:
          - url: %s
            forge: git.example
            kind: github
            audience: sallyport
            jwksFile: jwks.json
            trusted:
              repository_owner_id: ["4242"]
        environments:
          - id: prod
            production: true
            sources: [git.example/1111]
          - id: staging
            production: false
            sources: [git.example/1111]
        repositories:
          - id: git.example/1111
            name: acme/shop
        """
            .formatted(LocalIssuer.URL));
    Program.Answer up = Program.sallyport(folder, "up", "--data", "data", "--port", "0");
    assertThat(up.exitCode()).as("%s", up).isZero();
  }

  @AfterAll
  static void stop() {
    Program.sallyport(folder, "down", "--data", "data");
  }

  private static Program.Answer policy(String... arguments) {
    var all = new ArrayList<String>(List.of("policy"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--data", "data"));
    return Program.sallyport(folder, all.toArray(String[]::new));
  }

  /// A run of the shop asks to deploy.
  private static Program.Answer deploy(String environment) throws IOException {
    Path token = folder.resolve("token");
    Files.writeString(token, ISSUER.token(Integer.toString(100 + ++runs), COMMIT, Map.of()));
    return Program.sallyport(
        folder,
        "decide",
        "deploy",
        "--to",
        environment,
        "--artifact",
        "sha256:" + "ab".repeat(32),
        "--token-file",
        "token",
        "--data",
        "data",
        "--json");
  }

  private static String entry(Program.Answer decided) {
    return Long.toString(decided.json().path("entry").path("index").asLong());
  }

  @Test
  void what_was_seen_becomes_policy_and_what_that_refuses_is_waived() throws IOException {
    assertThat(deploy("prod").exitCode()).isZero();
    assertThat(deploy("prod").exitCode()).isZero();

    // Its exit code is one of its own: a flip is no refusal.
    Program.Answer against =
        Program.run(
            folder,
            Map.of(),
            List.of(
                Program.launcher().toString(),
                "policy",
                "replay",
                "--against",
                "baseline",
                "--data",
                "data"));
    assertThat(against.exitCode()).as("%s", against).isEqualTo(3);
    assertThat(against.out())
        .contains(
            "ALLOW->DENY",
            "run git.example/1111/101  deploy Environment prod",
            "    forbidden by `named-artifact-is-proved`",
            "     2  ALLOW->DENY  by `named-artifact-is-proved`",
            "2 ALLOW->DENY, 0 DENY->ALLOW; 0 could not be replayed");

    Program.Answer proposed = policy("propose", "--out", "proposed");
    assertThat(proposed.exitCode()).as("%s", proposed).isZero();
    assertThat(proposed.out())
        .contains(
            "acme/shop (git.example/1111): 2 decisions of 2 runs would have been refused",
            "     2  by `named-artifact-is-proved`: hand in an attestation",
            "             2  context.facts.artifact.proved",
            "proposed/baseline.cedar",
            "proposed/seen.cedar");
    assertThat(proposed.err()).contains("2 exemptions; replayed with them: ", " 0 ALLOW->DENY");
    assertThat(Files.readString(folder.resolve("proposed/baseline.cedar")))
        .contains(
            "// exempt: deploy Environment::\"prod\" by runs of Repository::\"git.example/1111\"");
    assertThat(policy("replay", "--against", "proposed").exitCode()).isZero();
    assertThat(policy("propose", "--out", "proposed").exitCode()).isEqualTo(2);

    Program.Answer published =
        policy("publish", "proposed", "--reason", "enough was seen", "--yes");
    assertThat(published.exitCode()).as("%s", published).isZero();
    assertThat(deploy("prod").exitCode()).isZero();
    Program.Answer refused = deploy("staging");
    assertThat(refused.exitCode()).isEqualTo(1);

    Program.Answer why = policy("why-not", entry(refused));
    assertThat(why.exitCode()).as("%s", why).isEqualTo(1);
    assertThat(why.out())
        .contains(
            "forbid `named-artifact-is-proved`",
            "context.facts.artifact.proved is false",
            "the fewest facts that would turn it:",
            "artifact.proved is true, not false");

    Program.Answer waived =
        policy("waive", entry(refused), "--reason", "release night", "--for", "2h");
    assertThat(waived.exitCode()).as("%s", waived).isZero();
    assertThat(waived.out())
        .contains(
            "`named-artifact-is-proved` for repository:git.example/1111 to deploy"
                + " environment:staging with sha256:abab");
    Program.Answer unpermitted = deploy("staging");
    assertThat(unpermitted.exitCode()).isEqualTo(1);
    assertThat(policy("waive", entry(unpermitted), "--reason", "release night").exitCode())
        .isZero();
    Program.Answer through = deploy("staging");
    assertThat(through.exitCode()).as("%s", through).isZero();
    assertThat(through.json().path("reasons").toString()).contains("is waived by `");

    Program.Answer shown = policy("waivers", "--json");
    assertThat(shown.json().path("waivers")).hasSize(2);
    assertThat(policy("waivers").out().lines())
        .hasSize(2)
        .allMatch(line -> line.contains("  used 1 time, ") && line.endsWith("release night"));
    String id = shown.json().path("waivers").path(0).path("id").asString();
    assertThat(policy("waive", "--end", id, "--reason", "mended").out()).startsWith("ended: ");
    assertThat(deploy("staging").exitCode()).isEqualTo(1);
    assertThat(policy("waivers").out().lines()).hasSize(1);
    assertThat(policy("waive", "0", "--reason", "x").err()).contains("no ruling on a question");
    assertThat(policy("waive", entry(through), "--reason", "x").exitCode()).isEqualTo(2);
  }
}
