package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// `sallyport verify` on what should not be, and on what is merely odd: a clear sentence, nothing
/// lost, the other parts still checked, and each gap named.
///
/// Most repositories here hold one leaked key in `leak.ini`: that it is still found shows that the
/// other parts were checked.
@Timeout(300)
final class BadInputIT {
  private static final String IDENTITY =
      """
      export GIT_AUTHOR_NAME=dev GIT_AUTHOR_EMAIL=dev@shop.example GIT_COMMITTER_NAME=dev GIT_COMMITTER_EMAIL=dev@shop.example
      """;

  // Put together by the shell, so that this file holds no key; the value is made up.
  private static final String LEAK =
      """
      printf 'aws_access_key_id = %s%s\\naws_secret_access_key = %s%s\\n' AKIA 3QZ7XK5MPLW2VNRT q7Yx2Lm9 Vb4Nc8Kd1Zf6Ths0WpRg3Eju5Ai+oQ/2 >leak.ini
      """;

  private static Path repository(String name, String script) {
    Path folder = Program.scratch(name);
    Program.must(folder, "git", "-c", "init.defaultBranch=main", "init", "-q", ".");
    sh(folder, LEAK + script);
    return folder;
  }

  private static String sh(Path folder, String script) {
    return Program.must(folder, "sh", "-c", "set -e\n" + IDENTITY + script);
  }

  private static Program.Answer verify(Path folder, String... more) {
    List<String> arguments = new ArrayList<>(List.of("verify", ".", "--json"));
    arguments.addAll(List.of(more));
    Program.Answer answer = Program.sallyport(folder, arguments.toArray(String[]::new));
    return answer.out().isEmpty() ? answer : Contract.held(answer);
  }

  private static void oneSentence(Program.Answer answer, String... words) {
    assertThat(answer.exitCode()).as("%s", answer).isEqualTo(2);
    assertThat(answer.out()).isEmpty();
    List<String> lines = answer.err().lines().toList();
    assertThat(lines.getFirst()).startsWith("sallyport: ").contains(words);
    assertThat(lines).hasSizeLessThanOrEqualTo(2);
  }

  private static JsonNode leakSeen(Program.Answer answer) {
    JsonNode report = answer.json();
    assertThat(report.path("findings").toString()).contains("secret/aws-secret-key");
    return report;
  }

  private static String gaps(JsonNode report) {
    StringBuilder gaps = new StringBuilder();
    report
        .path("notChecked")
        .forEach(gap ->
            gaps.append(gap.path("what").asString())
                .append(": ")
                .append(gap.path("why").asString())
                .append('\n'));
    return gaps.toString();
  }

  @Test
  void no_repository_is_one_sentence() throws IOException {
    Path folder = Files.createTempDirectory("sallyport-e2e");
    oneSentence(verify(folder), "is not inside a git repository");
    oneSentence(verify(folder, "nowhere/at/all"), "unmatched argument");
    oneSentence(Program.sallyport(folder, "verify", "nowhere"), "no such folder");
    Files.delete(folder);
  }

  @Test
  void an_empty_repository_cannot_be_told() {
    Program.Answer answer = verify(repository("empty", ""));
    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(leakSeen(answer).path("facts").has("commits")).isFalse();
    Program.Answer text = Program.sallyport(repository("empty", ""), "verify");
    assertThat(text.out()).contains("no commit yet");
  }

  @Test
  void a_shallow_clone_names_what_was_cut_off() {
    Path origin =
        repository(
            "origin", "git add -A; git commit -q -m one; git commit -q --allow-empty -m two\n");
    Path folder = Program.scratch("shallow");
    sh(folder, "git clone -q --depth 1 'file://" + origin + "' clone\n");
    Program.Answer answer = verify(folder.resolve("clone"));
    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(gaps(leakSeen(answer))).contains("history before the shallow boundary");
    oneSentence(verify(folder.resolve("clone"), "--range", "HEAD~1..HEAD"), "the clone is shallow");
  }

  @Test
  void a_submodule_is_named_and_does_not_stop_the_rest() {
    Path other = repository("other", "git add -A; git commit -q -m one\n");
    Path folder =
        repository(
            "super",
            "git add -A; git commit -q -m one\n"
                + "git -c protocol.file.allow=always submodule --quiet add '"
                + other
                + "' lib\ngit commit -q -m two\n");
    JsonNode report = leakSeen(verify(folder, "--range", "HEAD~1..HEAD"));
    assertThat(gaps(report)).contains("submodule lib: lies in another repository");
    assertThat(report.path("facts").has("secrets")).isTrue();
  }

