package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is refused, where, and within which bounds.
class RefusalTest {
  private static final String ALL = "permit (principal, action, resource)";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permit (principal, action, resource)|1:37|expected `;`, found the end",
        "\\nallow (principal, action, resource);|2:1|expected `permit` or `forbid`",
        "permit (principal, action == User::'a', resource);|1:36|no token starts with",
        "permit (principal == ?resource, action, resource);|1:23|expected `?principal`",
        "permit (principal, action, resource) when { unknown(1) };|1:45|no function `unknown`",
        "permit (principal, action, resource) when { 1 == 2 == 3 };|1:52|comparisons don't chain",
        "permit (principal, action, resource) when { 9223372036854775808 };|1:45|64 bits",
      })
  void a_refusal_says_line_and_column(String text, String place, String message) {
    assertThatExceptionOfType(SyntaxRefused.class)
        .isThrownBy(() -> PolicySet.parse(text.replace("\\n", "\n")))
        .satisfies(refused -> {
          assertThat(refused.line() + ":" + refused.column()).isEqualTo(place);
          assertThat(refused).hasMessageContaining(message);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "[", "{a: ", "if true then true else (", "1 + (", "principal.e["})
  void nesting_beyond_the_bound_is_refused_and_never_a_stack_overflow(String open) {
    String text = ALL + " when { " + open.repeat(100_000) + " };";
    assertThatExceptionOfType(SyntaxRefused.class).isThrownBy(() -> PolicySet.parse(text));
  }

  @Test
  void long_chains_evaluate_without_a_stack_overflow() {
    String text =
        ALL
            + " when { "
            + "true && ".repeat(50_000)
            + "("
            + "false || ".repeat(50_000)
            + "true) };";
    var uid = new EntityUid("A", "a");
    Answer answer =
        PolicySet.parse(text)
            .ask(new Request(uid, uid, uid, new Value.Fields(Map.of())), Entities.NONE);
    assertThat(answer.allowed()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {".a", "[\"a\"]", " + 1", " * 1"})
  void chains_that_nest_are_bounded(String step) {
    String text = ALL + " when { context" + step.repeat(100_000) + " };";
    assertThatExceptionOfType(SyntaxRefused.class)
        .isThrownBy(() -> PolicySet.parse(text))
        .withMessageContaining("nested deeper");
  }

  @Test
  void a_text_beyond_the_bound_is_refused() {
    String text = " ".repeat(Lexer.MAX_LENGTH + 1);
    assertThatExceptionOfType(SyntaxRefused.class).isThrownBy(() -> PolicySet.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"uid\": {\"type\": \"A\", \"id\": \"a\"}, \"uid\": {\"type\": \"A\", \"id\": \"b\"}, \"attrs\": {}, \"parents\": []}]",
        "[{\"uid\": {\"type\": \"A\", \"id\": \"a\"}, \"attrs\": {\"x\": 1.5}, \"parents\": []}]",
        "[{\"uid\": {\"type\": \"A\", \"id\": \"a\"}, \"attrs\": {\"x\": null}, \"parents\": []}]",
        "[{\"uid\": {\"type\": \"A\", \"id\": \"\\ud800\"}, \"attrs\": {}, \"parents\": []}]",
        "[] []",
        "[01]",
        "[",
      })
  void json_that_is_not_strict_is_refused(String json) {
    assertThatExceptionOfType(SyntaxRefused.class).isThrownBy(() -> Entities.parseJson(json));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"uid\": {\"type\": \"A\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": [{\"type\": \"A\", \"id\": \"a\"}]}]",
        "[{\"uid\": {\"type\": \"A\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": [{\"type\": \"A\", \"id\": \"b\"}]},"
            + "{\"uid\": {\"type\": \"A\", \"id\": \"b\"}, \"attrs\": {}, \"parents\": [{\"type\": \"A\", \"id\": \"a\"}]}]",
        "[{\"uid\": {\"type\": \"A\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": []},"
            + "{\"uid\": {\"type\": \"A\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": []}]",
        "[{\"uid\": {\"type\": \"A\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": [], \"more\": 1}]",
        "[{\"uid\": {\"type\": \"if\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": []}]",
        "[{\"uid\": {\"type\": \"A\", \"id\": \"a\"}, \"attrs\": {\"x\": {\"__extn\": {\"fn\": \"ip\", \"arg\": \"x\"}}}, \"parents\": []}]",
        "{}",
      })
  void entities_that_are_no_hierarchy_are_refused(String json) {
    assertThatExceptionOfType(Entities.Refused.class).isThrownBy(() -> Entities.parseJson(json));
  }

  @Test
  void deep_json_is_refused_and_never_a_stack_overflow() {
    assertThatExceptionOfType(SyntaxRefused.class)
        .isThrownBy(() -> Entities.parseJson("[".repeat(1_000_000)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "entity A = { x: B };",
        "type T = { x: T };",
        "type T = Set<U>; type U = { y: T };",
        "entity A; entity A;",
        "action a in [b];",
        "action a appliesTo { principal: P };",
        "entity A = { x: Long, x: Long };",
        "namespace N { entity A",
      })
  void a_schema_whose_names_do_not_hold_is_refused(String text) {
    assertThatExceptionOfType(SyntaxRefused.class).isThrownBy(() -> Schema.parse(text));
  }
}
