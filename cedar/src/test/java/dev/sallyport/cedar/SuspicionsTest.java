package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.Seed;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Attacks on whoever reads a policy before it is published: the text is Cedar, and says another
/// thing than it shows.
class SuspicionsTest {
  private static List<String> found(String text) {
    return Suspicions.of(text).stream().map(one -> one.span() + " " + one.message()).toList();
  }

  private static String policy(String id) {
    return "permit (principal == User::\"" + id + "\", action, resource);";
  }

  @Test
  void bidi_controls_that_hide_a_condition_in_a_comment_are_found() {
    String trojan =
        """
        permit (principal, action, resource)
        when { context.admin /*\u202E } \u2066// only administrators\u2069 \u2066 */ || true };
        """;
    assertThat(found(trojan))
        .containsExactly(
            "2:24 U+202E right-to-left override turns the direction of writing: what is shown is not what is decided on",
            "2:28 U+2066 left-to-right isolate turns the direction of writing: what is shown is not what is decided on",
            "2:51 U+2069 pop directional isolate turns the direction of writing: what is shown is not what is decided on",
            "2:53 U+2066 left-to-right isolate turns the direction of writing: what is shown is not what is decided on");
  }

  @Test
  void a_policy_hidden_behind_a_lone_carriage_return_is_found() {
    String hidden = "// Nobody may.\rpermit (principal, action, resource);\r\n";
    assertThat(PolicySet.parse(hidden).policies()).hasSize(1);
    assertThat(found(hidden))
        .containsExactly(
            "1:15 U+000D carriage return (cr) ends a comment, and most editors do not show it");
  }

  @ParameterizedTest
  @CsvSource({
    "200B,is not shown",
    "200D,is not shown",
    "2060,is not shown",
    "FEFF,is not shown",
    "00AD,is not shown",
    "3164,is not shown",
    "115F,is not shown",
    "FE0F,is not shown",
    "E0041,is not shown",
    "E0100,is not shown",
    "0007,is not shown",
    "001B,is not shown",
    "007F,is not shown",
    "E000,is not shown",
    "0378,is not shown",
    "200E,turns the direction",
    "061C,turns the direction",
    "202A,turns the direction",
    "2069,turns the direction",
    "2028,looks like the end of a line",
    "0085,looks like the end of a line",
    "000C,looks like the end of a line",
    "00A0,looks like a blank",
    "2003,looks like a blank",
    "3000,looks like a blank",
  })
  void a_character_that_is_not_shown_as_what_it_is_is_found_wherever_it_stands(
      String hex, String message) {
    String c = Character.toString(Integer.parseInt(hex, 16));
    for (String text : List.of(policy("a" + c + "b"), "// a" + c + "b\n" + policy("a"), c)) {
      assertThat(found(text)).as(text).first().asString().contains("U+" + hex, message);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "\u0430dmin,mixes latin and cyrillic letters, and looks like `admin`",
    "ad\u03BCin,mixes latin and greek letters",
    "\u0430\u0440\u0440,has no Latin letter, and looks like `app`",
    "\u039F\u03A1,looks like `OP`",
    "\uFF41dmin,looks like `admin`, and is written with other characters",
    "\uD835\uDC1Admin,looks like `admin`",
    "\u2170v,looks like `iv`",
    "e\u0301clair,has a second spelling",
    "\u0410\u03B1,mixes greek and cyrillic letters",
    "1\u0661,mixes digits of two systems",
    "\u13AAlice,mixes latin and cherokee letters",
  })
  void a_homoglyph_in_an_id_is_found(String id, String message) {
    assertThat(found(policy(id))).singleElement().asString().startsWith("1:28 ").contains(message);
    assertThat(found("@advice(\"ask " + id + " first\")\n" + policy("a"))).hasSize(1);
    assertThat(
            found(
                "permit (principal, action, resource) when { principal.n like \"*" + id + "*\" };"))
        .hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "admin",
        "gr\u00FC\u00DFe",
        "\u00E9clair",
        "\u0430\u0434\u043C\u0438\u043D",
        "\u0434\u043B\u044F deploy",
        "\u03BA\u03B1\u03BB\u03B7\u03BC\u03AD\u03C1\u03B1",
        "\u65E5\u672C\u8A9E\u306E\u30C6\u30B9\u30C8abc",
        "\uD55C\uAD6D\uC5B4\u6F22abc",
        "\u05E9\u05DC\u05D5\u05DD",
        "\u0627\u0644\u0633\u0644\u0627\u0645",
        "\u0966\u0967",
        "\uD83D\uDE00",
        "caf\u00E9\u2122",
        "\\u{202e}\\u{430}dmin",
        "\u00E9\\n\\t",
      })
  void what_people_write_in_their_language_is_not_suspicious(String id) {
    assertThat(found(policy(id))).isEmpty();
  }

  @Test
  void the_text_of_policies_that_we_make_is_not_suspicious() {
    Seed.forAll(200, random -> assertThat(found(new GuardedPolicies(random).policy())).isEmpty());
  }

  @Test
  void what_is_no_cedar_is_looked_through_all_the_same_and_no_more_than_a_hundred_are_told() {
    assertThat(found("\"\u202E")).hasSize(1);
    assertThat(found("\uD800"))
        .containsExactly("1:1 U+D800 high surrogates d800 is half a character");
    assertThat(found("\u202E".repeat(1_000))).hasSize(100);
    assertThat(found(policy("\u0430a").repeat(1_000))).hasSize(100);
    assertThat(found("")).isEmpty();
  }

  @Test
  void a_long_text_of_tricks_is_looked_through_in_time() {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          for (String text :
              List.of(
                  "\u0430\u03B1",
                  "e\u0301",
                  "\u202E",
                  "\"\u0430a\" ",
                  "\\",
                  "\"\\\u0430\" ",
                  "// \r")) {
            var _ = Suspicions.of(text.repeat(200_000 / text.length()));
            var _ =
                Suspicions.of("\"" + text.replace("\"", "").repeat(200_000 / text.length()) + "\"");
          }
        });
  }
}
