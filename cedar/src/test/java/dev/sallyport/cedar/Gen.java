package dev.sallyport.cedar;

import java.util.List;
import java.util.Random;

/// Makes policies and values: mostly well typed, so that evaluation goes deep, and wrong on purpose
/// now and then, so that it errs. Strings of the extension types sit at the edges of their forms.
final class Gen {
  private static final List<String> TYPES =
      List.of(
          "Bool",
          "Long",
          "String",
          "Entity",
          "Set",
          "Record",
          "ip",
          "decimal",
          "datetime",
          "duration");
  private static final List<String> LONGS =
      List.of(
          "0",
          "1",
          "2",
          "-1",
          "3",
          "9223372036854775807",
          "(-9223372036854775808)",
          "4611686018427387904");
  private static final List<String> STRINGS =
      List.of(
          "\"\"",
          "\"a\"",
          "\"b\"",
          "\"a*b\"",
          "\"\\u{1F600}x\"",
          "\"name\"",
          "\"\\0\\n\\\"\"",
          "\"aab\"");
  private static final List<String> ENTITIES =
      List.of(
          "User::\"a\"",
          "User::\"b\"",
          "Group::\"g\"",
          "Group::\"h\"",
          "Doc::\"d\"",
          "Doc::\"gone\"",
          "App::User::\"a\"");
  private static final List<String> ATTRIBUTES =
      List.of("n", "s", "e", "set", "rec", "none", "ip", "dec", "dt", "dur");

  private final Random random;

  Gen(Random random) {
    this.random = random;
  }

  String policy() {
    return policy(
        scope(List.of("User::\"a\"", "Group::\"g\"", "Group::\"h\""), "User"),
        scope(List.of("Doc::\"d\"", "Group::\"g\""), "Doc"));
  }

  /// A template with one slot or both.
  String template() {
    int slots = 1 + random.nextInt(3);
    return policy(
        (slots & 1) == 0
            ? scope(List.of("User::\"a\"", "Group::\"g\""), "User")
            : pick(" == ", " in ", " is User in ") + "?principal",
        (slots & 2) == 0
            ? scope(List.of("Doc::\"d\"", "Group::\"g\""), "Doc")
            : pick(" == ", " in ", " is Doc in ") + "?resource");
  }

  private String policy(String principal, String resource) {
    var text =
        new StringBuilder(random.nextInt(3) == 0 ? "forbid (principal" : "permit (principal");
    text.append(principal);
    text.append(", action");
    text.append(
        pick(
            "",
            "",
            " == Action::\"read\"",
            " in Action::\"all\"",
            " in [Action::\"read\", Action::\"write\"]",
            " in []"));
    text.append(", resource");
    text.append(resource);
    text.append(")");
    for (int i = random.nextInt(3); i > 0; i--) {
      text.append(random.nextInt(4) == 0 ? " unless { " : " when { ");
      text.append(expression("Bool", 4)).append(" }");
    }
    return text.append(";").toString();
  }

  private String scope(List<String> uids, String type) {
    String uid = uids.get(random.nextInt(uids.size()));
    return switch (random.nextInt(8)) {
      case 0 -> " == " + uid;
      case 1 -> " in " + uid;
      case 2 -> " is " + type;
      case 3 -> " is " + type + " in " + uid;
      default -> "";
    };
  }

  String expression(String wanted, int depth) {
    String type = random.nextInt(25) == 0 ? TYPES.get(random.nextInt(TYPES.size())) : wanted;
    if (depth <= 0) {
      return leaf(type);
    }
    int d = depth - 1;
    if (random.nextInt(12) == 0) {
      return "(if "
          + expression("Bool", d)
          + " then "
          + expression(type, d)
          + " else "
          + expression(type, d)
          + ")";
    }
    return switch (type) {
      case "Bool" -> bool(d);
      case "Long" ->
          switch (random.nextInt(8)) {
            case 0 -> "(" + expression("Long", d) + " + " + expression("Long", d) + ")";
            case 1 -> "(" + expression("Long", d) + " - " + expression("Long", d) + ")";
            case 2 -> "(" + expression("Long", d) + " * " + expression("Long", d) + ")";
            case 3 -> "(-" + expression("Long", d) + ")";
            case 4 ->
                expression("duration", d)
                    + "."
                    + pick("toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays")
                    + "()";
            default -> leaf("Long");
          };
      case "Entity" -> random.nextInt(4) == 0 ? expression("Entity", d) + ".e" : leaf("Entity");
      case "String" ->
          random.nextInt(4) == 0
              ? expression("Entity", d) + ".getTag(" + expression("String", d) + ")"
              : leaf("String");
      case "Set" -> {
        String member = random.nextBoolean() ? "Entity" : TYPES.get(random.nextInt(TYPES.size()));
        yield switch (random.nextInt(4)) {
          case 0 -> "[]";
          case 1 -> "[" + expression(member, d) + "]";
          case 2 -> "[" + expression(member, d) + ", " + expression(member, d) + "]";
          default -> leaf("Set");
        };
      }
      case "Record" ->
          random.nextBoolean()
              ? "{n: " + expression("Long", d) + ", \"s\": " + expression("String", d) + "}"
              : leaf("Record");
      case "datetime" ->
          switch (random.nextInt(4)) {
            case 0 -> expression("datetime", d) + ".offset(" + expression("duration", d) + ")";
            case 1 -> expression("datetime", d) + ".toDate()";
            default -> leaf("datetime");
          };
      case "duration" ->
          switch (random.nextInt(4)) {
            case 0 ->
                expression("datetime", d) + ".durationSince(" + expression("datetime", d) + ")";
            case 1 -> expression("datetime", d) + ".toTime()";
            default -> leaf("duration");
          };
      default -> leaf(type);
    };
  }

