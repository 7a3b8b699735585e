package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The laws of typing, one expression each (Cedar: validator, strict).
class TypingTest {
  private static final String IDLE = "it holds for no request that fits the schema";

  static List<String> truths() {
    return LawsOfTyping.TRUTHS;
  }

  static List<String> knowledge() {
    return LawsOfTyping.KNOWLEDGE;
  }

  static List<String> wrong() {
    return LawsOfTyping.WRONG;
  }

  private static List<String> found(String policy) {
    return new Validator(LawsOfTyping.READ)
        .validate(PolicySet.parse(policy)).stream()
            .map(finding -> (finding.error() ? "" : "warning: ") + finding.message())
            .toList();
  }

  /// What the validator knows that a Bool can only be.
  private static String truth(String expression) {
    List<String> asked = found(LawsOfTyping.policy(expression));
    List<String> denied = found(LawsOfTyping.policy("!(" + expression + ")"));
    List<String> idle = List.of("warning: " + IDLE);
    if (asked.equals(idle) && denied.isEmpty()) {
      return "false";
    }
    if (asked.isEmpty() && denied.equals(idle)) {
      return "true";
    }
    return asked.isEmpty() && denied.isEmpty() ? "either" : asked + " " + denied;
  }

  @ParameterizedTest
  @MethodSource("truths")
  void what_can_only_be_true_or_false_is_known(String law) {
    String[] parts = law.split(" § ");
    assertThat(truth(parts[0])).as(parts[0]).isEqualTo(parts[1]);
    String behind = LawsOfTyping.policy(parts[0]).replace("};", "} unless { context.nonsense };");
    assertThat(found(behind).isEmpty() || found(behind).equals(List.of("warning: " + IDLE)))
        .as("what stands behind a condition that fails always is not looked at")
        .isEqualTo(parts[1].equals("false"));
    assertThat(found(LawsOfTyping.policy("true").replace("};", "} unless { " + parts[0] + " };")))
        .isEqualTo(parts[1].equals("true") ? List.of("warning: " + IDLE) : List.of());
  }

  @ParameterizedTest
  @MethodSource("knowledge")
  void what_was_tested_on_every_way_here_may_be_read(String law) {
    String[] parts = law.split(" § ");
    var expected =
        parts[1].equals("yes")
            ? List.of()
            : List.of("`nick` may be absent: test `principal has nick` before");
    assertThat(found(LawsOfTyping.policy("(" + parts[0] + ") && principal.nick == \"x\"")))
        .isEqualTo(expected);
    assertThat(
            found(
                LawsOfTyping.policy(parts[0])
                    .replace("};", "} when { context.on } when { principal.nick == \"x\" };")))
        .isEqualTo(expected);
    assertThat(
            found(
                LawsOfTyping.policy(
                    "if " + parts[0] + " then principal.nick == \"x\" else context.on")))
        .isEqualTo(expected);
    assertThat(
            found(
                LawsOfTyping.policy("true")
                    .replace(
                        "};", "} unless { " + parts[0] + " } when { principal.nick == \"x\" };")))
        .as("an `unless` proves nothing")
        .doesNotContain("nothing")
        .isEqualTo(
            truth(parts[0]).equals("true")
                ? List.of("warning: " + IDLE)
                : List.of("`nick` may be absent: test `principal has nick` before"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void what_can_err_is_told_and_why(String law) {
    String[] parts = law.split(" § ");
    assertThat(found(LawsOfTyping.policy(parts[0]))).singleElement().asString().contains(parts[1]);
    assertThat(found(LawsOfTyping.policy("false").replace("};", "} when { " + parts[0] + " };")))
        .as("a condition behind one that fails always is not typed, but its names are looked up")
        .singleElement()
        .asString()
        .contains(
            parts[1].contains("in the schema") || parts[1].contains("is none of")
                ? parts[1]
                : IDLE);
  }

  @Test
  void a_test_for_what_is_never_there_is_a_slip_and_said() {
    assertThat(found(LawsOfTyping.policy("principal has nonsense")))
        .containsExactly("warning: a User never has `nonsense`");
    assertThat(found(LawsOfTyping.policy("context has nonsense || context.on")))
        .containsExactly("warning: a Record never has `nonsense`");
    assertThat(found(LawsOfTyping.policy("principal has nonsense && 1")))
        .as("it is false, and what stands behind it is not typed")
        .containsExactly("warning: a User never has `nonsense`");
    assertThat(found(LawsOfTyping.policy("action has x")))
        .containsExactly("warning: a Action never has `x`");
    assertThat(found("permit(principal, action, resource) when { context has n };"))
        .as("it is there for one kind of request")
        .isEmpty();
  }
}
