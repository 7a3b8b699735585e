package dev.sallyport.server.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.settings.Settings;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is known of runs, and what is only said: on both databases.
class RunsTest {
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
  private static final String COMMIT = "ab".repeat(20);
  private static final Digest ARTIFACT = Digest.of("artifact");

  @TempDir Path folder;

  private void onBoth(BiConsumer<Runs, RunStore> law) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      for (Database database : List.of(sqlite, postgres)) {
        var store = new RunStore(database);
        law.accept(new Runs(store, Settings.NONE), store);
      }
    }
  }

  private static Step step(String id, String action, String run, int second) {
    return step(id, action, run, second, COMMIT);
  }

  private static Step step(
      String id, String action, String run, int second, @Nullable String claimedCommit) {
    return new Step(
        id,
        action,
        action,
        new Step.Asker("w", "git.example/1", run, "thumbprint", null, false, true),
        new Step.Source(COMMIT, claimedCommit, null, "refs/heads/main", null, true),
        "same-user",
        NOON.plusSeconds(second),
        second,
        null);
  }

  private static Step.Ended ended(String outcome, Step.@Nullable Tests tests) {
    return new Step.Ended(
        outcome.equals("succeeded") ? 0 : 1, 3, outcome, NOON.plusSeconds(50), 50, tests);
  }

  @Test
  void a_step_is_kept_as_it_was_begun_and_ends_once() {
    onBoth((runs, store) -> {
      Step step = step("s1", "build", "r1", 1);
      store.begin(step);
      store.begin(step("s1", "test", "r2", 2));
      assertThat(runs.step("s1")).contains(step);
      Step.Ended first = ended("failed", new Step.Tests(1, 2, 3));
      Step after =
          runs.end(
              step,
              first,
              List.of(new Product("a.jar", ARTIFACT)),
              List.of("pkg:npm/a@1", "pkg:npm/b@2"));
      assertThat(after.ended()).isEqualTo(first);
      runs.end(step, ended("succeeded", null), List.of(), List.of("pkg:npm/c@3"));
      assertThat(runs.step("s1").orElseThrow().ended()).isEqualTo(first);
      assertThat(runs.products("s1")).containsExactly(new Product("a.jar", ARTIFACT));
      assertThat(runs.dependenciesOf("r1")).containsExactly("pkg:npm/a@1", "pkg:npm/b@2");
      assertThat(runs.dependingOn("pkg:npm/b@2")).extracting(Step::id).containsExactly("s1");
      assertThat(runs.of("r1")).hasSize(1);
    });
  }

  @Test
  void a_product_that_was_only_reported_is_no_origin() {
    onBoth((runs, store) -> {
      Step step = step("s1", "build", "r1", 1);
      store.begin(step);
      runs.end(step, ended("succeeded", null), List.of(new Product("a", ARTIFACT)), List.of());
      assertThat(runs.about(ARTIFACT)).isEmpty();
    });
  }

  @Test
  void what_a_run_streamed_after_a_good_build_is_built() {
    onBoth((runs, store) -> {
      Step step = step("s1", "build", "r1", 1);
      store.begin(step);
      runs.streamed(ARTIFACT, "r1", NOON.plusSeconds(60));
      Origin unfinished = runs.about(ARTIFACT).orElseThrow();
      assertThat(unfinished.seen()).isPresent();
      assertThat(unfinished.built()).isEmpty();
      assertThat(unfinished.runnerKnown()).isTrue();
      runs.end(step, ended("succeeded", null), List.of(), List.of("pkg:npm/a@1"));
      Origin built = runs.about(ARTIFACT).orElseThrow();
      assertThat(built.built()).isPresent();
      assertThat(built.tests()).isNull();
      assertThat(built.dependencies()).containsExactly("pkg:npm/a@1");
    });
  }

  @Test
  void a_build_of_another_checkout_than_the_tokens_commit_is_not_seen() {
    onBoth((runs, store) -> {
      store.begin(step("s1", "build", "r1", 1, "cd".repeat(20)));
      runs.streamed(ARTIFACT, "r1", NOON.plusSeconds(60));
      assertThat(runs.about(ARTIFACT).orElseThrow().seen()).isEmpty();
    });
  }

  @Test
  void a_build_that_begins_after_the_bytes_came_proves_nothing_of_them() {
    onBoth((runs, store) -> {
      runs.streamed(ARTIFACT, "r1", NOON);
      store.begin(step("s1", "build", "r1", 1));
      runs.end(runs.step("s1").orElseThrow(), ended("succeeded", null), List.of(), List.of());
      assertThat(runs.about(ARTIFACT).orElseThrow().seen()).isEmpty();
    });
  }

  @Test
  void tests_count_for_their_own_run_and_commit_and_a_failure_stays_one() {
    onBoth((runs, store) -> {
      store.begin(step("b", "build", "r1", 1));
      runs.end(runs.step("b").orElseThrow(), ended("succeeded", null), List.of(), List.of());
      store.begin(step("t1", "test", "r1", 2));
      store.begin(step("t2", "test", "r1", 3));
      store.begin(step("elsewhere", "test", "r2", 4));
      store.begin(step("other", "test", "r1", 5, "cd".repeat(20)));
      store.begin(step("open", "test", "r1", 6));
      runs.streamed(ARTIFACT, "r1", NOON.plusSeconds(60));
      assertThat(runs.about(ARTIFACT).orElseThrow().tests()).isNull();
      runs.end(
          runs.step("t1").orElseThrow(),
          ended("succeeded", new Step.Tests(5, 0, 1)),
          List.of(),
          List.of());
      for (String no : List.of("elsewhere", "other")) {
        runs.end(
            runs.step(no).orElseThrow(),
            ended("succeeded", new Step.Tests(100, 0, 0)),
            List.of(),
            List.of());
      }
      assertThat(runs.about(ARTIFACT).orElseThrow().tests()).isEqualTo(new Step.Tests(5, 0, 1));
      runs.end(
          runs.step("t2").orElseThrow(),
          ended("failed", new Step.Tests(0, 1, 0)),
          List.of(),
          List.of());
      assertThat(runs.about(ARTIFACT).orElseThrow().tests()).isEqualTo(new Step.Tests(5, 1, 1));
    });
  }

  @Test
  void of_several_senders_the_first_that_built_it_well_counts() {
    onBoth((runs, store) -> {
      runs.streamed(ARTIFACT, "thief", NOON);
      runs.streamed(ARTIFACT, "thief", NOON.minusSeconds(99));
      assertThat(runs.about(ARTIFACT).orElseThrow().run()).isEqualTo("thief");
      store.begin(step("b", "build", "r1", 1));
      runs.end(runs.step("b").orElseThrow(), ended("succeeded", null), List.of(), List.of());
      runs.streamed(ARTIFACT, "r1", NOON.plusSeconds(60));
      assertThat(runs.about(ARTIFACT).orElseThrow().run()).isEqualTo("r1");
      assertThat(runs.runsOf(ARTIFACT)).containsExactly("thief", "r1");
      assertThat(runs.streamedBy("r1")).containsExactly(ARTIFACT);
    });
  }

  @Test
  void bounds_hold() {
    onBoth((runs, store) -> {
      store.begin(step("b", "build", "r1", 1));
      Step step = runs.step("b").orElseThrow();
      List<String> many = Collections.nCopies(Runs.MAX_DEPENDENCIES + 1, "pkg:npm/a@1");
      assertThatThrownBy(() -> runs.end(step, ended("failed", null), List.of(), many))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(runs.step("b").orElseThrow().open()).isTrue();
    });
  }
}
