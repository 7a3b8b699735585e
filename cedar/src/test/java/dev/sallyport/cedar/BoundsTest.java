package dev.sallyport.cedar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Attacks on the readers by size and depth: 64 KiB of anything, on a thread with the stack that
/// the JVM gives to each, is taken or refused as declared, in time and without a stack overflow; a
/// long line is no worse than many.
class BoundsTest {
  private static final int SIZE = 64 * 1024;
  private static final long STACK = 1024 * 1024;
  private static final long PATIENCE_MILLISECONDS = 20_000;
  private static final String HEAD = "permit (principal, action, resource) when { ";

  /// What an expression is wrapped in, around `§`.
  private static final List<String> WRAPS =
      List.of(
          "(§)",
          "!(§)",
          "-(§)",
          "[§]",
          "{a: §}",
          "{\"a\": [§]}",
          "if § then 1 else 2",
          "if true then § else 2",
          "if true then 1 else §",
          "(§).a",
          "(§)[\"a\"]",
          "(§) has a",
          "(§) has a.b.c",
          "(§) like \"*\"",
          "(§) is User",
          "principal is User in (§)",
          "(§ && true)",
          "(true && §)",
          "(§ || false)",
          "(false || §)",
          "(§ == 1)",
          "(1 < §)",
          "(§ in principal)",
          "(principal in §)",
          "(§ + 1)",
          "(1 - §)",
          "(§) * 2",
          "[1].contains(§)",
          "(§).containsAll([])",
          "(§).isEmpty()",
          "!!!!(§ * 2 + 1 - 1 == 3 && true || false)",
          "----(§ * 2 + 1 - 1)",
          "{a: (§) has b}.a has b.c",
          "principal.getTag(§)",
          "(§).hasTag(\"a\")",
          "ip(§)",
          "(§).isInRange(ip(\"::\"))",
          "decimal(§)",
          "datetime(§).toDate()");

  /// What is said again and again.
  private static final List<String> PIECES =
      List.of(
          "-",
          "!",
          "(",
          "[",
          "{",
          "}",
          "]",
          ")",
          "if ",
          "if true then ",
          "a.b.c.",
          "a.b.c",
          ".a",
          "[\"a\"]",
          "like \"****\" ",
          "\"****\"",
          "has a.b.c.",
          "has a ",
          "&& ",
          "true && ",
          "|| ",
          "1 + ",
          "1 * ",
          "- 1 ",
          "is A in ",
          "is A ",
          "A::",
          "::",
          "ip(",
          "[1].contains(",
          "{a:",
          "{\"a\":[",
          "@a",
          "@a(\"x\")",
          "// x\n",
          "//",
          "// \r",
          "\"",
          "\\",
          "\"\\u{",
          "9",
          "1,",
          ",",
          ";",
          "permit",
          "permit (principal, action, resource);",
          "when { true } ",
          "unless {",
          "Action::\"a\", ",
          "?principal ",
          "\0",
          "\uFEFF",
          "\u00A0",
          "\uD83D\uDE00",
          "\n",
          "\r",
          "[[],",
          "{},",
          "{\"a\":",
          "{\"type\":\"Set\",\"element\":",
          "{\"__extn\":",
          "{\"__entity\":",
          "{\"!\":{\"arg\":",
          "{\"&&\":{\"left\":",
          "{\"Set\":[",
          "Set<",
          "entity A;",
          "entity A in ",
          "type T = ",
          "namespace N {",
          "action a, ",
          "{a?: Long, ",
          "null,",
          "true",
          "1e999",
          "-0",
          "\"\\ud800\"");

  /// Hostile texts, each behind the kinds of readers that see more of it than its first character.
  private static Stream<String> hostile() {
    return PIECES.stream()
        .map(piece -> piece.repeat(SIZE / piece.length()))
        .flatMap(many ->
            Stream.of(
                "pjfmsSeE " + many,
                "pfm " + HEAD + many,
                "pfm " + HEAD + "principal " + many + " };",
                "pfm " + HEAD + "\"" + many + "\" };",
                "s entity A = " + many,
                "eE [{\"uid\":" + many,
                "j {\"staticPolicies\":{\"a\":" + many));
  }

