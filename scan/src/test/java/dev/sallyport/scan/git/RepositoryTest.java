package dev.sallyport.scan.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.TextFile;
import dev.sallyport.testdata.Tools;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Repositories as the real git makes them, whole and broken.
class RepositoryTest {
  @TempDir Path folder;

  @BeforeEach
  void make() throws Exception {
    Tools.need("git", "sh");
    sh(
        "git init -q -b main r && cd r && echo one > a && git add . && git commit -q -m 1"
            + " && echo two > b && git add . && git commit -q -m 2 && git tag t"
            + " && echo three > a && mkdir -p .sallyport && echo k > .sallyport/signers && git add . && git commit -q -m 3"
            + " && git rm -q .sallyport/signers && git commit -q -m 4");
  }

  private Repository open() {
    return Repository.open(folder.resolve("r"));
  }

  @Test
  void a_range_is_what_head_has_and_base_lacks() {
    try (Repository repository = open()) {
      CommitRange range = repository.range("t..HEAD");
      assertThat(range.commits()).hasSize(2);
      assertThat(range.base()).isNotNull();
      assertThat(
              new String(repository.file(String.valueOf(range.base()), "a").orElseThrow(), UTF_8))
          .isEqualTo("one\n");
      assertThat(repository.range(null).commits()).hasSize(4);
      assertThat(repository.range("HEAD~2").base()).isNull();
    }
  }

  @Test
  void a_change_taken_back_later_in_the_range_is_still_touched() {
    try (Repository repository = open()) {
      List<TextFile> blobs = new ArrayList<>();
      Repository.Changes changes = repository.changes(repository.range("t..HEAD"), blobs::add);
      assertThat(changes.touched()).containsExactlyInAnyOrder("a", ".sallyport/signers");
      assertThat(blobs)
          .extracting(TextFile::path)
          .containsExactlyInAnyOrder("a", ".sallyport/signers");
      assertThat(changes.notChecked()).isEmpty();
    }
  }

  @Test
  void a_merge_that_takes_an_older_state_of_the_base_back_is_touched() throws Exception {
    // Both parents lie in the base; only the merge's tree brings the old signers back.
    sh(
        "cd r && tree=$(git rev-parse HEAD~1^{tree}) && merge=$(git commit-tree -p HEAD -p HEAD~1 -m evil $tree)"
            + " && git branch evil $merge");
    try (Repository repository = open()) {
      Repository.Changes changes = repository.changes(repository.range("main..evil"), _ -> {});
      assertThat(changes.touched()).containsExactly(".sallyport/signers");
      assertThat(changes.complete()).isTrue();
    }
  }

  @Test
  void a_commit_that_cannot_be_walked_makes_the_changes_incomplete() throws Exception {
    String tree = sh("cd r && git rev-parse HEAD^{tree}").strip();
    Path object =
        folder.resolve("r/.git/objects/" + tree.substring(0, 2) + "/" + tree.substring(2));
    Files.delete(object);
    try (Repository repository = open()) {
      assertThat(repository.changes(repository.range("t..HEAD"), _ -> {}).complete()).isFalse();
    }
  }

  @Test
  void commits_hidden_behind_a_shallow_boundary_make_the_changes_incomplete() throws Exception {
    // As CI does it: the head at depth one, the base fetched beside it. Commit 3 is in the range.
    sh(
        "git init -q s && cd s && git fetch -q --depth 1 ../r main:head && git fetch -q --depth 1 ../r tag t");
    try (Repository shallow = Repository.open(folder.resolve("s"))) {
      CommitRange range = shallow.range("t..head");
      assertThat(range.commits()).hasSize(1);
      assertThat(shallow.isCutOff(range)).isTrue();
      Repository.Changes changes = shallow.changes(range, _ -> {});
      assertThat(changes.complete()).isFalse();
      assertThat(changes.notChecked())
          .anyMatch(gap -> gap.what().startsWith("the parents of commit "));
    }
  }