  private String bool(int d) {
    String any = TYPES.get(random.nextInt(TYPES.size()));
    return switch (random.nextInt(20)) {
      case 0, 1 -> "(" + expression("Bool", d) + " && " + expression("Bool", d) + ")";
      case 2, 3 -> "(" + expression("Bool", d) + " || " + expression("Bool", d) + ")";
      case 4 -> "!" + leaf("Bool");
      case 5, 6 -> "(" + expression(any, d) + pick(" == ", " != ") + expression(any, d) + ")";
      case 7 -> {
        String ordered = pick("Long", "datetime", "duration");
        yield "("
            + expression(ordered, d)
            + pick(" < ", " <= ", " > ", " >= ")
            + expression(ordered, d)
            + ")";
      }
      case 8 -> "(" + expression("Entity", d) + " in " + expression("Entity", d) + ")";
      case 9 -> "(" + expression("Entity", d) + " in " + expression("Set", d) + ")";
      case 10 ->
          "("
              + expression(pick("Entity", "Record"), d)
              + " has "
              + pick("n", "s", "rec.n", "e.rec.n", "\"no ne\"")
              + ")";
      case 11 ->
          "("
              + expression("String", d)
              + " like "
              + pick(
                  "\"*\"", "\"a*\"", "\"*b\"", "\"a\\**\"", "\"\"", "\"*\\u{1F600}*\"", "\"a*b*\"")
              + ")";
      case 12 ->
          "("
              + expression("Entity", d)
              + " is "
              + pick("User", "App::User", "Group in Group::\"g\"", "User in Group::\"g\"")
              + ")";
      case 13 -> expression("Set", d) + ".contains(" + expression(any, d) + ")";
      case 14 ->
          expression("Set", d)
              + pick(".containsAll(", ".containsAny(")
              + expression("Set", d)
              + ")";
      case 15 -> expression("Set", d) + ".isEmpty()";
      case 16 -> expression("Entity", d) + ".hasTag(" + expression("String", d) + ")";
      case 17 ->
          random.nextBoolean()
              ? expression("ip", d)
                  + "."
                  + pick("isIpv4", "isIpv6", "isLoopback", "isMulticast")
                  + "()"
              : expression("ip", d) + ".isInRange(" + expression("ip", d) + ")";
      case 18 ->
          expression("decimal", d)
              + pick(".lessThan(", ".lessThanOrEqual(", ".greaterThan(", ".greaterThanOrEqual(")
              + expression("decimal", d)
              + ")";
      default -> leaf("Bool");
    };
  }

  private String leaf(String type) {
    if (random.nextInt(5) == 0) {
      return pick("context", "principal", "resource", "User::\"a\"") + "." + attribute(type);
    }
    return switch (type) {
      case "Bool" -> pick("true", "false", "true", "context.b");
      case "Long" -> LONGS.get(random.nextInt(LONGS.size()));
      case "String" -> STRINGS.get(random.nextInt(STRINGS.size()));
      case "Entity" ->
          pick("principal", "resource", "action", ENTITIES.get(random.nextInt(ENTITIES.size())));
      case "Set" ->
          pick(
              "[1, 2, 1]",
              "[User::\"a\", Group::\"g\"]",
              "[Group::\"h\", 1]",
              "context.set",
              "[[], [1]]");
      case "Record" -> pick("{}", "{n: 1}", "context", "context.rec", "{\"n\": 1, s: \"a\"}");
      case "ip" -> "ip(\"" + ipText() + "\")";
      case "decimal" -> "decimal(\"" + decimalText() + "\")";
      case "datetime" -> "datetime(\"" + datetimeText() + "\")";
      default -> "duration(\"" + durationText() + "\")";
    };
  }

  private String attribute(String type) {
    if (random.nextInt(8) == 0) {
      return ATTRIBUTES.get(random.nextInt(ATTRIBUTES.size()));
    }
    return switch (type) {
      case "Long" -> pick("n", "rec.n");
      case "String" -> "s";
      case "Entity" -> "e";
      case "Set" -> "set";
      case "Record" -> "rec";
      case "ip" -> "ip";
      case "decimal" -> "dec";
      case "datetime" -> "dt";
      case "duration" -> "dur";
      default -> "b";
    };
  }