  @Test
  void a_sha256_repository_has_its_files_checked_and_its_commits_named() {
    Path folder = Program.scratch("sha256");
    sh(
        folder,
        "git init -q --object-format=sha256 .\n"
            + LEAK
            + """
            mkdir -p .github/workflows build
            printf 'build/\\n' >.gitignore; cp leak.ini build/
            printf 'on: push\\njobs: {a: {runs-on: x, steps: [{uses: a/b@v1}]}}\\n' >.github/workflows/w.yml
            git add -A; git commit -q -m one
            """);
    Program.Answer answer = verify(folder);
    assertThat(answer.exitCode()).isEqualTo(2);
    JsonNode report = leakSeen(answer);
    assertThat(report.path("verdict").asString()).isEqualTo("could-not-tell");
    assertThat(gaps(report)).contains("commits: the repository uses SHA-256 object ids");
    assertThat(report.path("findings").toString())
        .contains("pipeline/unpinned-action")
        .doesNotContain("build/leak.ini");
    assertThat(report.path("facts")).isEmpty();
    assertThat(report.path("rulings")).isEmpty();
    Program.Answer text = Program.sallyport(folder, "verify");
    assertThat(text.out()).contains("COULD NOT TELL").contains("SHA-256");
  }

  @Test
  void a_corrupt_pack_leaves_the_working_files_checked() throws IOException {
    Path folder =
        repository(
            "corrupt",
            "git add -A; git commit -q -m one; git commit -q --allow-empty -m two\ngit gc -q\n");
    try (Stream<Path> packs = Files.list(folder.resolve(".git/objects/pack"))) {
      Path pack = packs.filter(file -> file.toString().endsWith(".pack")).findFirst().orElseThrow();
      assertThat(pack.toFile().setWritable(true)).isTrue();
      byte[] bytes = Files.readAllBytes(pack);
      for (int i = 12; i < bytes.length; i++) {
        bytes[i] ^= 0x55;
      }
      Files.write(pack, bytes);
    }
    for (String range : List.of("HEAD~1..HEAD", "HEAD")) {
      Program.Answer answer = verify(folder, "--range", range);
      assertThat(answer.exitCode()).as("%s", answer).isEqualTo(2);
      JsonNode report = leakSeen(answer);
      assertThat(gaps(report)).contains("commits");
      assertThat(report.path("facts").has("commits")).isFalse();
    }
  }

