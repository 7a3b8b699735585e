package dev.sallyport.cedar;

import java.util.List;
import java.util.Random;

/// Makes policies of tests and reads that may or may not be guarded by them, under every
/// connective.
final class GuardedPolicies {
  private static final List<String> ATOMS =
      List.of(
          "true",
          "false",
          "principal has nick",
          "principal.nick == \"x\"",
          "principal has friend",
          "principal.friend has nick",
          "principal.friend.nick like \"a*\"",
          "principal has friend.nick",
          "principal.name == principal.rec.y",
          "principal.rec has x",
          "principal.rec.x == 1",
          "principal.rec.x + context.n < 3",
          "principal.hasTag(\"t\")",
          "principal.getTag(\"t\") == 1",
          "principal.hasTag(principal.name)",
          "principal.getTag(principal.name) > 1",
          "resource.hasTag(\"t\")",
          "resource.getTag(\"t\") == 1",
          "resource has owner",
          "resource.owner == principal",
          "resource[\"odd name\"]",
          "resource has \"odd name\"",
          "resource.tagged.contains(\"x\")",
          "resource.tagged.containsAny([\"x\"])",
          "resource.tagged.isEmpty()",
          "context has ip",
          "context.ip.isLoopback()",
          "context.ip.isInRange(ip(\"10.0.0.0/8\"))",
          "ip(principal.name).isIpv4()",
          "ip(\"nonsense\").isIpv4()",
          "context has rec",
          "context.rec has x",
          "context has rec.x",
          "context.rec.x == 1",
          "context has at",
          "context.at < datetime(\"2026-01-01\")",
          "context.at.toTime() == duration(\"1h\")",
          "context.n == \"x\"",
          "context.n < 1",
          "principal == resource",
          "principal == Team::\"t\"",
          "principal in Group::\"g\"",
          "principal in Team::\"t\"",
          "resource in Group::\"g\"",
          "resource in [Doc::\"d\", Doc::\"e\"]",
          "resource in [Doc::\"d\", Group::\"g\"]",
          "principal is User",
          "principal is Team",
          "resource is Doc",
          "resource is User in Group::\"g\"",
          "principal is Level",
          "principal is Robot",
          "action == Action::\"read\"",
          "action in Action::\"all\"",
          "action in [Action::\"write\", Action::\"all\"]",
          "action == Action::\"burn\"",
          "action has x",
          "principal.level == Level::\"low\"",
          "principal.level == Level::\"mid\"",
          "principal == Level::\"low\"",
          "{a: 1} == {a: 2}",
          "{a: 1} == {b: 1}",
          "{a: 1}.a == 1",
          "{a: 1} has b",
          "{a: true}.a",
          "[] == [1]",
          "[1, \"x\"].contains(1)",
          "[principal, resource].contains(principal)",
          "[true, false].contains(true)",
          "1 == 1",
          "1 == \"x\"",
          "\"x\" like \"x\"",
          "User::\"a\" == User::\"b\"",
          "User::\"a\".name == \"x\"",
          "1",
          "principal.mail == 1",
          "decimal(\"1.0\").lessThan(decimal(\"1.00001\"))",
          "context == context",
          "principal.rec == {y: \"a\"}",
          "principal.rec == {x: 1, y: \"a\"}",
          "-context.n == 1");

  private final Random random;

  GuardedPolicies(Random random) {
    this.random = random;
  }

  private String pick(String... of) {
    return of[random.nextInt(of.length)];
  }

  private String condition(int depth) {
    if (depth == 0 || random.nextInt(5) == 0) {
      return ATOMS.get(random.nextInt(ATOMS.size()));
    }
    return switch (random.nextInt(8)) {
      case 0, 1, 2 -> condition(depth - 1) + " && (" + condition(depth - 1) + ")";
      case 3, 4 -> "(" + condition(depth - 1) + " || (" + condition(depth - 1) + "))";
      case 5 -> "!(" + condition(depth - 1) + ")";
      case 6 -> "(%s)".formatted(condition(depth - 1));
      default ->
          "(if %s then (%s) else (%s))"
              .formatted(condition(depth - 1), condition(depth - 1), condition(depth - 1));
    };
  }

  /// Each of these is followed by what it allows, so that valid policies are not rare.
  private String guarded() {
    String guard =
        pick(
            "principal has nick && principal.nick == \"x\"",
            "(principal is User && principal has friend && principal.friend.name == \"x\")",
            "(resource is Doc && resource.owner == principal)",
            "context has ip && context.ip.isIpv4()",
            "principal is User && principal.hasTag(\"t\") && principal.getTag(\"t\") == 1",
            "action == Action::\"write\" && context.at < datetime(\"2026-01-01\")",
            "context has rec && context.rec has x && context.rec.x == 1");
    return switch (random.nextInt(4)) {
      case 0 -> guard;
      case 1 -> guard + " && (" + condition(1) + ")";
      case 2 -> "(" + guard + ") || (" + condition(1) + ")";
      default -> "!(" + guard + ")";
    };
  }

  String policy() {
    var text = new StringBuilder(pick("permit", "forbid")).append("(principal");
    text.append(
        pick("", "", "", " is User", " == User::\"a\"", " in Group::\"g\"", " is Team", " is Doc"));
    text.append(", action");
    text.append(
        pick(
            "",
            "",
            " == Action::\"read\"",
            " == Action::\"write\"",
            " in Action::\"all\"",
            " in [Action::\"read\", Action::\"burn\"]",
            " == Action::\"all\""));
    text.append(", resource");
    text.append(pick("", "", " is Doc", " is User", " in Doc::\"d\"", " == Level::\"low\""));
    text.append(")");
    for (int i = random.nextInt(3); i > 0; i--) {
      text.append(random.nextInt(5) == 0 ? " unless { " : " when { ")
          .append(random.nextInt(2) == 0 ? guarded() : condition(random.nextInt(4)))
          .append(" }");
    }
    return text.append(";").toString();
  }
}
