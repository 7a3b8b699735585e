package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The laws of evaluation, one expression each (Cedar: evaluation, operators and functions).
class EvaluationTest {
  private static final Entities ENTITIES = Entities.parseJson(LawsOfEvaluation.ENTITIES);
  private static final Request REQUEST =
      new Request(
          LawsOfEvaluation.PRINCIPAL,
          LawsOfEvaluation.ACTION,
          LawsOfEvaluation.RESOURCE,
          EntitiesReader.record(LawsOfEvaluation.CONTEXT));

  private static Answer ask(String conditions) {
    return PolicySet.parse("permit (principal, action, resource) " + conditions + ";")
        .ask(REQUEST, ENTITIES);
  }

  static List<String> hold() {
    return LawsOfEvaluation.HOLD;
  }

  static Set<String> err() {
    return LawsOfEvaluation.ERR.keySet();
  }

  @ParameterizedTest
  @MethodSource("hold")
  void what_holds_lets_a_when_through_and_stops_at_an_unless(String expression) {
    assertThat(ask("when { " + expression + " }"))
        .isEqualTo(new Answer(true, List.of("policy0"), Map.of(), 0));
    assertThat(ask("unless { " + expression + " }"))
        .isEqualTo(new Answer(false, List.of(), Map.of(), 0));
    assertThat(ask("when { [" + expression + "] == [true] }").allowed()).isTrue();
    assertThat(ask("when { true } when { " + expression + " }").allowed()).isTrue();
    assertThat(ask("when { " + expression + " } unless { true }").allowed()).isFalse();
    assertThat(ask("unless { false } unless { !(" + expression + ") }").allowed()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("err")
  void what_errs_neither_holds_nor_fails_and_says_why(String expression) {
    Map<String, String> errors = Map.of("policy0", LawsOfEvaluation.ERR.get(expression));
    assertThat(ask("when { " + expression + " }").errors()).isEqualTo(errors);
    assertThat(ask("unless { " + expression + " }"))
        .isEqualTo(new Answer(false, List.of(), errors, errors.size()));
    assertThat(ask("when { [" + expression + "] == [true] || true }").allowed())
        .isEqualTo(ask("when { [" + expression + "] == [] || true }").allowed());
    assertThat(ask("when { false } when { " + expression + " }").errors())
        .as("conditions are asked in their order, and none behind one that fails")
        .isEmpty();
  }

  @Test
  void values_are_written_as_the_language_writes_them() {
    assertThat(Value.of(true)).hasToString("true");
    assertThat(Value.of(List.of(Value.of(1), Value.of("a\"\u0007"))))
        .hasToString("[1, \"a\\\"\\u{7}\"]");
    assertThat(Value.of(Map.of("a b", Value.of(false)))).hasToString("{\"a b\": false}");
    assertThat(new EntityUid("A::B", "c\n")).hasToString("A::B::\"c\\n\"");
  }
}
