package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidatorProcessTest {
  private static final String GOOD =
      """
      @id("mine")
      permit (principal, action == Sallyport::Action::"push", resource)
      when { context.facts has commits && context.facts.commits.bad == 0 };
      """;
  private static final String WRONG_TYPE =
      """
      // ä: the native side counts bytes
      permit (principal, action == Sallyport::Action::"push", resource);
      forbid (principal, action == Sallyport::Action::"push", resource)
      unless {
        "ä€😀" != "" && context.facts has commits && context.facts.commits.bad == "none"
      };
      """;

  @TempDir private Path folder;

  @Test
  void a_good_policy_is_used_and_its_verdict_kept() throws IOException {
    Path verdicts = folder.resolve("verdicts");
    var validator = ValidatorProcess.installed().keepingVerdictsIn(verdicts);
    PolicySnapshot first = PolicySnapshot.read(one(GOOD), validator);
    assertThat(first.name()).isEqualTo("custom");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(verdicts)))
        .isEqualTo("rwx------");
    // The second reading starts no process: there is no class path to start one with.
    var dead = validator.withClassPath(folder.resolve("nothing.jar").toString());
    assertThat(PolicySnapshot.read(one(GOOD), dead).digest()).isEqualTo(first.digest());
    assertThatExceptionOfType(PolicyRefused.class)
        .isThrownBy(() -> PolicySnapshot.read(one(GOOD + "// other bytes\n"), dead));
  }

  @Test
  void a_verdict_in_a_folder_that_others_may_enter_is_no_verdict() throws IOException {
    Path verdicts = folder.resolve("verdicts");
    var validator = ValidatorProcess.installed().keepingVerdictsIn(verdicts);
    PolicySnapshot.read(one(GOOD), validator);
    Files.setPosixFilePermissions(verdicts, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatExceptionOfType(PolicyRefused.class)
        .isThrownBy(() -> PolicySnapshot.read(one(GOOD), validator.withClassPath("nothing.jar")));
  }

  @Test
  void what_only_cedars_validator_sees_is_refused_with_line_and_column() {
    assertThatExceptionOfType(PolicyRefused.class)
        .isThrownBy(() -> PolicySnapshot.read(one(WRONG_TYPE)))
        .satisfies(refused -> {
          PolicyRefused.Problem problem = refused.problems().getFirst();
          assertThat(problem.file()).isEqualTo("mine.cedar");
          assertThat(problem.line()).isEqualTo(5);
          assertThat(problem.column()).isEqualTo(47);
          assertThat(problem.message()).contains("Long");
        });
  }

  @Test
  void a_validator_that_cannot_run_refuses() {
    var none = ValidatorProcess.installed().withClassPath("nothing.jar");
    assertThatExceptionOfType(PolicyRefused.class)
        .isThrownBy(() -> PolicySnapshot.read(one(GOOD), none))
        .withMessageContaining("the policy is not used");
  }

  @Test
  void a_validator_that_takes_too_long_refuses() {
    var slow = ValidatorProcess.installed().within(Duration.ofMillis(1));
    assertThatExceptionOfType(PolicyRefused.class)
        .isThrownBy(() -> PolicySnapshot.read(one(GOOD), slow))
        .withMessageContaining("took longer");
  }

  @Test
  void no_policy_at_all_is_refused() {
    assertThatExceptionOfType(PolicyRefused.class)
        .isThrownBy(() -> PolicySnapshot.read(one("// nothing here\n")));
  }

  private static List<Source> one(String text) {
    return List.of(new Source("mine.cedar", text));
  }
}