  String ipText() {
    String address =
        switch (random.nextInt(6)) {
          case 0 -> pick("127.0.0.1", "126.255.255.255", "127.255.255.255", "128.0.0.0");
          case 1 -> pick("223.255.255.255", "224.0.0.0", "239.1.2.3", "240.0.0.0");
          case 2 -> random.nextInt(258) + "." + random.nextInt(256) + ".0." + random.nextInt(256);
          case 3 ->
              pick(
                  "::1",
                  "::",
                  "ff00::",
                  "feff::1",
                  "ff02::1",
                  "1:2:3:4:5:6:7::",
                  "::2:3:4:5:6:7:8",
                  "1::8");
          case 4 ->
              Integer.toHexString(random.nextInt(65536))
                  + "::"
                  + Integer.toHexString(random.nextInt(70000));
          default ->
              pick(
                  "1.2.3",
                  "01.2.3.4",
                  "1.2.3.4.5",
                  "::ffff:1.2.3.4",
                  "1:2:3:4:5:6:7:8",
                  "1:2:3:4:5:6:7:8:9",
                  "g::",
                  "1::2::3",
                  "",
                  " 1.2.3.4",
                  "fe80::1%1",
                  "12345::",
                  "1:2:3:4:5:6:7",
                  ":1::2",
                  "1::2:");
        };
    return address
        + pick(
            "", "", "/", "/0", "/1", "/3", "/4", "/7", "/8", "/9", "/24", "/31", "/32", "/33",
            "/127", "/128", "/129", "/08", "/00", "/+8", "/-1");
  }

  String decimalText() {
    if (random.nextInt(3) == 0) {
      return pick(
          "0.0",
          "-0.0",
          "-0.5",
          "922337203685477.5807",
          "922337203685477.5808",
          "-922337203685477.5808",
          "-922337203685477.5809",
          "1.",
          ".1",
          "1",
          "",
          "1.00000",
          "+1.0",
          "1.0.0",
          "-.5",
          "--1.0",
          "1.-0",
          "1e1.0",
          " 1.0");
    }
    return (random.nextBoolean() ? "-" : "")
        + random.nextInt(3)
        + "."
        + "0123456789".substring(0, 1 + random.nextInt(5));
  }

  String datetimeText() {
    if (random.nextInt(3) == 0) {
      return pick(
          "1970-01-01",
          "1969-12-31",
          "2024-02-29",
          "2023-02-29",
          "0000-01-01",
          "9999-12-31T23:59:59.999Z",
          "2024-13-01",
          "2024-01-32",
          "2024-1-1",
          "2024-01-01T",
          "2024-01-01T00:00Z",
          "2024-01-01T24:00:00Z",
          "2024-01-01T23:59:60Z",
          "2024-01-01T00:00:00",
          "2024-01-01T00:00:00.1Z",
          "2024-01-01T00:00:00.1234Z",
          "2024-01-01T00:00:00+24:00",
          "2024-01-01T00:00:00+2400",
          "2024-01-01T00:00:00+2360",
          "2024-01-01T00:00:00-0060",
          "+2024-01-01",
          "-0001-01-01",
          "2024-01-01t00:00:00z",
          "",
          "2024-01-01 00:00:00Z",
          "+000002024-01-01",
          "12024-01-01",
          "0000-01-01T00:00:00+2359",
          "2024-01-01T00:00:00-0000");
    }
    return "%04d-%02d-%02d"
            .formatted(1900 + random.nextInt(200), 1 + random.nextInt(12), 1 + random.nextInt(29))
        + (random.nextBoolean()
            ? ""
            : "T%02d:%02d:%02d"
                    .formatted(random.nextInt(25), random.nextInt(61), random.nextInt(61))
                + pick("", ".000", ".999", ".5")
                + pick("Z", "+0000", "-2359", "+0130", "-0001", ""));
  }

  String durationText() {
    if (random.nextInt(3) == 0) {
      return pick(
          "",
          "-",
          "1",
          "ms",
          "1ms",
          "-1ms",
          "1d1d",
          "1h1d",
          "1m1ms",
          "1s1m",
          "9223372036854775807ms",
          "9223372036854775808ms",
          "-9223372036854775808ms",
          "-9223372036854775809ms",
          "106751991167d",
          "106751991168d",
          "106751991167d7h12m55s807ms",
          "106751991167d7h12m55s808ms",
          "-106751991167d7h12m55s808ms",
          "+1d",
          "1 d",
          "-1d-1h",
          "1.5h",
          "0ms",
          "-0d",
          "00001d",
          "1D");
    }
    return (random.nextInt(3) == 0 ? "-" : "")
        + (random.nextBoolean() ? random.nextInt(400) + "d" : "")
        + (random.nextBoolean() ? random.nextInt(30) + "h" : "")
        + (random.nextBoolean() ? random.nextInt(70) + "m" : "")
        + (random.nextBoolean() ? random.nextInt(70) + "s" : "")
        + (random.nextBoolean() ? random.nextInt(2000) + "ms" : "");
  }

  String pick(String... from) {
    return from[random.nextInt(from.length)];
  }
}
