package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The range as a user meets it: what `./build range` plays, and what `sallyport range` says of a
/// policy.
class RangeIT {
  /// The same players as `./build range`; its lines are printed, so that a build shows them.
  @Test
  void every_story_that_is_played_is_refused_and_every_good_step_passes() {
    Program.Answer played = Program.sallyport(Program.scratch("range"), "range", "--play");
    played.out().lines().filter(line -> line.startsWith("R")).forEach(System.out::println);
    assertThat(played.exitCode()).as("%s", played).isZero();
    for (String story :
        List.of(
            "R04", "R10", "R11", "R12", "R17", "R18", "R20", "R21", "R22", "R23", "R24", "R25",
            "R31", "R33", "R35", "R41", "R49", "R51")) {
      assertThat(played.out().lines())
          .as(story)
          .anyMatch(line -> line.startsWith(story + " refused by "));
    }
    assertThat(played.out().lines()).anyMatch(line -> line.startsWith("R26 undone by "));
    assertThat(played.out()).doesNotContain("let through by").doesNotContain("unclear at");
    assertThat(played.out()).contains("good passed decide").contains("good passed up");
  }

  @Test
  void a_policy_that_lets_an_attack_through_exits_with_one_and_names_what_is_missing() {
    Program.Answer answer =
        Program.sallyport(
            Program.scratch("range"), "range", "--profile", "baseline", "--story", "R17");
    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.out()).contains("R17 let through").contains("commits.unsigned");
  }

  @Test
  void a_policy_that_refuses_the_attack_and_not_its_twin_exits_with_zero() {
    Program.Answer answer =
        Program.sallyport(
            Program.scratch("range"), "range", "--profile", "strict", "--story", "R17");
    assertThat(answer.exitCode()).isZero();
    assertThat(answer.out()).contains("R17 refused by commits-not-forged").doesNotContain("twin");
  }

  @Test
  void a_policy_that_refuses_everything_is_told_that_it_refuses_the_good_too() throws IOException {
    Path folder = Program.scratch("range");
    Files.writeString(
        Files.createDirectories(folder.resolve("policy")).resolve("none.cedar"),
        "@id(\"none\") forbid (principal, action, resource);\n");
    Program.Answer answer = Program.sallyport(folder, "range", "--policy", "policy", "--json");
    JsonNode json = answer.json();
    assertThat(answer.exitCode()).isZero();
    assertThat(json.path("letThrough").asInt(-1)).isZero();
    assertThat(json.path("stories").size()).isEqualTo(51);
    json.path("stories")
        .forEach(story ->
            assertThat(story.path("doors").isEmpty() || !story.path("goodAllowed").asBoolean(true))
                .as(story.path("id").asString(""))
                .isTrue());
  }

  @Test
  void the_policy_of_the_folder_is_the_one_that_is_asked() throws IOException {
    Path folder = Program.scratch("range");
    Files.writeString(
        Files.createDirectories(folder.resolve(".sallyport/policy")).resolve("open.cedar"),
        "@id(\"open\") permit (principal, action, resource);\n");
    Program.Answer answer = Program.sallyport(folder, "range");
    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.out()).contains("policy of .sallyport/policy: 0 refused");
  }

  @Test
  void what_cannot_be_told_exits_with_two() throws IOException {
    Path folder = Program.scratch("range");
    Files.writeString(
        Files.createDirectories(folder.resolve("wrong")).resolve("wrong.cedar"),
        "permit (principal, action, resource) when { context.facts.commits.good > 0 };\n");
    Files.createDirectories(folder.resolve("empty"));
    for (List<String> arguments :
        List.of(
            List.of("--policy", "wrong"),
            List.of("--policy", "empty"),
            List.of("--policy", "nowhere"),
            List.of("--profile", "lax"),
            List.of("--story", "R99"),
            List.of("--profile", "strict", "--policy", "wrong"),
            List.of("--play", "--json"))) {
      List<String> whole = new ArrayList<>(List.of("range"));
      whole.addAll(arguments);
      Program.Answer answer = Program.sallyport(folder, whole.toArray(new String[0]));
      assertThat(answer.exitCode()).as("%s: %s", arguments, answer).isEqualTo(2);
      assertThat(answer.out()).isEmpty();
      assertThat(answer.err()).contains("hint: ");
    }
    assertThat(Program.sallyport(folder, "range", "--policy", "wrong").err())
        .contains("wrong.cedar:1:");
  }
}
