package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.Seed;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Our engine and cedar-java, asked the same: generated sets of policies, templates and links,
/// policies that fit a schema and such as do not, and mutated texts that one must take or refuse as
/// the other. Every failure names its seed; `./build fuzz` goes on from there for as long as
/// wanted.
class DifferentialTest {
  private static final String ENTITIES =
      """
      [ {"uid": {"type": "User", "id": "a"}, "parents": [{"type": "Group", "id": "g"}],
         "attrs": {"n": 1, "s": "aab", "e": {"__entity": {"type": "Doc", "id": "d"}}, "set": [1, "a"],
                   "rec": {"n": 2}, "ip": {"__extn": {"fn": "ip", "arg": "127.0.0.1/31"}},
                   "dec": {"__extn": {"fn": "decimal", "arg": "-0.5"}},
                   "dt": {"__extn": {"fn": "datetime", "arg": "1969-12-31T23:59:59.999Z"}},
                   "dur": {"__extn": {"fn": "duration", "arg": "-1d1ms"}}},
         "tags": {"a": "b", "": "name"}},
        {"uid": {"type": "User", "id": "b"}, "parents": [], "attrs": {"n": 9223372036854775807}},
        {"uid": {"type": "Group", "id": "g"}, "parents": [{"type": "Group", "id": "h"}], "attrs": {}},
        {"uid": {"type": "Doc", "id": "d"}, "parents": [{"type": "Group", "id": "h"}],
         "attrs": {"e": {"__entity": {"type": "User", "id": "b"}}, "set": []}, "tags": {"name": "a"}},
        {"uid": {"type": "Action", "id": "read"}, "parents": [{"type": "Action", "id": "all"}], "attrs": {}},
        {"uid": {"type": "Action", "id": "all"}, "parents": [], "attrs": {}} ]
      """;
  private static final List<Entities.Entity> ALL = List.copyOf(Entities.parseJson(ENTITIES).all());

  /// The same entities, here and there.
  private record Store(Entities ours, Oracle theirs, String json) {
    /// Some three of those above: what is missing is a law of its own, and cedar-java reads them
    /// all anew for every question.
    static Store some(Random random) {
      var some = ALL.stream().filter(_ -> random.nextInt(5) < 3).toList();
      String json = Entities.of(some).json();
      return new Store(Entities.parseJson(json), Oracle.over(json), json);
    }
  }

  private static final int SETS = Integer.getInteger("sallyport.differential.sets", 1_000);
  static final Path SEEDS = SharedData.projectRoot().resolve("cedar/src/test/seeds.txt");
  private static final int QUESTIONS = 20;
  private static final com.cedarpolicy.model.schema.Schema THEIR_SCHEMA =
      Oracle.schema(LawsOfTyping.SCHEMA);
  private static final Validator VALIDATOR = new Validator(LawsOfTyping.READ);