  /// The work on a thread of its own with a small stack.
  private static void bounded(String what, Runnable work) {
    var failure = new AtomicReference<Throwable>();
    var thread =
        new Thread(
            null,
            () -> {
              try {
                work.run();
              } catch (Throwable e) {
                failure.set(e);
              }
            },
            "bounded",
            STACK);
    thread.setDaemon(true);
    thread.start();
    try {
      thread.join(PATIENCE_MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new AssertionError("still at it: " + what);
    }
    if (failure.get() != null) {
      throw new AssertionError("fell: " + what, failure.get());
    }
  }

  private static void survives(char kind, String text) {
    byte[] input = (kind + text).getBytes(UTF_8);
    bounded(
        kind + " " + text.substring(0, Math.min(90, text.length())),
        () -> PolicyFuzz.fuzzerTestOneInput(input));
  }

  @Test
  void sixty_four_kilobytes_of_anything_are_taken_or_refused_in_time() {
    var texts = hostile().toList();
    assertThat(texts).hasSizeGreaterThan(400);
    for (String text : texts) {
      int kinds = text.indexOf(' ');
      text.substring(0, kinds)
          .chars()
          .forEach(kind -> survives((char) kind, text.substring(kinds + 1)));
    }
  }

  private static String nested(String wrap, int depth) {
    String[] parts = wrap.split("§", -1);
    return HEAD + parts[0].repeat(depth) + "1" + parts[1].repeat(depth) + " };";
  }

  static List<String> wraps() {
    return WRAPS;
  }

  @ParameterizedTest
  @MethodSource("wraps")
  void nesting_is_taken_to_a_depth_and_refused_beyond_it_whatever_nests(String wrap) {
    int taken = 0;
    for (int depth : List.of(1, 50, 66, 99, 198, 199, 200, 201, 400, SIZE / wrap.length())) {
      String text = nested(wrap, depth);
      for (char kind : List.of('p', 'f', 'm')) {
        survives(kind, text);
      }
      try {
        var _ = PolicySet.parse(text);
        taken = depth;
      } catch (SyntaxRefused refused) {
        assertThat(refused).hasMessageContaining("nested deeper than");
      }
    }
    assertThat(taken).isBetween(1, 200);
  }

  @ParameterizedTest
  @MethodSource("wraps")
  void nesting_in_json_is_bounded_as_in_text(String wrap) {
    for (int depth : List.of(100, 240, 330, 490, 2_000)) {
      survives('j', deepJson(wrap, depth));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[§]", "{\"a\":§}", "[[1],§]", "{\"__extn\":{\"fn\":\"ip\",\"arg\":§}}"})
  void values_in_json_policies_nest_no_deeper_than_expressions(String wrap) {
    String json = PolicySet.parse(HEAD + "424242 };").json();
    String[] parts = wrap.split("§", -1);
    for (int depth : List.of(190, 210, 480, 990, 5_000)) {
      survives('j', json.replace("424242", parts[0].repeat(depth) + "1" + parts[1].repeat(depth)));
    }
  }

  /// The JSON of a nesting that no text could have.
  private static String deepJson(String wrap, int depth) {
    String marker = "424242";
    String once =
        JsonWriter.line(
            PolicyJsonWriter.set(
                PolicySet.parse(nested(wrap.replace("1", "7"), 1).replace("1", marker))));
    String body = once.substring(once.indexOf("\"body\":") + 7);
    String literal = "{\"Value\":" + marker + "}";
    int at = body.indexOf(literal);
    assertThat(at).as(body).isNotNegative();
    int end = end(body);
    String before = body.substring(0, at);
    String after = body.substring(at + literal.length(), end);
    return once.substring(0, once.indexOf("\"body\":") + 7)
        + before.repeat(depth)
        + literal
        + after.repeat(depth)
        + body.substring(end);
  }

  /// Where the first value of a text ends.
  private static int end(String json) {
    int depth = 0;
    boolean quoted = false;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c == '"' && (i == 0 || json.charAt(i - 1) != '\\')) {
        quoted = !quoted;
      } else if (!quoted && c == '{') {
        depth++;
      } else if (!quoted && c == '}' && --depth == 0) {
        return i + 1;
      }
    }
    throw new AssertionError(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "principal.a == 1 && ",
        "principal.n == 1 || ",
        "context has a.b.c && ",
        "[1, 2].contains(1) && ",
        "\"a\" like \"*a*\" && ",
        "(if true then true else false) && ",
        "ip(\"::1\").isLoopback() && ",
        "principal.hasTag(\"a\") && ",
        "!true || "
      })
  void a_long_line_is_read_judged_laid_out_and_asked_in_time(String part) {
    String text = HEAD + part.repeat(300_000 / part.length()) + "true };";
    for (char kind : List.of('p', 'f', 'm')) {
      survives(kind, text);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permit (principal, action, resource); ",
            "forbid (principal == User::\"a\", action, resource) when { [1, [2, {a: 3}]].isEmpty() }; ",
        "@a(\"b\") permit (principal, action in [Action::\"a\", Action::\"b\"], resource); ",
            "permit (principal, action, resource); // why\n"
      })
  void many_policies_are_read_judged_laid_out_and_asked_in_time(String part) {
    String text = part.repeat(200_000 / part.length());
    for (char kind : List.of('p', 'f', 'm')) {
      survives(kind, text);
    }
  }

