package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A job whose steps share one process sees what a job sees whose steps each work alone; and
/// whatever of the two is killed, no command and no secret is left.
final class WarmJobIT {
  private static final String SECRET = "hunter2/very \"secret\" value";
  private static final LocalIssuer ISSUER = new LocalIssuer();

  private static Path folder = Path.of("");
  private static Path repo = Path.of("");
  private static String commit = "";
  private static String socket = "";
  private static int runs;

  @BeforeAll
  static void start() throws IOException {
    folder = Program.scratch("warm");
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(data.resolve("jwks.json"), ISSUER.keySet());
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
        repositories:
          - id: git.example/1111
            name: acme/shop
            urls: ["https://git.example/acme/shop"]
            starters: [git.example/1]
        """
            .formatted(LocalIssuer.URL));
    repo = Files.createDirectories(folder.resolve("repo"));
    Files.writeString(repo.resolve("a"), "a\n");
    Program.must(repo, "git", "init", "-q");
    Program.must(repo, "git", "add", "-A");
    Program.must(
        repo, "git", "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "one");
    commit = Program.must(repo, "git", "rev-parse", "HEAD");
    must("up", "--data", "data", "--port", "0");
    Files.writeString(folder.resolve("value"), SECRET);
    must("secret", "put", "shop/registry", "--file", "value", "--data", "data");
    must("secret", "policy", "shop/registry", "--repository", "git.example/1111", "--data", "data");
    socket = startJob();
  }

  @AfterAll
  static void stop() {
    end(socket);
    Program.sallyport(folder, "down", "--data", "data");
  }

  private static Program.Answer must(String... words) {
    Program.Answer answer = Program.sallyport(folder, words);
    assertThat(answer.exitCode()).as("%s: %s", List.of(words), answer).isZero();
    return answer;
  }

  private static String startJob(String... more) {
    List<String> words = new ArrayList<>(List.of("job", "start"));
    words.addAll(List.of(more));
    String line = must(words.toArray(String[]::new)).out().strip();
    assertThat(line).startsWith("export SALLYPORT_JOB=/");
    return line.substring(line.indexOf('=') + 1);
  }

  private static Program.Answer end(String of) {
    return Program.run(
        folder, Map.of("SALLYPORT_JOB", of), List.of(Program.launcher().toString(), "job", "end"));
  }

  private static Map<String, String> token(Map<String, String> claims) {
    runs++;
    return Map.of("SALLYPORT_ID_TOKEN", ISSUER.token("run" + runs, commit, claims));
  }

  private static List<String> words(List<String> before, String... command) {
    List<String> words = new ArrayList<>(List.of(Program.launcher().toString()));
    words.addAll(before);
    words.addAll(List.of("--data", "../data"));
    if (command.length > 0) {
      words.add("--");
      words.addAll(List.of(command));
    }
    return words;
  }

  private static Program.Answer warm(
      Map<String, String> token, List<String> before, String... command) {
    Map<String, String> environment = new HashMap<>(token);
    environment.put("SALLYPORT_JOB", socket);
    return Program.run(repo, environment, words(before, command));
  }

  /// Plays one step alone and one with the process; both must look the same.
  private static Program.Answer same(
      Map<String, String> claims, List<String> before, String... command) {
    Program.Answer alone = Program.run(repo, token(claims), words(before, command));
    Program.Answer served = warm(token(claims), before, command);
    assertThat(served.out()).as("%s", served).isEqualTo(alone.out());
    assertThat(served.err()).as("%s", served).isEqualTo(alone.err());
    assertThat(served.exitCode()).isEqualTo(alone.exitCode());
    return served;
  }

  private static List<String> build(String... more) {
    List<String> words = new ArrayList<>(List.of("run", "--step", "build"));
    words.addAll(List.of(more));
    return words;
  }

  @Test
  void a_step_sees_the_same_and_says_the_same() throws IOException {
    Path file = Files.writeString(folder.resolve("in"), "read me\n");
    Program.Answer answer =
        same(
            Map.of(),
            build("--secret", "TOKEN=shop/registry", "--env", "TOKEN", "--product", "out.txt"),
            "sh",
            "-c",
            """
            env | sed -e 's/^TOKEN_FILE=.*/TOKEN_FILE=/' | sort; pwd; umask; ulimit -n; tty
            test "$(ps -o pgid= -p $$)" = "$(ps -o pgid= -p $PPID)" && echo same group
            cat "$TOKEN_FILE"; echo; cat <&"$SALLYPORT_FD_TOKEN"; stat -c %a "$TOKEN_FILE"
            cat "$0"; cat; echo "$TOKEN" >&2; tr '\\0' ' ' < /proc/$PPID/cmdline | grep -c hunter
            echo product > out.txt; exit 7
            """,
            file.toString());
    assertThat(answer.exitCode()).isEqualTo(7);
    assertThat(answer.out())
        .contains("same group", "read me", "[secret]\n", "600\n")
        .doesNotContain("hunter2", "SALLYPORT_JOB", "SALLYPORT_ID_TOKEN");
  }

  @Test
  void a_step_reads_what_is_given_to_it() {
    Map<String, String> environment = new HashMap<>(token(Map.of()));
    environment.put("SALLYPORT_JOB", socket);
    List<String> words = new ArrayList<>(List.of("sh", "-c", "printf 'one\\ntwo' | \"$@\"", "sh"));
    words.addAll(words(build(), "sh", "-c", "read a; read b; echo \"$b $a\""));
    Program.Answer answer = Program.run(repo, environment, words);
    assertThat(answer.out()).as("%s", answer).isEqualTo("two one\n");
  }

  @Test
  void refusals_and_mistakes_are_the_same() {
    assertThat(same(Map.of("actor_id", "666"), build(), "touch", "never").exitCode()).isEqualTo(1);
    assertThat(repo.resolve("never")).doesNotExist();
    assertThat(same(Map.of(), build(), "no-such-command").exitCode()).isEqualTo(2);
    assertThat(same(Map.of(), build("--product", "none"), "true").exitCode()).isEqualTo(2);
    assertThat(same(Map.of(), List.of("run", "--step", "none"), "true").exitCode()).isEqualTo(2);
    assertThat(same(Map.of(), List.of("decide", "deploy", "--artifact", "v1")).exitCode())
        .isEqualTo(2);
    assertThat(same(Map.of(), List.of("publish", "nothing", "--repository", "a/b")).exitCode())
        .isEqualTo(2);
    assertThat(same(Map.of(), List.of("decide", "--help")).exitCode()).isZero();
    assertThat(same(Map.of(), List.of("deploy", "--nonsense")).exitCode()).isEqualTo(2);
    for (int code : List.of(0, 1, 2, 126, 255)) {
      assertThat(same(Map.of(), build(), "sh", "-c", "exit " + code).exitCode()).isEqualTo(code);
    }
  }

  @Test
  void one_token_serves_all_steps_of_a_job_and_nobody_who_does_not_show_it() {
    Map<String, String> token = token(Map.of());
    for (int i = 0; i < 3; i++) {
      assertThat(warm(token, build(), "true").exitCode()).isZero();
    }
    List<String> ask = List.of("decide", "readSource", "--resource", "Repository:git.example/1111");
    assertThat(warm(token, ask).exitCode()).isZero();
    Program.Answer without = warm(Map.of(), ask);
    assertThat(without.exitCode()).as("%s", without).isEqualTo(2);
    assertThat(without.err()).contains("no CI token");
    // A step that finds the socket asks in nobody's name either: its environment has no token.
    List<String> inner = new ArrayList<>(List.of("env", "SALLYPORT_JOB=" + socket));
    inner.addAll(words(ask));
    Program.Answer step = warm(token, build(), inner.toArray(String[]::new));
    assertThat(step.exitCode()).as("%s", step).isEqualTo(2);
    assertThat(step.err()).contains("no CI token");
  }

  @Test
  void two_steps_at_once_do_not_mix() throws Exception {
    Map<String, String> token = token(Map.of());
    List<Process> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ProcessBuilder builder =
          new ProcessBuilder(
                  words(build("--name", "n" + i), "sh", "-c", "sleep 0.3; echo only " + i))
              .directory(repo.toFile());
      builder.environment().putAll(token);
      builder.environment().put("SALLYPORT_JOB", socket);
      all.add(builder.start());
    }
    for (int i = 0; i < 4; i++) {
      String out = new String(all.get(i).getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(out).isEqualTo("only " + i + "\n");
      assertThat(all.get(i).waitFor()).isZero();
    }
  }

  /// A step that waits, with a secret; where its secret lies and which process it is.
  private record Waiting(Process process, Path secret, ProcessHandle command) {
    static Waiting start(String of) throws Exception {
      Path where = folder.resolve("where-" + ++runs);
      ProcessBuilder builder =
          new ProcessBuilder(
                  words(
                      build("--secret", "TOKEN=shop/registry"),
                      "sh",
                      "-c",
                      "trap 'echo told; exit 9' TERM INT; echo \"$$ $TOKEN_FILE\" > \"$0\";"
                          + " while :; do sleep 0.1; done",
                      where.toString()))
              .directory(repo.toFile())
              .redirectErrorStream(true);
      builder.environment().putAll(token(Map.of()));
      builder.environment().put("SALLYPORT_JOB", of);
      Process process = builder.start();
      long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!(Files.exists(where) && Files.size(where) > 1) && System.nanoTime() < patience) {
        Thread.sleep(20);
      }
      String[] said = Files.readString(where).strip().split(" ", 2);
      Path secret = Path.of(said[1]);
      assertThat(secret).exists();
      return new Waiting(process, secret, ProcessHandle.of(Long.parseLong(said[0])).orElseThrow());
    }

    String ends(ProcessHandle killed) throws Exception {
      killed.destroyForcibly();
      return ends();
    }

    String ends() throws Exception {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    void leavesNothing() throws InterruptedException {
      long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while ((command.isAlive() || Files.exists(secret)) && System.nanoTime() < patience) {
        Thread.sleep(50);
      }
      assertThat(command.isAlive()).isFalse();
      assertThat(secret).doesNotExist();
      assertThat(secret.getParent()).doesNotExist();
    }
  }

  /// The end is told when everything else is done, which nobody waits for here.
  private static void recordsMoreThan(long before) throws Exception {
    long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (abandoned() <= before && System.nanoTime() < patience) {
      Thread.sleep(50);
    }
    assertThat(abandoned()).isGreaterThan(before);
  }

  private static long abandoned() throws IOException {
    String log =
        new String(
            Files.readAllBytes(folder.resolve("data/ledger.db-wal")), StandardCharsets.ISO_8859_1);
    return Stream.of(log.split("\"outcome\":\"abandoned\"", -1)).count();
  }

  @Test
  void a_signal_ends_the_command_and_its_end_is_recorded() throws Exception {
    for (String signal : List.of("TERM", "INT")) {
      long before = abandoned();
      Waiting step = Waiting.start(socket);
      Program.must(folder, "kill", "-" + signal, Long.toString(step.process().pid()));
      assertThat(step.ends()).contains("told");
      step.leavesNothing();
      assertThat(step.process().exitValue()).isEqualTo(signal.equals("TERM") ? 143 : 130);
      assertThat(abandoned()).isGreaterThan(before);
    }
  }

  @Test
  void a_killed_client_takes_its_command_with_it() throws Exception {
    long before = abandoned();
    Waiting step = Waiting.start(socket);
    step.ends(step.process().toHandle());
    step.leavesNothing();
    recordsMoreThan(before);
    assertThat(warm(token(Map.of()), build(), "true").exitCode()).as("and serves on").isZero();
  }

  @Test
  void a_killed_process_of_the_job_lets_the_command_end_and_says_so() throws Exception {
    String own = startJob();
    ProcessHandle process = serving(own);
    Waiting step = Waiting.start(own);
    process.destroyForcibly();
    step.command().destroy();
    String out = step.ends();
    assertThat(step.process().exitValue()).as(out).isEqualTo(2);
    assertThat(out).contains("the command ended with 9", "could not be recorded");
    step.leavesNothing();
    // The next step works alone, and says that it does.
    Map<String, String> environment = new HashMap<>(token(Map.of()));
    environment.put("SALLYPORT_JOB", own);
    Program.Answer next = Program.run(repo, environment, words(build(), "echo", "done"));
    assertThat(next.exitCode()).as("%s", next).isZero();
    assertThat(next.out()).isEqualTo("done\n");
    assertThat(next.err().lines())
        .singleElement()
        .asString()
        .startsWith("sallyport: working without the job's process");
  }

  private static ProcessHandle serving(String of) {
    return ProcessHandle.allProcesses()
        .filter(one -> one.info().commandLine().filter(line -> line.contains(of)).isPresent())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void the_end_of_a_job_ends_its_steps_and_leaves_nothing() throws Exception {
    String own = startJob();
    ProcessHandle process = serving(own);
    Waiting step = Waiting.start(own);
    Program.Answer ended = end(own);
    assertThat(ended.exitCode()).as("%s", ended).isZero();
    assertThat(step.ends()).contains("told");
    step.leavesNothing();
    process.onExit().get(30, TimeUnit.SECONDS);
    assertThat(Path.of(own).getParent()).doesNotExist();
    assertThat(end(own).exitCode()).isEqualTo(2);
  }

  @Test
  void it_ends_with_the_process_that_it_is_for() throws Exception {
    Process job = new ProcessBuilder("sleep", "600").start();
    String own = startJob("--for", Long.toString(job.pid()));
    ProcessHandle process = serving(own);
    job.destroyForcibly();
    process.onExit().get(30, TimeUnit.SECONDS);
    assertThat(Path.of(own)).doesNotExist();
  }

  @Test
  void its_own_environment_holds_nothing_of_the_job() throws IOException {
    Map<String, String> environment = new HashMap<>(token(Map.of()));
    environment.put("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "bearer-of-the-job");
    environment.put("GITHUB_ENV", Files.createFile(folder.resolve("github-env")).toString());
    Program.Answer started =
        Program.run(folder, environment, List.of(Program.launcher().toString(), "job", "start"));
    String own = started.out().strip().substring("export SALLYPORT_JOB=".length());
    assertThat(Files.readString(folder.resolve("github-env")))
        .isEqualTo("SALLYPORT_JOB=" + own + "\n");
    String held =
        Files.readString(
            Path.of("/proc/" + serving(own).pid() + "/environ"), StandardCharsets.ISO_8859_1);
    assertThat(held).doesNotContain("bearer-of-the-job", "SALLYPORT_", "GITHUB_");
    assertThat(end(own).exitCode()).isZero();
  }

  @Test
  void another_user_is_kept_out_by_the_folder() throws IOException {
    if (!System.getProperty("user.name").equals("root")) {
      SharedData.skip("root", "becomes another user");
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(Path.of(socket).getParent())))
        .isEqualTo("rwx------");
    Program.Answer answer =
        Program.run(
            Path.of("/"),
            Map.of(),
            List.of("setpriv", "--reuid=65534", "--clear-groups", "stat", socket));
    assertThat(answer.exitCode()).isNotZero();
    assertThat(answer.err()).contains("ermission denied");
    // And a folder that somebody else made is not believed.
    Path foreign = Files.createDirectory(folder.resolve("foreign"));
    Files.setPosixFilePermissions(foreign, PosixFilePermissions.fromString("rwx------"));
    Program.must(folder, "chown", "65534", foreign.toString());
    Map<String, String> environment = new HashMap<>(token(Map.of()));
    environment.put("SALLYPORT_JOB", foreign.resolve("s").toString());
    Program.Answer alone = Program.run(repo, environment, words(build(), "echo", "done"));
    assertThat(alone.out()).as("%s", alone).isEqualTo("done\n");
    assertThat(alone.err()).contains("working without the job's process", "not ours alone");
  }
}
