package dev.sallyport.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
  @Test
  void the_order_of_a_report_does_not_depend_on_the_order_of_finding() {
    Finding first = finding("a", 3);
    Finding second = finding("a", 9);
    Finding third = finding("b", 1);
    assertThat(new Report(List.of(third, second, first), List.of(), List.of()).findings())
        .containsExactly(first, second, third);
  }

  @Test
  void the_same_finding_counts_once() {
    var one = new Report(List.of(finding("a", 3)), List.of(), List.of());
    assertThat(one.and(one).findings()).hasSize(1);
  }

  @Test
  void parts_that_join_to_the_same_text_differ() {
    assertThat(Fingerprint.of("x/y", "ab", "c")).isNotEqualTo(Fingerprint.of("x/y", "a", "bc"));
  }

  @Test
  void nothing_is_suppressed_without_a_reason() {
    assertThatThrownBy(() -> new Suppressed(finding("a", 1), " "))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_rule_without_a_subject_is_refused() {
    assertThatThrownBy(() ->
            new Finding(
                "noSubject", Kind.SECRET, Severity.LOW, "a", 1, "m", "f", "", null, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Finding finding(String path, int line) {
    return new Finding(
        "secret/test",
        Kind.SECRET,
        Severity.HIGH,
        path,
        line,
        "found",
        "1:00",
        "",
        null,
        List.of());
  }
}