  @Test
  void long_lists_and_strings_are_laid_out_in_time() {
    String numbers =
        IntStream.range(0, 30_000).mapToObj(String::valueOf).collect(Collectors.joining(","));
    String members =
        IntStream.range(0, 20_000).mapToObj(i -> "m" + i + ": []").collect(Collectors.joining(","));
    for (String text :
        List.of(
            HEAD + "[" + numbers + "].isEmpty() };",
            HEAD + "{" + members + "} == {} };",
            HEAD + "\"" + "a".repeat(300_000) + "\" == \"\" };",
            HEAD + "[" + "\"aaaaaaaa\",".repeat(20_000) + "].isEmpty() };",
            "permit (principal, action in [" + "Action::\"a\",".repeat(20_000) + "], resource);",
            "// a\n".repeat(30_000),
            "// " + "a ".repeat(150_000) + "\n" + HEAD + "true };")) {
      for (char kind : List.of('p', 'f', 'm')) {
        survives(kind, text);
      }
    }
  }

  @Test
  void a_row_of_thousands_of_different_tests_is_judged_in_time() {
    String tests =
        IntStream.range(0, 8_000)
            .mapToObj(i -> "principal.hasTag(\"t" + i + "\") && ")
            .collect(Collectors.joining());
    String text = HEAD + tests + "principal.getTag(\"t7999\") == 1 };";
    survives('p', text);
    var findings = new Validator(LawsOfTyping.READ).validate(PolicySet.parse(text));
    assertThat(findings).noneMatch(Validator.Finding::error);
  }