  @Test
  void a_truncated_commit_or_tree_is_a_gap_and_no_crash() throws IOException {
    Path folder =
        repository(
            "broken",
            "git add -A; git commit -q -m one; echo 1 >a; git add a; git commit -q -m two\n");
    String tree = sh(folder, "git rev-parse 'HEAD^{tree}'");
    Path object = folder.resolve(".git/objects/" + tree.substring(0, 2) + "/" + tree.substring(2));
    assertThat(object.toFile().setWritable(true)).isTrue();
    byte[] bytes = Files.readAllBytes(object);
    Files.write(object, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    Program.Answer answer = verify(folder, "--range", "HEAD~1..HEAD", "--profile", "observe");
    JsonNode report = leakSeen(answer);
    assertThat(report.path("facts").has("secrets")).isFalse();
    assertThat(report.path("facts").has("pipeline")).isFalse();
    assertThat(report.path("notChecked")).isNotEmpty();
  }

  @Test
  void a_huge_text_is_a_gap_and_a_huge_binary_is_passed_over() throws IOException {
    Path folder = repository("huge", "");
    fill(folder.resolve("huge.txt"), "all work and no play makes jack a dull boy\n");
    fill(folder.resolve("huge.bin"), "all work\0and no play makes jack a dull boy\n");
    sh(folder, "git add -A; git commit -q -m one; git commit -q --allow-empty -m two\n");
    JsonNode report = leakSeen(verify(folder, "--range", "HEAD", "--trust-here"));
    assertThat(gaps(report)).contains("huge.txt").contains("MiB").doesNotContain("huge.bin");
    assertThat(report.path("facts").has("secrets")).isFalse();
    assertThat(report.path("facts").has("pipeline")).isTrue();
  }

  private static void fill(Path file, String line) throws IOException {
    byte[] block = line.repeat(20_000).getBytes(StandardCharsets.UTF_8);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long written = 0; written < 100L << 20; written += block.length) {
        out.write(block);
      }
    }
  }

  @Test
  void links_that_loop_or_leave_the_tree_are_not_followed() {
    Path folder =
        repository(
            "links",
            """
            ln -s loop loop; ln -s . here; ln -s ../.. out; ln -s /etc/passwd passwd
            ln -s missing dangling; git add -A; git commit -q -m one
            """);
    Program.Answer answer = verify(folder, "--trust-here");
    assertThat(leakSeen(answer).path("facts").path("secrets").path("found").asInt()).isEqualTo(2);
  }

  @Test
  void a_pipe_in_the_working_tree_holds_nothing_up() {
    Path folder = repository("pipe", "git add -A; git commit -q -m one; mkfifo pipe.yml\n");
    JsonNode report = leakSeen(verify(folder, "--trust-here"));
    assertThat(gaps(report)).contains("pipe.yml: is no regular file");
  }

  @Test
  void a_name_beyond_ascii_is_opened_in_any_locale() {
    Path folder = repository("locale", "git add leak.ini; git commit -q -m one\n");
    sh(folder, "mv leak.ini \"$(printf '\\303\\274n\\303\\257c\\303\\266de.ini')\"\n");
    for (String locale : List.of("C", "POSIX", "C.UTF-8", "")) {
      Program.Answer answer =
          Program.held(
              Program.run(
                  folder,
                  Map.of("LC_ALL", locale, "LANG", ""),
                  List.of(Program.launcher().toString(), "verify", ".", "--json", "--trust-here")));
      assertThat(answer.json().path("findings").toString()).as(locale).contains("ünïcöde.ini");
      assertThat(answer.json().path("notChecked")).hasSize(1);
    }
  }

  @Test
  void names_and_contents_that_are_no_text_lose_nothing() {
    Path folder =
        repository(
            "bytes",
            """
            mkdir -p .github/workflows
            cp leak.ini "$(printf 'a\\377b.ini')"
            printf '\\377\\376\\000\\001' >binary; cat leak.ini >>binary
            printf 'on: push\\n\\377\\376: [\\n' >.github/workflows/bad.yml
            printf '\\377\\377\\n' >Cargo.lock
            git add -A; git commit -q -m "$(printf 'bad \\377 message')"
            """);
    JsonNode report = leakSeen(verify(folder, "--trust-here"));
    assertThat(gaps(report)).contains(".github/workflows/bad.yml");
    assertThat(report.path("facts").has("pipeline")).isFalse();
  }

  @Test
  void a_malformed_policy_is_refused_with_file_line_and_column() {
    Path folder =
        repository(
            "policy",
            """
            mkdir -p .sallyport/policy
            printf 'permit (principal, action, resource);\\n\\n  forbid (principal, oops);\\n' >.sallyport/policy/mine.cedar
            git add -A; git commit -q -m one; git commit -q --allow-empty -m two
            """);
    Program.Answer answer = verify(folder, "--range", "HEAD~1..HEAD");
    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.err()).contains(".sallyport/policy/mine.cedar:3:");
    sh(
        folder,
        """
        printf '@id("x")\\npermit (principal, action, resource)\\nwhen { context.facts.commits.bad == 0 };\\n' >.sallyport/policy/mine.cedar
        git add -A; git commit -q -m three; git commit -q --allow-empty -m four
        """);
    Program.Answer optional = verify(folder, "--range", "HEAD~1..HEAD");
    assertThat(optional.exitCode()).isEqualTo(2);
    assertThat(optional.err()).contains(".sallyport/policy/mine.cedar:3:");
  }

  @Test
  void a_profile_or_signers_that_mean_nothing_are_said() {
    Path folder =
        repository(
            "profile",
            """
            mkdir -p .sallyport; echo stricter >.sallyport/profile
            git add -A; git commit -q -m one; git commit -q --allow-empty -m two
            """);
    oneSentence(verify(folder, "--range", "HEAD~1..HEAD"), "names no profile: `stricter`");
    sh(
        folder,
        """
        rm .sallyport/profile; printf 'dev@shop.example ssh-ed25519 nonsense\\n\\n' >.sallyport/signers
        git add -A; git commit -q -m three; git commit -q --allow-empty -m four
        """);
    JsonNode report = leakSeen(verify(folder, "--range", "HEAD~1..HEAD"));
    assertThat(gaps(report)).contains(".sallyport/signers:1");
  }

  @Test
  void a_malformed_lock_file_is_named_and_the_others_are_read() {
    Path folder =
        repository(
            "locks",
            """
            mkdir a b; echo '{ "lockfileVersion": 3, ' >a/package-lock.json
            printf 'version = 4\\n\\n[[package]]\\nname = "itoa"\\nversion = "1.0.11"\\nsource = "registry+https://crates.example/index"\\n' >b/Cargo.lock
            git add -A; git commit -q -m one
            """);
    JsonNode report = leakSeen(verify(folder, "--trust-here"));
    assertThat(gaps(report)).contains("a/package-lock.json");
    assertThat(report.path("components").toString()).contains("pkg:cargo/itoa@1.0.11");
    assertThat(report.path("facts").path("inventory").path("unread").asInt()).isPositive();
  }

  @Test
  void hostile_yaml_is_a_gap_in_bounded_time() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a").append(i).append(": &a").append(i).append(" [");
      bomb.append(("*a" + (i - 1) + ",").repeat(10)).append("]\n");
    }
    Path folder = repository("yaml", "mkdir -p .github/workflows\n");
    try {
      Files.writeString(folder.resolve(".github/workflows/bomb.yml"), bomb + "on: push\n");
      Files.writeString(
          folder.resolve(".github/workflows/deep.yml"),
          "on: push\njobs: " + "{a: ".repeat(50_000) + "1" + "}".repeat(50_000) + "\n");
      Files.writeString(
          folder.resolve(".github/workflows/tag.yml"), "on: !!java.io.File [/etc/passwd]\n");
      Files.writeString(
          folder.resolve(".github/workflows/good.yml"),
          "on: push\njobs: {a: {runs-on: x, steps: [{uses: a/b@v1}]}}\n");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    sh(folder, "git add -A; git commit -q -m one\n");
    Program.Answer answer = verify(folder, "--trust-here");
    JsonNode report = leakSeen(answer);
    assertThat(gaps(report)).contains("bomb.yml").contains("deep.yml");
    assertThat(report.path("findings").toString()).contains(".github/workflows/good.yml");
    assertThat(report.path("facts").has("pipeline")).isFalse();
    assertThat(answer.seconds()).isLessThan(60);
  }

  @Test
  void a_bare_repository_is_judged_by_its_commits() {
    Path folder =
        repository(
            "bare",
            """
            mkdir -p .github/workflows
            printf 'on: push\\njobs: {a: {runs-on: x, steps: [{uses: a/b@v1}]}}\\n' >.github/workflows/w.yml
            git add -A; git commit -q -m one; echo 1 >a; git add a; git commit -q -m two
            git clone -q --bare . ../"$(basename "$PWD")".git
            """);
    Path bare = folder.resolveSibling(folder.getFileName() + ".git");
    JsonNode report = verify(bare, "--range", "HEAD~1..HEAD").json();
    assertThat(gaps(report)).contains("working files: the repository is bare");
    assertThat(report.path("findings").toString()).contains("pipeline/unpinned-action");
    assertThat(report.path("commits")).hasSize(1);
    leakSeen(verify(bare, "--range", "HEAD", "--trust-here"));
  }

  @Test
  void a_worktree_and_a_detached_head_are_like_any_checkout() {
    Path folder =
        repository(
            "worktree",
            """
            git add -A; git commit -q -m one; echo 1 >a; git add a; git commit -q -m two
            git worktree add -q ../"$(basename "$PWD")"-side -b side
            """);
    Path side = folder.resolveSibling(folder.getFileName() + "-side");
    assertThat(leakSeen(verify(side, "--range", "main~1..side")).path("commits")).hasSize(1);
    sh(folder, "git checkout -q --detach\n");
    assertThat(leakSeen(verify(folder, "--range", "HEAD~1..HEAD")).path("commits")).hasSize(1);
    sh(folder, "mkdir -p deep/er\n");
    leakSeen(verify(folder.resolve("deep/er"), "--range", "HEAD~1..HEAD"));
  }

  @Test
  void an_unreadable_file_is_a_gap() {
    Path folder =
        repository(
            "unreadable",
            "git add -A; git commit -q -m one; echo hidden >hidden.ini; chmod -R a+rX .; chmod 000 hidden.ini\n");
    List<String> command =
        new ArrayList<>(
            List.of(Program.launcher().toString(), "verify", ".", "--json", "--trust-here"));
    if (Program.must(folder, "id", "-u").equals("0")) {
      command.addAll(
          0, List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"));
    }
    Program.Answer answer =
        Contract.held(Program.held(Program.run(folder, Map.of("HOME", "/nonexistent"), command)));
    assertThat(gaps(leakSeen(answer))).contains("hidden.ini: unreadable");
    assertThat(answer.json().path("facts").has("secrets")).isFalse();
  }

  @Test
  void three_thousand_commits_are_judged_in_seconds() throws IOException {
    Path folder = repository("many", "git add -A; git commit -q -m one\n");
    StringBuilder stream = new StringBuilder();
    for (int i = 0; i < 3_000; i++) {
      stream.append("commit refs/heads/many\ncommitter dev <dev@shop.example> ");
      stream.append(1_764_000_000 + i).append(" +0000\ndata 2\nm\n");
      if (i == 0) {
        stream.append("from refs/heads/main^0\n");
      }
      stream
          .append("M 644 inline f")
          .append(i % 50)
          .append("\ndata <<E\n")
          .append(i)
          .append("\nE\n\n");
    }
    Path script = folder.resolve(".git/stream");
    Files.writeString(script, stream);
    sh(folder, "git fast-import --quiet <.git/stream; git checkout -q many\n");
    Program.Answer answer = verify(folder, "--range", "main..many");
    assertThat(answer.json().path("commits")).hasSize(3_000);
    System.out.printf("3,000 commits verified in %.1f s%n", answer.seconds());
    assertThat(answer.seconds()).isLessThan(30);
  }

  // ---- words from outside ----

  private static Path steering() {
    Path folder =
        repository(
            "steering",
            """
            ESC=$(printf '\\033'); C1=$(printf '\\302\\233')
            mkdir -p .sallyport
            ssh-keygen -q -t ed25519 -N '' -C x -f .git/key
            printf 'dev%s[31m@shop.example %s\\n' "$ESC" "$(cut -d' ' -f1,2 .git/key.pub)" >.sallyport/signers
            git add -A; git commit -q -m base
            cp leak.ini "x${ESC}]0;owned${ESC}[2J${C1}31m<img src=x onerror=alert(1)>.ini"
            git add -A
            export GIT_AUTHOR_NAME="a${ESC}[31m<b>"
            git commit -q -m "${ESC}[2J${C1}31m<script>alert(1)</script>"
            echo 1 >one; git add one
            git -c gpg.format=ssh -c user.signingkey="$PWD/.git/key" commit -q -S -m "two ${ESC}[31m"
            """);
    return folder;
  }

  @Test
  void no_word_from_a_repository_steers_the_terminal() {
    Path folder = steering();
    for (String format : List.of("text", "json", "sarif", "html")) {
      for (String verbose : List.of("--verbose", "--range=HEAD~2..HEAD")) {
        Program.Answer answer =
            Program.sallyport(
                folder, "verify", ".", "--range", "HEAD~2..HEAD", "--format", format, verbose);
        assertThat(answer.out() + answer.err())
            .as(format)
            .isNotEmpty()
            .doesNotContain("\u001b")
            .doesNotContain("\u009b");
      }
    }
    Program.Answer error = Program.sallyport(folder, "verify", ".", "--range", "\u001b[31m..HEAD");
    assertThat(error.err()).doesNotContain("\u001b");
    Program.Answer usage = Program.sallyport(folder, "verify", ".", "\u001b[31m", "--\u001b[31m");
    assertThat(usage.err()).doesNotContain("\u001b");
  }

  @Test
  void no_word_from_a_repository_becomes_markup() {
    Program.Answer answer =
        Program.sallyport(steering(), "verify", ".", "--range", "HEAD~2..HEAD", "--format", "html");
    assertThat(answer.out())
        .contains("&lt;script&gt;", "&lt;img src=x")
        .doesNotContain("<script", "<img", "<b>");
  }

  @Test
  void sarif_has_what_the_standard_requires() {
    Program.Answer answer =
        Program.sallyport(
            steering(), "verify", ".", "--range", "HEAD~2..HEAD", "--format", "sarif");
    JsonNode log = answer.json();
    assertThat(log.path("version").asString()).isEqualTo("2.1.0");
    JsonNode run = log.at("/runs/0");
    assertThat(run.at("/tool/driver/name").asString()).isEqualTo("sallyport");
    assertThat(run.path("results")).isNotEmpty();
    JsonNode rules = run.at("/tool/driver/rules");
    run.path("results")
        .forEach(result -> {
          assertThat(result.at("/message/text").asString()).isNotBlank();
          assertThat(rules.path(result.path("ruleIndex").asInt()).path("id").asString())
              .isEqualTo(result.path("ruleId").asString());
          assertThat(result.path("level").asString()).isIn("none", "note", "warning", "error");
          result
              .path("locations")
              .forEach(location -> {
                String uri = location.at("/physicalLocation/artifactLocation/uri").asString();
                assertThat(java.net.URI.create(uri).isAbsolute()).as(uri).isFalse();
              });
        });
  }
}