  @Test
  void a_tag_named_like_the_base_branch_does_not_choose_the_base() throws Exception {
    sh(
        "git clone -q r c && cd c && git checkout -q -b f && echo x > x && git add . && git commit -q -m x"
            + " && git tag origin/main f~0");
    try (Repository clone = Repository.open(folder.resolve("c"))) {
      assertThatThrownBy(() -> clone.range("origin/main..HEAD"))
          .isInstanceOf(RepositoryException.class)
          .hasMessageContaining("both a tag and a branch");
      assertThatThrownBy(() -> clone.range("origin/main~1..HEAD"))
          .isInstanceOf(RepositoryException.class);
      assertThat(clone.range("refs/remotes/origin/main..HEAD").commits()).hasSize(1);
    }
  }

  @Test
  void an_unrelated_history_or_one_gone_back_touches_what_it_takes_away() throws Exception {
    sh(
        "cd r && git checkout -q --orphan other && git rm -rq --cached . && rm -rf a b && echo z > z && git add z && git commit -q -m z"
            + " && git branch keys main~1");
    try (Repository repository = open()) {
      assertThat(repository.changes(repository.range("keys..other"), _ -> {}).touched())
          .contains(".sallyport/signers");
      assertThat(repository.changes(repository.range("keys..t"), _ -> {}).touched())
          .contains(".sallyport/signers");
    }
  }

  @Test
  void a_link_where_trust_is_read_is_refused_not_left_out() throws Exception {
    sh(
        "cd r && mkdir -p .sallyport && ln -s ../a .sallyport/revoked && git add . && git commit -q -m l");
    try (Repository repository = open()) {
      String head = String.valueOf(repository.checkedOut());
      assertThatThrownBy(() -> repository.folder(head, ".sallyport"))
          .isInstanceOf(RepositoryException.class)
          .hasMessageContaining("`.sallyport/revoked`");
    }
  }

  @Test
  void a_pipeline_file_that_is_a_link_is_a_gap_and_not_nothing() throws Exception {
    sh("cd r && ln -s b Jenkinsfile && git add . && git commit -q -m l");
    try (Repository repository = open()) {
      List<TextFile> read = new ArrayList<>();
      List<NotChecked> gaps =
          repository
              .tree(String.valueOf(repository.checkedOut()), "Jenkinsfile"::equals)
              .forEach(read::add);
      assertThat(read).isEmpty();
      assertThat(gaps).extracting(NotChecked::what).containsExactly("Jenkinsfile");
    }
  }

  @Test
  void default_range_is_what_the_upstream_default_branch_lacks() throws Exception {
    sh(
        "git clone -q r c && cd c && git checkout -q -b f && echo x > x && git add . && git commit -q -m x");
    try (Repository clone = Repository.open(folder.resolve("c"))) {
      CommitRange range = clone.range(null);
      assertThat(range.commits()).hasSize(1);
      assertThat(range.chosenBy()).isEqualTo("not on origin/main");
      assertThat(range.base()).isNotNull();
    }
  }

  @Test
  void unknown_revisions_and_folders_are_refused_with_a_hint() throws Exception {
    try (Repository repository = open()) {
      for (String bad : List.of("nope..HEAD", "HEAD..nope", "t...HEAD", "HEAD^{")) {
        assertThatThrownBy(() -> repository.range(bad))
            .as(bad)
            .isInstanceOf(RepositoryException.class);
      }
    }
    Files.createDirectory(folder.resolve("plain"));
    assertThatThrownBy(() -> Repository.open(folder.resolve("plain")))
        .isInstanceOf(RepositoryException.class)
        .hasMessageContaining("not inside a git repository");
    assertThatThrownBy(() -> Repository.open(folder.resolve("gone")))
        .isInstanceOf(RepositoryException.class);
  }

  @Test
  void an_empty_repository_has_an_empty_range() throws Exception {
    sh("git init -q e");
    try (Repository repository = Repository.open(folder.resolve("e"))) {
      assertThat(repository.range(null).commits()).isEmpty();
      assertThat(repository.range(null).head()).isNull();
    }
  }

  @Test
  void a_shallow_clone_is_read_as_far_as_it_goes() throws Exception {
    sh("git clone -q --depth 2 file://$PWD/r s");
    try (Repository repository = Repository.open(folder.resolve("s"))) {
      assertThat(repository.isShallow()).isTrue();
      assertThat(repository.range(null).commits()).hasSize(2);
      assertThat(repository.changes(repository.range(null), _ -> {}).touched()).isNotEmpty();
      assertThatThrownBy(() -> repository.range("t~1..HEAD"))
          .isInstanceOf(RepositoryException.class)
          .hasMessageContaining("shallow");
    }
  }

