package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.AuthorizationRequest;
import com.cedarpolicy.model.AuthorizationResponse;
import com.cedarpolicy.model.AuthorizationSuccessResponse;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.exception.InternalException;
import com.cedarpolicy.value.CedarList;
import com.cedarpolicy.value.CedarMap;
import com.cedarpolicy.value.EntityUID;
import com.cedarpolicy.value.PrimBool;
import com.cedarpolicy.value.PrimLong;
import com.cedarpolicy.value.PrimString;
import dev.sallyport.testdata.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Our engine and cedar-java, asked the same: generated sets of one to six policies, and mutated
/// texts that one must take or refuse as the other.
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
  private static final Entities OURS = Entities.parseJson(ENTITIES);
  private static final BasicAuthorizationEngine ORACLE = new BasicAuthorizationEngine();

  @Test
  void generated_requests_are_answered_as_cedar_java_answers_them() throws Exception {
    Set<com.cedarpolicy.model.entity.Entity> theirs = theirEntities();
    var seen = new int[3];
    Seed.forAll(
        1_500,
        random -> {
          Gen gen = new Gen(random);
          var texts = new ArrayList<String>();
          for (int i = random.nextInt(6); i >= 0; i--) {
            texts.add(gen.policy());
          }
          for (int i = 0; i < 2; i++) {
            compare(texts, random, theirs, seen);
          }
        });
    assertThat(seen[0]).as("allowed").isGreaterThan(500);
    assertThat(seen[1]).as("denied").isGreaterThan(500);
    assertThat(seen[2]).as("with errors").isGreaterThan(500);
  }

  private static void compare(
      List<String> texts,
      Random random,
      Set<com.cedarpolicy.model.entity.Entity> theirs,
      int[] seen) {
    String principal = pick(random, "User::\"a\"", "User::\"b\"", "User::\"gone\"", "Doc::\"d\"");
    String action = pick(random, "Action::\"read\"", "Action::\"write\"");
    String resource = pick(random, "Doc::\"d\"", "Doc::\"gone\"", "User::\"a\"");
    long n = random.nextInt(3) - 1L;
    String s = pick(random, "", "a", "aab", "a*b");
    var context = new HashMap<String, Value>();
    context.put("n", Value.of(n));
    context.put("s", Value.of(s));
    context.put("b", Value.of(true));
    context.put("set", Value.of(List.of(Value.of(n), new EntityUid("User", "a"))));
    context.put("rec", Value.of(Map.of("n", Value.of(n))));
    Request request =
        new Request(uid(principal), uid(action), uid(resource), new Value.Fields(context));
    Answer ours = PolicySet.parse(String.join("\n", texts)).ask(request, OURS);

    var same = new HashMap<String, com.cedarpolicy.value.Value>();
    same.put("n", new PrimLong(n));
    same.put("s", new PrimString(s));
    same.put("b", new PrimBool(true));
    same.put("set", new CedarList(List.of(new PrimLong(n), theirUid("User::\"a\""))));
    same.put("rec", new CedarMap(Map.of("n", new PrimLong(n))));
    var policies = new HashSet<com.cedarpolicy.model.policy.Policy>();
    for (int i = 0; i < texts.size(); i++) {
      policies.add(new com.cedarpolicy.model.policy.Policy(texts.get(i), "policy" + i));
    }
    AuthorizationSuccessResponse answer;
    try {
      AuthorizationResponse response =
          ORACLE.isAuthorized(
              new AuthorizationRequest(
                  theirUid(principal), theirUid(action), theirUid(resource), same),
              new com.cedarpolicy.model.policy.PolicySet(policies),
              theirs);
      answer =
          response.success.orElseThrow(
              () -> new AssertionError(response.errors + "\n" + String.join("\n", texts)));
    } catch (AuthException e) {
      throw new AssertionError(String.join("\n", texts), e);
    }
    var errors = new TreeSet<String>();
    answer.getErrors().forEach(error -> errors.add(error.getPolicyId()));
    seen[ours.allowed() ? 0 : 1]++;
    seen[2] += errors.isEmpty() ? 0 : 1;
    if (ours.allowed() != answer.isAllowed()
        || !new TreeSet<>(ours.reasons()).equals(new TreeSet<>(answer.getReason()))
        || !ours.errors().keySet().equals(errors)) {
      throw new AssertionError(
          "%s %s %s%n%s%nours %s%ntheirs %s"
              .formatted(principal, action, resource, String.join("\n", texts), ours, answer));
    }
  }

  @Test
  void mutated_texts_are_taken_or_refused_as_cedar_java_does() {
    var taken = new int[2];
    Seed.forAll(
        6_000,
        random -> {
          String text =
              random.nextBoolean() ? assembled(random) : mutated(new Gen(random).policy(), random);
          boolean ours = taken(text);
          taken[ours ? 1 : 0]++;
          if (ours != theyTake(text)) {
            throw new AssertionError((ours ? "only we take: " : "only they take: ") + text);
          }
        });
    assertThat(taken[0]).isGreaterThan(1_000);
    assertThat(taken[1]).isGreaterThan(150);
  }

  private static boolean taken(String text) {
    try {
      PolicySet.parse(text);
      return true;
    } catch (SyntaxRefused e) {
      return false;
    }
  }

  private static boolean theyTake(String text) {
    try {
      com.cedarpolicy.model.policy.PolicySet.parsePolicies(text);
      return true;
    } catch (InternalException e) {
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

  private static Set<com.cedarpolicy.model.entity.Entity> theirEntities() throws Exception {
    return com.cedarpolicy.model.entity.Entities.parse(ENTITIES).getEntities();
  }

  private static EntityUid uid(String text) {
    int split = text.lastIndexOf("::");
    return new EntityUid(text.substring(0, split), text.substring(split + 3, text.length() - 1));
  }

  private static EntityUID theirUid(String text) {
    return EntityUID.parse(text).orElseThrow();
  }

  private static String pick(Random random, String... from) {
    return from[random.nextInt(from.length)];
  }
}