  /// Seeds on which the two once differed, of one law: `./build fuzz` writes them down.
  static List<Long> kept(String law) {
    try {
      return Files.readAllLines(SEEDS).stream()
          .filter(line -> line.startsWith(law + " "))
          .map(line -> Long.parseLong(line.split(" ", -1)[1]))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void the_laws_of_evaluation_are_cedar_javas() {
    var texts = new LinkedHashMap<String, String>();
    LawsOfEvaluation.HOLD.forEach(
        law -> texts.put(law, "permit (principal, action, resource) when { " + law + " };"));
    LawsOfEvaluation.ERR
        .keySet()
        .forEach(
            law -> texts.put(law, "permit (principal, action, resource) when { " + law + " };"));
    var request =
        new Request(
            LawsOfEvaluation.PRINCIPAL,
            LawsOfEvaluation.ACTION,
            LawsOfEvaluation.RESOURCE,
            EntitiesReader.record(LawsOfEvaluation.CONTEXT));
    Oracle.Verdict verdict =
        Oracle.over(LawsOfEvaluation.ENTITIES).ask(Oracle.set(texts, Map.of(), List.of()), request);
    assertThat(verdict.reasons()).containsExactlyInAnyOrderElementsOf(LawsOfEvaluation.HOLD);
    assertThat(verdict.errors()).containsExactlyInAnyOrderElementsOf(LawsOfEvaluation.ERR.keySet());
  }

  @Test
  void generated_requests_are_answered_as_cedar_java_answers_them() {
    var seen = new Seen();
    kept("answers").forEach(seed -> answers(new Random(seed), seen));
    Seed.forAll(SETS, random -> answers(random, seen));
    seen.enough();
  }

  /// One set of policies, templates and links, asked twenty questions.
  static void answers(Random random, Seen seen) {
    Gen gen = new Gen(random);
    var policies = new LinkedHashMap<String, String>();
    var templates = new LinkedHashMap<String, String>();
    var links = new ArrayList<Link>();
    for (int i = random.nextInt(6); i >= 0; i--) {
      if (random.nextInt(5) > 0) {
        policies.put("policy " + i, gen.policy());
        continue;
      }
      templates.put("template " + i, gen.template());
      for (int link = random.nextInt(3); link > 0; link--) {
        links.add(link("template " + i, "link " + i + " " + link, templates, random));
      }
    }
    PolicySet ours = ours(policies, templates, links);
    var theirs = Oracle.set(policies, templates, links);
    Store store = Store.some(random);
    for (int i = 0; i < QUESTIONS; i++) {
      Request request = request(random);
      seen.compare(
          Oracle.Verdict.of(ours.ask(request, store.ours())),
          store.theirs().ask(theirs, request),
          () -> request + "\n" + policies + templates + links + store.json());
    }
  }

  private static Link link(
      String template, String id, Map<String, String> templates, Random random) {
    String text = String.valueOf(templates.get(template));
    return new Link(
        template,
        id,
        text.contains("?principal")
            ? uid(pick(random, "User::\"a\"", "Group::\"h\"", "User::\"gone\""))
            : null,
        text.contains("?resource") ? uid(pick(random, "Doc::\"d\"", "Group::\"h\"")) : null);
  }

  private static PolicySet ours(
      Map<String, String> policies, Map<String, String> templates, List<Link> links) {
    var read = new ArrayList<Policy>();
    policies.forEach(
        (id, text) -> read.add(PolicySet.parse(text).policies().getFirst().withId(id)));
    templates.forEach(
        (id, text) -> read.add(PolicySet.parse(text).templates().getFirst().withId(id)));
    return PolicySet.of(read, links);
  }

  private static Request request(Random random) {
    Value n = Value.of(random.nextInt(3) - 1L);
    var context = new HashMap<String, Value>();
    context.put("n", n);
    context.put("s", Value.of(pick(random, "", "a", "aab", "a*b", "\uD83D\uDE00x")));
    context.put("b", Value.of(random.nextBoolean()));
    context.put("set", Value.of(List.of(n, new EntityUid("User", "a"))));
    context.put("rec", Value.of(Map.of("n", n)));
    switch (random.nextInt(6)) {
      case 0 ->
          context.put("ip", Value.ip(pick(random, "10.0.0.0/8", "127.0.0.1", "ff02::1", "::/0")));
      case 1 -> context.put("dec", new Decimal(random.nextInt(3) * 5_000L - 5_000));
      case 2 -> context.put("dur", new Duration(random.nextInt(5) * 43_200_000L - 86_400_000L));
      case 3 -> context.put("dt", new Datetime(random.nextInt(5) * 43_200_000L - 86_400_000L));
      default -> {}
    }
    return new Request(
        uid(pick(random, "User::\"a\"", "User::\"b\"", "User::\"gone\"", "Doc::\"d\"")),
        uid(pick(random, "Action::\"read\"", "Action::\"write\"")),
        uid(pick(random, "Doc::\"d\"", "Doc::\"gone\"", "User::\"a\"")),
        new Value.Fields(context));
  }

  /// What was compared, so that a generator that has gone stale is found.
  static final class Seen {
    private final AtomicInteger allowed = new AtomicInteger();
    private final AtomicInteger all = new AtomicInteger();
    private final AtomicInteger errors = new AtomicInteger();
    final AtomicInteger valid = new AtomicInteger();
    final AtomicInteger invalid = new AtomicInteger();

    void compare(
        Oracle.Verdict ours, Oracle.Verdict theirs, java.util.function.Supplier<String> of) {
      all.incrementAndGet();
      allowed.addAndGet(ours.allowed() ? 1 : 0);
      errors.addAndGet(ours.errors().isEmpty() ? 0 : 1);
      if (!ours.equals(theirs)) {
        throw new AssertionError("ours %s%ntheirs %s%n%s".formatted(ours, theirs, of.get()));
      }
    }

    int all() {
      return all.get();
    }

    void enough() {
      assertThat(allowed.get()).as("allowed").isBetween(all.get() / 10, all.get() * 9 / 10);
      assertThat(errors.get()).as("with errors").isGreaterThan(all.get() / 50);
    }
  }

  /// Policies that a schema types: what our validator takes cannot err but by overflow and by what
  /// is not in the store, cedar-java takes the same, and both answer alike.
  @Test
  void policies_that_fit_a_schema_are_judged_and_answered_as_cedar_java_does() {
    var seen = new Seen();
    kept("typed").forEach(seed -> typed(new Random(seed), seen));
    Seed.forAll(SETS / 20, random -> typed(random, seen));
    seen.enough();
    assertThat(seen.valid.get()).as("valid").isGreaterThan(SETS);
    assertThat(seen.invalid.get()).as("invalid").isGreaterThan(SETS / 10);
  }

  /// Sixty policies that a schema types, judged, and asked by threes.
  static void typed(Random random, Seen seen) {
    var read = new EntityUid("Action", "read");
    var texts = new LinkedHashMap<String, String>();
    for (int i = 0; i < 60; i++) {
      texts.put(
          "policy " + i, new TypedGen(random, LawsOfTyping.READ, read, "User", "Doc").policy());
    }
    PolicySet all = ours(texts, Map.of(), List.of());
    var invalid = new TreeSet<String>();
    VALIDATOR.validate(all).stream()
        .filter(Validator.Finding::error)
        .forEach(finding -> invalid.add(finding.policy()));
    Set<String> theirInvalid = Oracle.invalid(THEIR_SCHEMA, texts);
    seen.valid.addAndGet(texts.size() - invalid.size());
    seen.invalid.addAndGet(invalid.size());
    if (!invalid.equals(theirInvalid)) {
      var only = new TreeSet<>(texts.keySet());
      only.removeIf(id -> invalid.contains(id) == theirInvalid.contains(id));
      throw new AssertionError(
          only.stream()
              .map(id -> (invalid.contains(id) ? "we" : "they") + " refuse " + texts.get(id))
              .toList()
              .toString());
    }
    var gen = new TypedGen(random, LawsOfTyping.READ, read, "User", "Doc");
    String json = gen.entities(List.of("User", "Doc"), List.of("Group", "Team"));
    Entities entities = Entities.parseJson(json);
    assertThat(VALIDATOR.entities(entities)).as(json).isEmpty();
    Oracle theirs = Oracle.over(json);
    var ids = List.copyOf(texts.keySet());
    for (int from = 0; from < ids.size(); from += 3) {
      var few = new LinkedHashMap<String, String>();
      ids.subList(from, from + 3).forEach(id -> few.put(id, String.valueOf(texts.get(id))));
      PolicySet ours = ours(few, Map.of(), List.of());
      var handed = Oracle.set(few, Map.of(), List.of());
      for (int i = 0; i < QUESTIONS / 2; i++) {
        Request request = gen.request("User", "Doc");
        assertThat(VALIDATOR.request(request)).as(request.toString()).isEmpty();
        Answer answer = ours.ask(request, entities);
        seen.compare(
            Oracle.Verdict.of(answer),
            theirs.ask(handed, request),
            () -> request + "\n" + few + "\n" + json);
        answer
            .errors()
            .forEach((id, message) ->
                assertThat(invalid.contains(id) || isUnforeseeable(message))
                    .as("a valid policy errs: %s %s", message, texts.get(id))
                    .isTrue());
      }
    }
  }

  private static boolean isUnforeseeable(String message) {
    return message.startsWith("overflow") || message.startsWith("no entity");
  }

  @Test
  void mutated_texts_are_taken_or_refused_as_cedar_java_does() {
    var taken = new int[2];
    kept("texts").forEach(seed -> texts(new Random(seed), taken));
    Seed.forAll(6_000, random -> texts(random, taken));
    assertThat(taken[0]).isGreaterThan(1_000);
    assertThat(taken[1]).isGreaterThan(150);
  }

  /// One text that may or may not be Cedar.
  static void texts(Random random, int[] taken) {
    String text =
        random.nextBoolean() ? assembled(random) : mutated(new Gen(random).policy(), random);
    boolean ours = taken(text);
    taken[ours ? 1 : 0]++;
    if (ours != Oracle.takes(text)) {
      throw new AssertionError((ours ? "only we take: " : "only they take: ") + text);
    }
  }

  private static boolean taken(String text) {
    try {
      PolicySet.parse(text);
      return true;
    } catch (SyntaxRefused e) {
      return false;
    }
  }

  private static final List<String> PIECES =
      List.of(
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          ",",
          ";",
          ".",
          "::",
          "==",
          "!",
          "-",
          "--",
          "!!!!!",
          "&&",
          "||",
          "has",
          "like",
          "is",
          "in",
          "if",
          "then",
          "else",
          "true",
          "principal",
          "action",
          "resource",
          "context",
          "permit",
          "forbid",
          "when",
          "unless",
          "@a",
          "@a(\"x\")",
          "\"x\"",
          "\"\\x7f\"",
          "\"\\x80\"",
          "\"\\u{d800}\"",
          "\"\\u{10ffff}\"",
          "\"\\u{1_0}\"",
          "\"\\*\"",
          "1",
          "-9223372036854775808",
          "9223372036854775808",
          "--9223372036854775808",
          "1.x",
          "ip(\"1\")",
          "ip()",
          "ip",
          "isIpv4()",
          ".isIpv4()",
          ".ip()",
          ".contains()",
          ".isEmpty()",
          "User::\"a\"",
          "User",
          "__cedar",
          "__cedar::x",
          "a::b",
          "+",
          "*",
          "<",
          "%",
          "/",
          "=",
          "?",
          "// c\n",
          "{a: 1, a: 2}",
          "{if: 1}",
          "{\"if\": 1,}",
          "[1,]",
          ".if",
          ".in",
          "[\"if\"]",
          "has if",
          "has \"if\"",
          "has a.b",
          "has principal",
          "like \"*\\*\"",
          "is User in principal",
          "a.b",
          "\u00a0",
          "\u0085",
          "\u200e",
          "\u2003",
          "'",
          "\\",
          "#",
          "\u00e4",
          "\"\u00e4\"",
          "\"\r\"",
          "\"\n\"",
          "\"\\\n\"",
          "when {}",
          "when { true }",
          "::\"a\"");

  /// A condition of a few pieces around what is an expression already.
  private static String assembled(Random random) {
    var text = new StringBuilder("permit (principal, action, resource) when { ");
    for (int i = random.nextInt(3); i >= 0; i--) {
      text.append(PIECES.get(random.nextInt(PIECES.size())))
          .append(random.nextBoolean() ? " " : "");
      text.append(pick(random, "", "1", "context.a", "\"s\"", "principal", "{a: 1}", "[1]"));
    }
    return text.append(" };").toString();
  }

  private static String mutated(String policy, Random random) {
    List<Token> tokens = Lexer.tokens(policy);
    var pieces = new ArrayList<String>();
    tokens.forEach(token -> pieces.add(policy.substring(token.span().start(), token.span().end())));
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(pieces.size());
      switch (random.nextInt(4)) {
        case 0 -> pieces.remove(at);
        case 1 -> pieces.set(at, PIECES.get(random.nextInt(PIECES.size())));
        case 2 -> pieces.add(at, PIECES.get(random.nextInt(PIECES.size())));
        default -> pieces.add(at, pieces.get(random.nextInt(pieces.size())));
      }
      if (pieces.isEmpty()) {
        break;
      }
    }
    return String.join(" ", pieces);
  }

  private static EntityUid uid(String text) {
    int split = text.lastIndexOf("::");
    return new EntityUid(text.substring(0, split), text.substring(split + 3, text.length() - 1));
  }

  private static String pick(Random random, String... from) {
    return from[random.nextInt(from.length)];
  }
}