  private static String entity(String id, String parent) {
    return "{\"uid\":{\"type\":\"A\",\"id\":\"%s\"},\"attrs\":{},\"parents\":[{\"type\":\"A\",\"id\":\"%s\"}]}"
        .formatted(id, parent);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100, 1_000})
  void a_cycle_of_entities_is_refused_however_long(int length) {
    String cycle =
        IntStream.range(0, length)
            .mapToObj(i -> entity("e" + i, "e" + (i + 1) % length))
            .collect(Collectors.joining(",", "[", "]"));
    assertThatExceptionOfType(Entities.Refused.class)
        .isThrownBy(() -> Entities.parseJson(cycle))
        .withMessageContaining("is above itself");
    Entities chain =
        Entities.parseJson(cycle.replace(entity("e" + (length - 1), "e0"), entity("last", "end")));
    assertThatExceptionOfType(Entities.Refused.class)
        .isThrownBy(() ->
            chain.with(
                EntitiesReader.entities("[" + entity("end", length == 1 ? "last" : "e0") + "]")))
        .satisfies(refused -> assertThat(refused.getMessage()).isNotEmpty());
  }

  @Test
  void a_deep_hierarchy_is_walked_without_a_stack_overflow() {
    String chain =
        IntStream.range(0, 1_000)
            .mapToObj(i -> entity("e" + i, "e" + (i + 1)))
            .collect(Collectors.joining(",", "[", "]"));
    survives('e', chain);
    assertThat(
            Entities.parseJson(chain).isIn(new EntityUid("A", "e0"), new EntityUid("A", "e1000")))
        .isTrue();
  }

  /// An id that is a number, an address that is a string, a reference that is a record: what JSON
  /// allows and no type does.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"uid\":{\"type\":\"A\",\"id\":1},\"attrs\":{},\"parents\":[]}",
        "{\"uid\":{\"type\":[\"A\"],\"id\":\"a\"},\"attrs\":{},\"parents\":[]}",
        "{\"uid\":\"A::\\\"a\\\"\",\"attrs\":{},\"parents\":[]}",
        "{\"uid\":{\"__entity\":\"A::a\"},\"attrs\":{},\"parents\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\",\"more\":1},\"attrs\":{},\"parents\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":[],\"parents\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":{}}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[\"A::b\"]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[],\"tags\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{\"x\":{\"__entity\":\"A::a\"}},\"parents\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{\"x\":{\"__entity\":{\"type\":\"A\"}}},\"parents\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{\"x\":{\"__extn\":\"ip\"}},\"parents\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{\"x\":{\"__extn\":{\"fn\":\"ip\",\"arg\":1}}},\"parents\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{\"x\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"1.1.1.1\",\"x\":1}}},\"parents\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{\"x\":{\"__extn\":{\"fn\":\"isIpv4\",\"arg\":\"1.1.1.1\"}}},\"parents\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{\"x\":{\"__expr\":\"User::\\\"a\\\"\"}},\"parents\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{\"x\":1.0},\"parents\":[]}",
        "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{\"x\":9223372036854775808},\"parents\":[]}",
      })
  void type_confusion_by_json_is_refused(String entity) {
    assertThat(refused(() -> Entities.parseJson("[" + entity + "]"))).isTrue();
  }

  private static boolean refused(Runnable reads) {
    try {
      reads.run();
      return false;
    } catch (SyntaxRefused | Entities.Refused declared) {
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"time", "ipaddr", "IP", "eval", "isIpv4", "ip ", "__cedar::ip", ""})
  void an_unknown_extension_is_refused_in_text_and_json(String function) {
    assertThat(refused(() -> PolicySet.parse(HEAD + function + "(\"1.1.1.1\").isIpv4() };")))
        .isEqualTo(!function.isBlank() && !function.equals("ip "));
    assertThat(
            refused(() ->
                Entities.parseJson(
                    "[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"parents\":[],\"attrs\":{\"x\":"
                        + "{\"__extn\":{\"fn\":\"%s\",\"arg\":\"1.1.1.1\"}}}}]"
                            .formatted(function))))
        .isTrue();
    String json = PolicySet.parse(HEAD + "ip(\"1.1.1.1\").isIpv4() };").json();
    assertThat(refused(() -> PolicySet.parseJson(json.replace("\"ip\"", "\"" + function + "\""))))
        .as("a function that is there may be called on anything, and errs")
        .isNotEqualTo(function.equals("isIpv4"));
    assertThat(
            refused(() -> PolicySet.parseJson(json.replace("\"isIpv4\"", "\"" + function + "\""))))
        .isNotEqualTo(function.equals("isIpv4"));
  }

  @Test
  void an_erring_forbid_is_named_though_cedar_skips_it() {
    PolicySet set =
        PolicySet.parse(
            "permit (principal, action, resource);"
                + "forbid (principal, action, resource) when { context.none };");
    var uid = new EntityUid("A", "a");
    Answer answer = set.ask(new Request(uid, uid, uid, EntitiesReader.record("{}")), Entities.NONE);
    assertThat(answer.allowed()).as("Cedar's meaning; the gate denies").isTrue();
    assertThat(answer.errors()).containsOnlyKeys("policy1");
  }
}
