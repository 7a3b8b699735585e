package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.Seed;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `like` (Cedar: operators): a wildcard is any run of characters, all else is itself.
class PatternTest {
  /// The pattern that stands in policies, with `*` for a wildcard.
  private static Pattern pattern(String text) {
    return new Pattern(text.replace('*', Escapes.WILDCARD));
  }

  /// The definition, a table of what is matched so far: slow and plain.
  private static boolean matches(int[] pattern, int[] value) {
    var matched = new boolean[pattern.length + 1][value.length + 1];
    for (int at = 0; at <= pattern.length; at++) {
      for (int in = 0; in <= value.length; in++) {
        if (at == 0) {
          matched[at][in] = in == 0;
        } else if (pattern[at - 1] == '*') {
          matched[at][in] = matched[at - 1][in] || (in > 0 && matched[at][in - 1]);
        } else {
          matched[at][in] = in > 0 && pattern[at - 1] == value[in - 1] && matched[at - 1][in - 1];
        }
      }
    }
    return matched[pattern.length][value.length];
  }

  private static String of(Random random, String[] alphabet, int length) {
    var text = new StringBuilder();
    for (int i = random.nextInt(length); i > 0; i--) {
      text.append(alphabet[random.nextInt(alphabet.length)]);
    }
    return text.toString();
  }

  @Test
  void a_wildcard_is_any_run_of_characters_and_all_else_is_itself() {
    int[] seen = new int[2];
    Seed.forAll(
        20_000,
        random -> {
          // The second half of one is that of the other, the first half of one is the wildcard.
          String[] letters =
              random.nextBoolean()
                  ? new String[] {"a", "b"}
                  : new String[] {"a", "\uD800\uDC00", "\uD83D\uDC00"};
          String value = of(random, letters, 14);
          var wild = letters.clone();
          wild[0] = "*";
          String pattern = of(random, random.nextBoolean() ? letters : wild, 5);
          pattern += random.nextBoolean() ? "*" : "";
          pattern += of(random, letters, 5) + (random.nextInt(3) == 0 ? "*" : "");
          boolean expected = matches(pattern.codePoints().toArray(), value.codePoints().toArray());
          seen[expected ? 0 : 1]++;
          assertThat(pattern(pattern).matches(value))
              .as("`%s` like `%s`", value, pattern)
              .isEqualTo(expected);
        });
    assertThat(seen[0]).isGreaterThan(2_000);
    assertThat(seen[1]).isGreaterThan(2_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"*", "**", "", "a*", "*a", "*aab*", "*abaab", "ab*ab*ab", "*\uD800\uDC00"})
  void a_pattern_without_wildcards_or_with_them_matches_itself(String text) {
    assertThat(pattern(text).matches(text.replace("*", ""))).isTrue();
    assertThat(pattern(text).matches(text.replace("*", "xyz"))).isTrue();
    assertThat(pattern(text).matches(text.replace("*", "") + "\n")).isEqualTo(text.endsWith("*"));
  }

  @Test
  void two_patterns_are_one_where_their_text_is() {
    assertThat(pattern("a*")).isEqualTo(pattern("a*")).hasSameHashCodeAs(pattern("a*"));
    assertThat(pattern("a*")).isNotEqualTo(new Pattern("a*")).isNotEqualTo(pattern("a"));
    assertThat(pattern("a*").hashCode()).isNotEqualTo(pattern("b*").hashCode());
    assertThat(pattern("a*\"")).hasToString("\"a*\\\"\"");
    assertThat(new Pattern("a*").text()).isEqualTo("a*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*a", "*aaab", "*a*a", "a*b", "*ab*ab"})
  void a_huge_like_takes_time_linear_in_value_and_pattern(String part) {
    Pattern huge = pattern(part.repeat(400_000 / part.length()) + "b*b");
    Pattern long_ = pattern("*" + "a".repeat(200_000) + "b" + "a".repeat(200_000));
    String value = "a".repeat(1_000_000);
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(2),
        () -> {
          assertThat(huge.matches(value)).isFalse();
          assertThat(long_.matches(value)).isFalse();
        });
  }
}
