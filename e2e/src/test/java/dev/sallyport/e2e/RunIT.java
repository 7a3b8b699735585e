package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// `sallyport run` and the door of the registry as a CI job uses them: real processes all.
final class RunIT {
  private static final String SECRET = "hunter2/very \"secret\" value";

  private static final LocalIssuer ISSUER = new LocalIssuer();
  private static Path folder = Path.of("");
  private static String commit = "";
  private static @Nullable Process registry;
  private static int runs;

  @BeforeAll
  static void start() throws IOException {
    folder = Program.scratch("run");
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(data.resolve("jwks.json"), ISSUER.keySet());
    registry =
        new ProcessBuilder(
                Program.launcher().toString(),
                "example-registry",
                "--folder",
                folder.resolve("registry").toString())
            .redirectErrorStream(true)
            .start();
    String line =
        new BufferedReader(new InputStreamReader(registry.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
    Files.writeString(
        data.resolve("config.yaml"),
        """
        profile: baseline
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
        repositories:
          - id: git.example/1111
            name: acme/shop
            urls: ["https://git.example/acme/shop"]
            starters: [git.example/1]
        registry:
          upstream: %s
          repositories:
            acme/shop: [git.example/1111]
        """
            .formatted(LocalIssuer.URL, line.substring(line.indexOf("http"))));
    Path repo = Files.createDirectories(folder.resolve("repo"));
    Files.createDirectories(repo.resolve(".github/workflows"));
    Files.writeString(repo.resolve(".github/workflows/ci.yml"), "on: push\n");
    Files.writeString(
        repo.resolve("package-lock.json"),
        """
        {"name":"shop","lockfileVersion":3,
         "packages":{"node_modules/left-pad":{"version":"1.3.0"}}}
        """);
    Program.must(repo, "git", "init", "-q");
    Program.must(repo, "git", "add", "-A");
    Program.must(
        repo, "git", "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "one");
    commit = Program.must(repo, "git", "rev-parse", "HEAD");
    Program.Answer up = Program.sallyport(folder, "up", "--data", "data", "--port", "0");
    assertThat(up.exitCode()).as("%s", up).isZero();
    Program.Answer put =
        Program.run(
            folder,
            Map.of("VALUE", SECRET),
            List.of(
                "sh",
                "-c",
                "printf %s \"$VALUE\" | \"$0\" secret put shop/registry --data data",
                Program.launcher().toString()));
    assertThat(put.exitCode()).as("%s", put).isZero();
    Program.Answer declared =
        Program.sallyport(
            folder,
            "secret",
            "policy",
            "shop/registry",
            "--repository",
            "git.example/1111",
            "--for-step",
            "package",
            "--data",
            "data");
    assertThat(declared.exitCode()).as("%s", declared).isZero();
  }

  @AfterAll
  static void stop() {
    Program.sallyport(folder, "down", "--data", "data");
    if (registry != null) {
      registry.descendants().forEach(ProcessHandle::destroy);
      registry.destroy();
    }
  }

  /// A job: its token and the session that its commands share.
  private record Job(Map<String, String> environment, String session) {}

  private static Job job(Map<String, String> claims) {
    runs++;
    return new Job(
        Map.of("SALLYPORT_ID_TOKEN", ISSUER.token("run" + runs, commit, claims)),
        folder.resolve("session" + runs).toString());
  }

  private static List<String> words(Job job, List<String> before, String... command) {
    List<String> words = new ArrayList<>(List.of(Program.launcher().toString()));
    words.addAll(before);
    words.addAll(List.of("--data", "../data", "--session", job.session()));
    if (command.length > 0) {
      words.add("--");
      words.addAll(List.of(command));
    }
    return words;
  }

  private static Program.Answer run(Job job, List<String> before, String... command) {
    return Program.run(folder.resolve("repo"), job.environment(), words(job, before, command));
  }

  @Test
  void a_step_gets_its_secret_and_its_output_shows_none_of_it() throws IOException {
    Program.Answer answer =
        run(
            job(Map.of()),
            List.of(
                "run",
                "--step",
                "build",
                "--name",
                "package",
                "--secret",
                "TOKEN=shop/registry",
                "--env",
                "TOKEN",
                "--product",
                "out.txt"),
            "sh",
            "-c",
            """
            test "$(cat "$TOKEN_FILE")" = "$TOKEN" && echo file
            test "$(cat <&"$SALLYPORT_FD_TOKEN")" = "$TOKEN" && echo descriptor
            test "$(stat -c %a "$TOKEN_FILE")" = 600 && echo private
            test "$(stat -f -c %T "$TOKEN_FILE")" = tmpfs && echo memory
            echo "raw $TOKEN"; printf %s "$TOKEN" | base64 -w0; echo; printf %s "$TOKEN" | od -An -tx1 | tr -d ' \\n'; echo
            echo "id token [$SALLYPORT_ID_TOKEN]"
            tr '\\0' ' ' < /proc/$PPID/cmdline | grep -c "$(printf 'hunter%s' 2)"
            echo "$TOKEN_FILE" > where
            echo product > out.txt; echo problem >&2; exit 7
            """);
    assertThat(answer.exitCode()).as("%s", answer).isEqualTo(7);
    assertThat(answer.out().lines())
        .contains("file", "descriptor", "private", "memory", "raw [secret]", "id token []", "0");
    assertThat(answer.out()).doesNotContain("hunter2", "aHVudGVyMi", "68756e746572");
    assertThat(answer.err()).isEqualTo("problem\n");
    Path where = Path.of(Files.readString(folder.resolve("repo/where")).strip());
    assertThat(where).doesNotExist();
    assertThat(where.getParent()).doesNotExist();
    // Nor does anything that the server keeps.
    try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
            .as("%s", file)
            .doesNotContain("hunter2");
      }
    }
  }

  @Test
  void r49_a_build_that_somebody_starts_who_may_not_never_begins() {
    Path never = folder.resolve("repo/never");
    Program.Answer answer =
        run(
            job(Map.of("actor_id", "666")),
            List.of("run", "--step", "build"),
            "touch",
            never.toString());
    assertThat(answer.exitCode()).as("%s", answer).isEqualTo(1);
    assertThat(answer.out()).isEmpty();
    assertThat(answer.err()).contains("DENY", "started-by-declared-people", "starter");
    assertThat(never).doesNotExist();
  }

  @Test
  void r21_a_step_that_has_no_need_of_a_secret_does_not_run_with_it() {
    Path never = folder.resolve("repo/never-either");
    Program.Answer answer =
        run(
            job(Map.of()),
            List.of("run", "--step", "build", "--secret", "TOKEN=shop/registry"),
            "touch",
            never.toString());
    assertThat(answer.exitCode()).as("%s", answer).isEqualTo(1);
    assertThat(answer.err()).contains("DENY", "secret-for-declared-step");
    assertThat(never).doesNotExist();
  }

  @Test
  void r41_a_hand_made_result_file_is_no_test() throws IOException {
    Job job = job(Map.of());
    Path results = Files.createDirectories(folder.resolve("repo/results"));
    Path old = results.resolve("TEST-old.xml");
    Files.writeString(old, "<testsuite><testcase name='made up'/></testsuite>");
    Files.setLastModifiedTime(old, FileTime.fromMillis(0));
    Program.Answer made =
        run(job, List.of("run", "--step", "test", "--junit", "results/*.xml"), "true");
    assertThat(made.exitCode()).as("%s", made).isEqualTo(2);
    assertThat(made.err()).contains("no result file of this step");
    Program.Answer real =
        run(
            job,
            List.of("run", "--step", "test", "--junit", "results/*.xml"),
            "sh",
            "-c",
            "echo '<testsuite><testcase/></testsuite>' > results/TEST-new.xml");
    assertThat(real.exitCode()).as("%s", real).isZero();
  }

  @Test
  void a_command_that_cannot_be_started_is_recorded_and_said() {
    Program.Answer answer =
        run(job(Map.of()), List.of("run", "--step", "build"), "no-such-command-here");
    assertThat(Program.held(answer).exitCode()).as("%s", answer).isEqualTo(2);
    assertThat(answer.err()).contains("couldn't start `no-such-command-here`");
  }

  @Test
  void told_to_end_it_ends_its_command_and_leaves_no_secret_behind() throws Exception {
    Job job = job(Map.of());
    Path where = folder.resolve("repo/where-abandoned");
    ProcessBuilder builder =
        new ProcessBuilder(
                words(
                    job,
                    List.of(
                        "run",
                        "--step",
                        "build",
                        "--name",
                        "package",
                        "--secret",
                        "TOKEN=shop/registry"),
                    "sh",
                    "-c",
                    "trap 'echo told; exit 9' TERM; echo \"$TOKEN_FILE\" > where-abandoned;"
                        + " while :; do sleep 0.1; done"))
            .directory(folder.resolve("repo").toFile())
            .redirectErrorStream(true);
    builder.environment().putAll(job.environment());
    Process process = builder.start();
    long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!(Files.exists(where) && Files.size(where) > 1) && System.nanoTime() < patience) {
      Thread.sleep(50);
    }
    Path secret = Path.of(Files.readString(where).strip());
    assertThat(secret).exists();
    process.toHandle().destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(out).contains("told");
    assertThat(secret).doesNotExist();
    // Its end is in the log, and its lease is over: the ledger says so to whoever reads it.
    assertThat(
            new String(
                Files.readAllBytes(folder.resolve("data/ledger.db-wal")),
                StandardCharsets.ISO_8859_1))
        .contains("\"outcome\":\"abandoned\"");
  }

