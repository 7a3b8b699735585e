package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.Seed;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What changes between two sets of policies is told whole, and nothing else is.
class PolicyDiffTest {
  private static final String PUSH =
      """
      @id("push")
      permit (principal, action == Sallyport::Action::"push", resource)
      when { context.facts has commits && context.facts.commits.bad == 0 };
      """;

  private static PolicySnapshot with(String text) {
    return PolicyTexts.snapshot(text);
  }

  @Test
  void where_a_policy_stands_and_what_is_written_around_it_is_no_change() {
    PolicySnapshot moved =
        PolicySnapshot.read(List.of(new Source("other.cedar", "// why\n\n" + PUSH + "// end\n")));
    assertThat(PolicyDiff.between(with(PUSH), moved)).isEmpty();
  }

  @Test
  void each_policy_that_was_added_removed_or_changed_is_named_with_its_lines() {
    String other = PUSH.replace("\"push\")\n", "\"other\")\n");
    List<PolicyDiff.Change> changes =
        PolicyDiff.between(with(PUSH), with(PUSH.replace("== 0", "== 1") + other));
    assertThat(changes)
        .extracting(change -> change.id() + " " + change.kind().word())
        .containsExactly("other added", "push changed");
    assertThat(changes.getLast().lines())
        .endsWith(
            "-when { context.facts has commits && context.facts.commits.bad == 0 };",
            "+when { context.facts has commits && context.facts.commits.bad == 1 };");
    assertThat(PolicyDiff.between(with(PUSH + other), with(PUSH)))
        .singleElement()
        .satisfies(change -> {
          assertThat(change.kind()).isEqualTo(PolicyDiff.Kind.REMOVED);
          assertThat(change.lines()).allMatch(line -> line.startsWith("-"));
        });
  }

  @Test
  void a_profile_differs_from_itself_in_nothing() {
    for (Profile profile : Profile.values()) {
      PolicySnapshot snapshot = PolicySnapshot.builtIn(profile);
      assertThat(PolicyDiff.between(snapshot, PolicySnapshot.builtIn(profile))).isEmpty();
      assertThat(snapshot.policies())
          .allSatisfy(policy -> assertThat(snapshot.text(policy.id())).contains(policy.id()));
    }
  }

  @Test
  void lines_far_from_a_difference_are_left_out_and_the_rest_rebuilds_both() {
    Seed.forAll(
        200,
        random -> {
          var old = new ArrayList<String>();
          var fresh = new ArrayList<String>();
          for (int i = 0; i < random.nextInt(6); i++) {
            old.add(String.valueOf(random.nextInt(3)));
          }
          for (int i = 0; i < random.nextInt(6); i++) {
            fresh.add(String.valueOf(random.nextInt(3)));
          }
          List<String> shown = PolicyDiff.lines(old, fresh);
          if (shown.contains("@@")) {
            return;
          }
          assertThat(side(shown, '+')).isEqualTo(old.equals(fresh) ? List.of() : old);
          assertThat(side(shown, '-')).isEqualTo(old.equals(fresh) ? List.of() : fresh);
        });
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      many.add("line " + i);
    }
    List<String> changed = new ArrayList<>(many);
    changed.set(50, "other");
    assertThat(PolicyDiff.lines(many, changed))
        .hasSize(2 + 6 + 2)
        .startsWith("@@")
        .endsWith("@@")
        .contains("-line 50", "+other", " line 47", " line 53");
  }

  private static List<String> side(List<String> shown, char without) {
    return shown.stream()
        .filter(line -> line.charAt(0) != without)
        .map(line -> line.substring(1))
        .toList();
  }
}
