package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A policy in shadow is tried and does not count, until its last day; time alone opens nothing.
class ShadowTest {
  private static final Instant LAST = Instant.parse("2026-12-31T23:59:59.999Z");
  private static final Instant AFTER = Instant.parse("2027-01-01T00:00:00Z");
  private static final Question PUSH =
      new Question(
          new EntityRef("Person", "alice"), Action.PUSH, new EntityRef("Repository", "shop"));
  private static final String PERMIT =
      """
      @id("in") permit (principal, action == Sallyport::Action::"push", resource);
      """;
  private static final String NEW_FORBID =
      """
      @id("new") @shadow("2026-12-31")
      forbid (principal, action == Sallyport::Action::"push", resource);
      """;
  private static final String NEW_PERMIT = NEW_FORBID.replace("forbid", "permit");

  /// Valid, and errs where somebody claims as many seconds as there are.
  private static final String ERRING =
      """
      @id("errs") @shadow("2026-12-31")
      forbid (principal, action == Sallyport::Action::"push", resource)
      when { context.claimed has seconds && context.claimed.seconds + 1 > 100 };
      """;

  private static Ruling rule(String text, Instant now) {
    return Gate.rule(PUSH, Facts.NONE, PolicyTexts.snapshot(text).at(now));
  }

  private static List<String> tried(Ruling ruling) {
    return ruling.tried().stream()
        .map(one ->
            "%s would %s%s"
                .formatted(one.policy().id(), one.would().word(), one.changes() ? ", changes" : ""))
        .toList();
  }

  @Test
  void a_forbid_in_shadow_refuses_nothing_and_says_what_it_would_have() {
    Ruling ruling = rule(PERMIT + NEW_FORBID, LAST);
    assertThat(ruling.allowed()).isTrue();
    assertThat(ruling.policies()).extracting(PolicyRef::id).containsExactly("in");
    assertThat(tried(ruling)).containsExactly("new would forbid, changes");
  }

  @Test
  void when_its_last_day_is_over_a_forbid_counts() {
    Ruling ruling = rule(PERMIT + NEW_FORBID, AFTER);
    assertThat(ruling.outcome()).isEqualTo(Ruling.Outcome.FORBIDDEN);
    assertThat(ruling.tried()).isEmpty();
  }

  @Test
  void a_permit_in_shadow_never_counts_not_even_afterwards() {
    assertThat(tried(rule(NEW_PERMIT, LAST))).containsExactly("new would permit, changes");
    assertThat(rule(NEW_PERMIT, LAST).allowed()).isFalse();
    assertThat(rule(NEW_PERMIT, AFTER).outcome()).isEqualTo(Ruling.Outcome.NOT_PERMITTED);
  }

  @Test
  void who_hands_in_no_time_gets_every_mark_as_run_out() {
    assertThat(Gate.rule(PUSH, Facts.NONE, PolicyTexts.snapshot(PERMIT + NEW_FORBID)).allowed())
        .isFalse();
    assertThat(Gate.rule(PUSH, Facts.NONE, PolicyTexts.snapshot(NEW_PERMIT)).allowed()).isFalse();
  }

  @Test
  void one_that_would_not_change_the_answer_says_so() {
    String closed = NEW_FORBID.replace("\"new\"", "\"old\"").replace("@shadow(\"2026-12-31\")", "");
    assertThat(tried(rule(closed + NEW_FORBID.replace("forbid", "permit"), LAST)))
        .containsExactly("new would permit");
    assertThat(tried(rule(NEW_FORBID, LAST))).containsExactly("new would forbid");
  }

  @Test
  void one_that_errs_in_shadow_refuses_nothing_and_says_so() {
    var huge =
        new Question(
            PUSH.principal(),
            Action.PUSH,
            PUSH.resource(),
            Map.of("seconds", Long.MAX_VALUE),
            List.of());
    PolicySnapshot policy = PolicyTexts.snapshot(PERMIT + ERRING);
    Ruling ruling = Gate.rule(huge, Facts.NONE, policy.at(LAST));
    assertThat(ruling.allowed()).isTrue();
    assertThat(tried(ruling)).containsExactly("errs would err, changes");
    // When it counts, it denies.
    assertThat(Gate.rule(huge, Facts.NONE, policy.at(AFTER)).outcome())
        .isEqualTo(Ruling.Outcome.COULD_NOT_EVALUATE);
  }

  @Test
  void a_wrong_date_is_refused_with_its_place() {
    for (String wrong :
        List.of("", "soon", "2026-02-30", "2026-13-01", "26-12-31", "+12026-12-31", "2026-1-1")) {
      assertThat(PolicyTexts.problems(NEW_FORBID.replace("2026-12-31", wrong)))
          .as(wrong)
          .containsExactly(
              "1:1 policy `new`: `@shadow` wants its last day, as `@shadow(\"2026-12-31\")`");
    }
    assertThat(PolicyTexts.problems(NEW_FORBID.replace("(\"2026-12-31\")", ""))).hasSize(1);
  }

  @Test
  void a_rehearsal_keeps_the_shadow_too() {
    PolicySnapshot policy = PolicyTexts.snapshot(PERMIT + NEW_FORBID);
    Case asked = Case.of(PUSH, Facts.NONE);
    assertThat(Rehearsal.ask(asked, policy.at(LAST)).allowed()).isTrue();
    assertThat(Rehearsal.ask(asked, policy.at(AFTER)).allowed()).isFalse();
  }

  @Test
  void a_policy_without_marks_is_the_same_on_every_day() {
    for (Profile profile : Profile.values()) {
      PolicySnapshot snapshot = PolicySnapshot.builtIn(profile);
      assertThat(snapshot.at(LAST)).isSameAs(snapshot);
    }
    PolicySnapshot marked = PolicyTexts.snapshot(NEW_FORBID);
    assertThat(marked.at(LAST)).isSameAs(marked.at(LAST.minusSeconds(60)));
    assertThat(marked.at(LAST).digest()).isEqualTo(marked.at(AFTER).digest());
    assertThat(marked.at(LAST).counts("new")).isFalse();
    assertThat(marked.at(LAST).at(AFTER).counts("new")).isTrue();
  }
}