  @Test
  void real_clients_push_and_pull_through_the_door_unchanged() throws IOException {
    String crane = SharedData.peer("crane").toString();
    String oras = SharedData.peer("oras").toString();
    Job job = job(Map.of());
    assertThat(run(job, List.of("run", "--step", "build"), "true").exitCode()).isZero();
    Path config = folder.resolve("docker/config.json");
    Program.Answer login =
        run(job, List.of("registry", "login", "acme/shop", "--config", config.toString()));
    assertThat(login.exitCode()).as("%s", login).isZero();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(config)))
        .isEqualTo("rw-------");
    String at = login.out().strip() + "/acme/shop";
    Map<String, String> environment =
        Map.of(
            "DOCKER_CONFIG", folder.resolve("docker").toString(),
            "SSL_CERT_FILE", folder.resolve("data/ca.pem").toString());
    Path work = Files.createDirectories(folder.resolve("images"));
    Files.write(work.resolve("big"), new byte[3_000_000]);
    Program.must(work, "tar", "cf", "layer.tar", "big");
    for (List<String> words :
        List.of(
            List.of(crane, "append", "-f", "layer.tar", "-t", at + ":v1"),
            List.of(crane, "pull", at + ":v1", "pulled.tar"),
            List.of(crane, "validate", "--remote", at + ":v1"),
            List.of(oras, "push", at + ":notes", "big:text/plain"),
            List.of(oras, "pull", at + ":notes", "-o", "back"))) {
      Program.Answer answer = Program.run(work, environment, words);
      assertThat(answer.exitCode()).as("%s: %s", words, answer).isZero();
    }
    assertThat(Files.mismatch(work.resolve("big"), work.resolve("back/big"))).isEqualTo(-1);
    String digest =
        Program.run(work, environment, List.of(crane, "digest", at + ":v1")).out().strip();
    // What the door saw is proof enough to deploy it, and a hold is enough to stop it.
    Program.Answer deploy =
        run(job, List.of("decide", "deploy", "--artifact", digest, "--to", "prod"));
    assertThat(deploy.exitCode()).as("%s", deploy).isZero();
    Program.Answer held =
        Program.sallyport(
            folder, "hold", "set", "digest:" + digest, "--reason", "poisoned", "--data", "data");
    assertThat(held.exitCode()).as("%s", held).isZero();
    Program.Answer pulled =
        Program.run(work, environment, List.of(crane, "pull", at + ":v1", "never.tar"));
    assertThat(pulled.exitCode()).isNotZero();
    assertThat(pulled.err()).contains("DENIED", "poisoned");
    // An image that no permitted build of its run made stays out.
    Job thief = job(Map.of());
    run(thief, List.of("registry", "login", "acme/shop", "--config", config.toString()));
    Program.Answer pushed =
        Program.run(
            work, environment, List.of(crane, "append", "-f", "layer.tar", "-t", at + ":evil"));
    // The same bytes were seen before, so that they are good; others are not.
    Files.write(work.resolve("big"), new byte[] {1, 2, 3});
    Program.must(work, "tar", "cf", "evil.tar", "big");
    Program.Answer evil =
        Program.run(
            work, environment, List.of(crane, "append", "-f", "evil.tar", "-t", at + ":evil"));
    assertThat(pushed.exitCode()).as("held bytes: %s", pushed).isNotZero();
    assertThat(evil.exitCode()).as("%s", evil).isNotZero();
    assertThat(evil.err()).contains("DENIED");
  }
}