  @Test
  void a_sha256_repository_is_named_as_such() throws Exception {
    sh(
        "git init -q --object-format=sha256 n && cd n && echo 1 > a && git add . && git commit -q -m 1");
    assertThatThrownBy(() -> Repository.open(folder.resolve("n")))
        .isInstanceOf(Repository.Sha256Repository.class);
  }

  @Test
  void a_corrupt_object_is_a_gap_and_the_rest_goes_on() throws Exception {
    String blob = sh("cd r && git rev-parse HEAD~1:a").strip();
    Path object =
        folder.resolve("r/.git/objects/" + blob.substring(0, 2) + "/" + blob.substring(2));
    Files.setPosixFilePermissions(object, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(object, "not an object");
    try (Repository repository = open()) {
      List<TextFile> blobs = new ArrayList<>();
      Repository.Changes changes = repository.changes(repository.range(null), blobs::add);
      assertThat(changes.notChecked())
          .hasSize(1)
          .first()
          .extracting(NotChecked::what)
          .asString()
          .contains("a in commit");
      assertThat(blobs).extracting(TextFile::path).contains("b");
    }
  }

  @Test
  void working_files_skip_the_ignored_and_links_and_name_what_is_too_large() throws Exception {
    sh(
        "cd r && ln -s . loop && ln -s /etc/passwd out && mkdir d && echo x > d/i && echo d/ > .gitignore && echo y > new");
    try (RandomAccessFile big = new RandomAccessFile(folder.resolve("r/big").toFile(), "rw")) {
      big.write("text".repeat(3_000).getBytes(UTF_8));
      big.setLength(100L << 20);
    }
    try (RandomAccessFile weights =
        new RandomAccessFile(folder.resolve("r/weights").toFile(), "rw")) {
      weights.setLength(100L << 20);
    }
    Files.write(folder.resolve("r/bin"), new byte[] {0, 1, (byte) 0xff, (byte) 0xfe});
    try (Repository repository = open()) {
      List<String> paths = new ArrayList<>();
      List<NotChecked> gaps = repository.workingTree().forEach(file -> paths.add(file.path()));
      assertThat(paths).containsExactlyInAnyOrder(".gitignore", "a", "b", "bin", "new");
      assertThat(gaps).hasSize(1).first().extracting(NotChecked::what).isEqualTo("big");
    }
  }

  @Test
  void a_submodule_is_a_gap_with_its_path() throws Exception {
    sh(
        "cd r && git -c protocol.file.allow=always submodule -q add $PWD sub && git commit -q -m sub");
    try (Repository repository = open()) {
      Repository.Changes changes = repository.changes(repository.range("HEAD~1..HEAD"), _ -> {});
      assertThat(changes.notChecked())
          .extracting(NotChecked::what)
          .containsExactly("submodule sub");
      assertThat(changes.touched()).contains(".gitmodules", "sub");
    }
  }

  private String sh(String script) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-ec", script)
            .directory(folder.toFile())
            .redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
    builder.environment().put("HOME", folder.toString());
    for (String who : List.of("AUTHOR", "COMMITTER")) {
      builder.environment().put("GIT_" + who + "_NAME", "T");
      builder.environment().put("GIT_" + who + "_EMAIL", "t@example.org");
    }
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IllegalStateException(script + "\n" + out);
    }
    return out;
  }

  @Test
  void a_corrupt_pack_is_a_clear_sentence() throws Exception {
    sh("cd r && git gc -q && chmod u+w .git/objects/pack/*");
    try (Stream<Path> packs = Files.list(folder.resolve("r/.git/objects/pack"))) {
      for (Path pack : packs.filter(p -> p.toString().endsWith(".pack")).toList()) {
        byte[] bytes = Files.readAllBytes(pack);
        Arrays.fill(bytes, 20, bytes.length, (byte) 7);
        Files.write(pack, bytes);
      }
    }
    try (Repository repository = open()) {
      assertThatThrownBy(() -> repository.range(null))
          .isInstanceOf(RepositoryException.class)
          .hasMessageStartingWith("couldn't read the repository");
    }
  }
}
