package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.Seed;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// How far a policy reads from its request is what cedar-java says (RFC 76).
class LevelsTest {
  private static final String SCHEMA =
      """
      entity Group in [Group];
      entity User in [Group] = {
        name: String, friend: User, best?: User, rec: { of: User, x: Long }
      } tags User;
      entity Doc in [Doc] = { owner: User, shared: Set<User> };
      action read in [all] appliesTo {
        principal: [User], resource: [Doc], context: { who: User, rec: { of: User }, n: Long }
      };
      action write appliesTo { principal: [User, Group], resource: [Doc, User], context: { n: Long } };
      action all;
      """;
  private static final Schema OURS = Schema.parse(SCHEMA);
  private static final int DEEPEST = 4;

  private static Set<String> ours(Map<String, String> texts, int level) {
    var invalid = new TreeSet<String>();
    texts.forEach((id, text) -> {
      if (new Validator(OURS)
          .validate(PolicySet.parse(text), level).stream().anyMatch(Validator.Finding::error)) {
        invalid.add(id);
      }
    });
    return invalid;
  }

  private static void compare(Map<String, String> texts, int[] seen) {
    var theirs = Oracle.schema(SCHEMA);
    for (int level = 0; level <= DEEPEST; level++) {
      Set<String> ours = ours(texts, level);
      Set<String> tooFar = Oracle.tooFar(theirs, texts, level);
      seen[0] += texts.size() - ours.size();
      seen[1] += ours.size();
      int at = level;
      assertThat(
              texts.keySet().stream()
                  .filter(id -> ours.contains(id) != tooFar.contains(id))
                  .map(id ->
                      (ours.contains(id) ? "only we refuse at " : "only they refuse at ")
                          + at
                          + ": "
                          + texts.get(id)))
          .isEmpty();
    }
  }

  @Test
  void the_laws_of_levels_are_cedar_javas() {
    var texts = new LinkedHashMap<String, String>();
    for (String clause :
        List.of(
            "true",
            "principal == principal",
            "principal.name == \"a\"",
            "principal.friend.name == \"a\"",
            "principal.friend.friend.friend == principal",
            "principal.rec.x == 1",
            "principal.rec.of.rec.of.name == \"\"",
            "principal has best && principal.best has best",
            "principal in Group::\"g\"",
            "principal.friend in Group::\"g\"",
            "Group::\"g\" in principal.friend",
            "User::\"u\" in Group::\"g\"",
            "User::\"u\".name == \"a\"",
            "principal is User",
            "principal is User in Group::\"g\"",
            "principal is Group in Group::\"g\"",
            "action in Action::\"all\"",
            "action in [Action::\"all\", Action::\"read\"]",
            "action == Action::\"read\"",
            "Action::\"read\" in Action::\"all\"",
            "principal.hasTag(\"a\")",
            "principal.hasTag(\"a\") && principal.getTag(\"a\").name == \"\"",
            "principal.hasTag(principal.friend.name)",
            "context.n == 1",
            "context.who.name == \"\"",
            "context.rec.of.friend.name == \"\"",
            "resource.owner.name == \"\"",
            "resource.shared.contains(principal.friend)",
            "principal in resource.shared",
            "(if context.n == 1 then principal else principal.friend).name == \"\"",
            "(if context.n == 1 then principal else User::\"u\").name == \"\"",
            "(if principal.friend.friend.name == \"\" then principal else principal).name == \"\"",
            "{a: principal.friend, b: principal.friend.friend.name}.a.name == \"\"",
            "{a: {b: principal}}.a.b.name == \"\"",
            "{a: principal.friend}.a == principal",
            "{a: principal.friend.name} has a",
            "false && principal.friend.friend.friend.friend.friend == principal",
            "(principal is Group && principal.name == \"\") || true",
            "principal is User || principal.friend.friend.friend.name == \"\"",
            "[principal.friend.friend].contains(principal)",
            "principal.name like \"a*\"")) {
      texts.put(
          clause,
          "permit(principal, action == Action::\"read\", resource) when { " + clause + " };");
      texts.put("any " + clause, "permit(principal, action, resource) when { " + clause + " };");
    }
    for (String scope :
        List.of(
            "principal in Group::\"g\", action, resource",
            "principal is User in Group::\"g\", action, resource",
            "principal == User::\"g\", action, resource",
            "principal is User, action, resource",
            "principal, action in Action::\"all\", resource",
            "principal, action in [Action::\"all\", Action::\"write\"], resource",
            "principal, action, resource in Doc::\"d\"")) {
      texts.put(scope, "forbid(" + scope + ");");
    }
    var seen = new int[2];
    compare(texts, seen);
    assertThat(seen[0]).isGreaterThan(100);
    assertThat(seen[1]).isGreaterThan(100);
  }

  private static String user(Random random, int depth) {
    if (depth == 0) {
      return random.nextInt(6) == 0
          ? "User::\"u\""
          : random.nextInt(4) == 0 ? "context.who" : "principal";
    }
    String inner = user(random, depth - 1);
    return switch (random.nextInt(7)) {
      case 0 -> inner + ".rec.of";
      case 1 -> "(if " + truth(random, 1) + " then " + inner + " else principal)";
      case 2 -> "{a: " + inner + ", b: " + user(random, 0) + ".friend}.a";
      case 3 -> "resource.owner";
      default -> inner + ".friend";
    };
  }

  private static String truth(Random random, int depth) {
    String user = user(random, depth);
    return switch (random.nextInt(7)) {
      case 0 -> user + " in Group::\"g\"";
      case 1 -> user + ".name == \"\"";
      case 2 -> user + ".hasTag(\"t\")";
      case 3 -> "(" + user + " is User in Group::\"g\")";
      case 4 -> "resource.shared.contains(" + user + ")";
      case 5 -> user + " == principal";
      default -> "(" + user + " has best)";
    };
  }

  @Test
  void generated_policies_read_as_far_as_cedar_java_says() {
    var seen = new int[2];
    Seed.forAll(
        6,
        random -> {
          var texts = new LinkedHashMap<String, String>();
          for (int i = 0; i < 40; i++) {
            texts.put(
                "policy" + i,
                "permit(principal, action == Action::\"read\", resource) when { "
                    + truth(random, random.nextInt(4))
                    + (random.nextBoolean() ? " && " : " || ")
                    + truth(random, random.nextInt(3))
                    + " };");
          }
          compare(texts, seen);
        });
    assertThat(seen[0]).as("near enough").isGreaterThan(200);
    assertThat(seen[1]).as("too far").isGreaterThan(200);
  }
}
