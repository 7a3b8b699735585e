package dev.sallyport.cedar;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/// Makes what fits a schema: entities, requests, and policies whose expressions have the types that
/// the schema gives them, each optional attribute and tag read behind its test. Now and then a test
/// is left out or a type mistaken, so that invalid ones are not rare.
final class TypedGen {
  private static final int LONGEST_PATH = 3;

  private final Random random;
  private final Kinds kinds;
  private final List<Path> paths = new ArrayList<>();
  private final EntityUid action;

  /// Whether policies are made that must be valid.
  private final boolean careful;

  /// Something a request brings, and what must be tested before it is read.
  private record Path(String text, Kind kind, List<String> guards) {}

  TypedGen(Random random, Schema schema, EntityUid action, String principal, String resource) {
    this.random = random;
    this.kinds = new Kinds(schema);
    this.action = action;
    this.careful = random.nextInt(3) > 0;
    walk(new Path("principal", new Kind.Entity(principal), List.of()), LONGEST_PATH);
    walk(new Path("resource", new Kind.Entity(resource), List.of()), LONGEST_PATH);
    walk(new Path("context", kinds.context(action), List.of()), LONGEST_PATH);
  }

  private void walk(Path path, int depth) {
    paths.add(path);
    if (depth == 0) {
      return;
    }
    Map<String, Kind.Member> members =
        switch (path.kind()) {
          case Kind.Fields(Map<String, Kind.Member> fields) -> fields;
          case Kind.Entity(String type) -> kinds.attributes(type);
          case Kind.Truth _, Kind.Plain _, Kind.SetOf _ -> Map.of();
        };
    members.forEach((name, member) -> {
      var guards = new ArrayList<>(path.guards());
      if (!member.required()) {
        guards.add(path.text() + " has " + PolicyPrinter.name(name));
      }
      String read =
          PolicyPrinter.isName(name)
              ? path.text() + "." + name
              : path.text() + "[" + Value.quoted(name) + "]";
      walk(new Path(read, member.kind(), guards), depth - 1);
    });
    if (path.kind() instanceof Kind.Entity(String type)) {
      kinds
          .tag(type)
          .ifPresent(tag -> {
            for (String name : List.of("t", "u")) {
              var guards = new ArrayList<>(path.guards());
              guards.add(path.text() + ".hasTag(\"" + name + "\")");
              paths.add(new Path(path.text() + ".getTag(\"" + name + "\")", tag, guards));
            }
          });
    }
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private String pick(String... of) {
    return of[random.nextInt(of.length)];
  }

  // ---- policies ----

  String policy() {
    var text = new StringBuilder(pick("permit", "permit", "forbid"));
    text.append(" (principal, action == ").append(action).append(", resource)");
    for (int i = random.nextInt(3); i >= 0; i--) {
      text.append(random.nextInt(4) == 0 ? " unless { " : " when { ");
      text.append(truth(3)).append(" }");
    }
    return text.append(";").toString();
  }

  private String truth(int depth) {
    if (depth == 0 || random.nextInt(3) == 0) {
      return atom();
    }
    return switch (random.nextInt(7)) {
      case 0, 1 -> "(" + truth(depth - 1) + " && " + truth(depth - 1) + ")";
      case 2, 3 -> "(" + truth(depth - 1) + " || " + truth(depth - 1) + ")";
      case 4 -> "!" + truth(0);
      case 5 ->
          "(if %s then %s else %s)".formatted(truth(depth - 1), truth(depth - 1), truth(depth - 1));
      default -> atom();
    };
  }

  /// A comparison, behind the tests for all that it reads.
  private String atom() {
    Set<String> guards = new LinkedHashSet<>();
    String atom = comparison(guards);
    if (!careful && random.nextInt(8) == 0) {
      return "(" + atom + ")";
    }
    guards.add(atom);
    return guards.stream().collect(Collectors.joining(" && ", "(", ")"));
  }

  private String comparison(Set<String> guards) {
    Kind entity = one(List.of(new Kind.Entity("User"), new Kind.Entity("Doc")));
    return switch (random.nextInt(14)) {
      case 0 -> of(Kind.Truth.EITHER, 1, guards);
      case 1, 2 -> {
        Kind kind = one(paths).kind();
        yield of(kind, 2, guards) + pick(" == ", " != ") + of(kind, 2, guards);
      }
      case 3, 4 -> {
        Kind kind = one(List.of(Kind.LONG, plain("datetime"), plain("duration")));
        yield of(kind, 2, guards) + pick(" < ", " <= ", " > ", " >= ") + of(kind, 2, guards);
      }
      case 5 -> of(entity, 1, guards) + " in " + of(entity, 1, guards);
      case 6 -> of(entity, 1, guards) + " in " + of(new Kind.SetOf(entity), 1, guards);
      case 7 -> of(entity, 1, guards) + " is " + pick("User", "Doc", "User in Group::\"a\"");
      case 8 ->
          of(Kind.STRING, 1, guards)
              + " like "
              + pick("\"*\"", "\"a*\"", "\"*a\"", "\"a*b*\"", "\"\"", "\"\\u{1F600}*\"");
      case 9 -> {
        Kind member = one(List.of(Kind.LONG, Kind.STRING, entity, plain("ipaddr")));
        yield of(new Kind.SetOf(member), 1, guards) + ".contains(" + of(member, 1, guards) + ")";
      }
      case 10 -> {
        Kind set = new Kind.SetOf(one(List.of(Kind.LONG, Kind.STRING, entity)));
        yield of(set, 1, guards)
            + pick(".containsAll(", ".containsAny(")
            + of(set, 1, guards)
            + ")";
      }
      case 11 ->
          random.nextBoolean()
              ? of(plain("ipaddr"), 1, guards)
                  + pick(".isIpv4()", ".isIpv6()", ".isLoopback()", ".isMulticast()")
              : of(plain("ipaddr"), 1, guards)
                  + ".isInRange("
                  + of(plain("ipaddr"), 1, guards)
                  + ")";
      case 12 ->
          of(plain("decimal"), 1, guards)
              + pick(".lessThan(", ".lessThanOrEqual(", ".greaterThan(", ".greaterThanOrEqual(")
              + of(plain("decimal"), 1, guards)
              + ")";
      default -> {
        Path path = one(paths.stream().filter(one -> !one.guards().isEmpty()).toList());
        guards.addAll(path.guards().subList(0, path.guards().size() - 1));
        yield path.guards().getLast();
      }
    };
  }

  private static Kind plain(String name) {
    return new Kind.Plain(name);
  }

  /// An expression of that kind; what it reads adds its tests to `guards`.
  private String of(Kind wanted, int depth, Set<String> guards) {
    Kind kind = !careful && random.nextInt(40) == 0 ? one(paths).kind() : wanted;
    List<Path> fitting = paths.stream().filter(path -> path.kind().equals(kind)).toList();
    if (!fitting.isEmpty() && (random.nextInt(3) > 0 || kind instanceof Kind.Fields)) {
      Path path = one(fitting);
      guards.addAll(path.guards());
      return path.text();
    }
    int d = depth - 1;
    return switch (kind) {
      case Kind.Truth _ -> pick("true", "false");
      case Kind.Plain(String name) -> depth > 0 ? made(name, d, guards) : literal(name);
      case Kind.Entity(String type) ->
          type
              + "::"
              + (type.equals("Level")
                  ? pick("\"low\"", "\"high\"")
                  : pick("\"a\"", "\"b\"", "\"gone\""));
      case Kind.SetOf(Kind member) ->
          random.nextBoolean()
              ? "[" + of(member, d, guards) + "]"
              : "[" + of(member, d, guards) + ", " + of(member, d, guards) + "]";
      case Kind.Fields(Map<String, Kind.Member> members) ->
          members.entrySet().stream()
              .filter(member -> member.getValue().required())
              .map(member ->
                  Value.quoted(member.getKey()) + ": " + of(member.getValue().kind(), d, guards))
              .collect(Collectors.joining(", ", "{", "}"));
    };
  }

  private String made(String name, int d, Set<String> guards) {
    int choice = random.nextInt(6);
    Kind datetime = plain("datetime");
    Kind duration = plain("duration");
    return switch (name) {
      case "Long" ->
          switch (choice) {
            case 0, 1 ->
                "("
                    + of(Kind.LONG, d, guards)
                    + pick(" + ", " - ", " * ")
                    + of(Kind.LONG, d, guards)
                    + ")";
            case 2 -> "(-" + of(Kind.LONG, d, guards) + ")";
            case 3 ->
                of(duration, d, guards)
                    + "."
                    + pick("toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays")
                    + "()";
            default -> literal(name);
          };
      case "datetime" ->
          switch (choice) {
            case 0, 1 -> of(datetime, d, guards) + ".offset(" + of(duration, d, guards) + ")";
            case 2 -> of(datetime, d, guards) + ".toDate()";
            default -> literal(name);
          };
      case "duration" ->
          switch (choice) {
            case 0, 1 ->
                of(datetime, d, guards) + ".durationSince(" + of(datetime, d, guards) + ")";
            case 2 -> of(datetime, d, guards) + ".toTime()";
            default -> literal(name);
          };
      default -> literal(name);
    };
  }

  private String literal(String name) {
    var gen = new Gen(random);
    return switch (name) {
      case "Long" -> pick("0", "1", "2", "9223372036854775807", "(-9223372036854775808)");
      case "String" -> pick("\"\"", "\"a\"", "\"ab\"", "\"\\u{1F600}b\"");
      case "ipaddr" -> constructed("ip", () -> gen.ipText(), "::1");
      case "decimal" -> constructed("decimal", () -> gen.decimalText(), "-0.5");
      case "datetime" -> constructed("datetime", () -> gen.datetimeText(), "1969-12-31");
      case "duration" -> constructed("duration", () -> gen.durationText(), "-1d");
      default -> throw new IllegalArgumentException(name);
    };
  }

  /// A call of a constructor, with text that it takes where policies must be valid.
  private String constructed(
      String function, java.util.function.Supplier<String> texts, String good) {
    String text = careful ? valid(function, texts, good) : texts.get();
    return function + "(\"" + text + "\")";
  }

  private static String valid(
      String function, java.util.function.Supplier<String> texts, String good) {
    for (int i = 0; i < 20; i++) {
      String text = texts.get();
      try {
        var _ = Extension.of(function).orElseThrow().apply(List.of(Value.of(text)));
        return text;
      } catch (EvaluationError refused) {
        // The next one.
      }
    }
    return good;
  }

  // ---- values, entities, requests ----

  /// A value of that kind as entities' JSON writes it.
  String json(Kind kind) {
    return switch (kind) {
      case Kind.Truth _ -> pick("true", "false");
      case Kind.Plain(String name) ->
          switch (name) {
            case "Long" -> pick("0", "1", "-1", "9223372036854775807");
            case "String" -> pick("\"\"", "\"a\"", "\"ab\"", "\"\uD83D\uDE00b\"");
            case "ipaddr" -> extended("ip", new Gen(random)::ipText, "::1");
            case "decimal" -> extended("decimal", new Gen(random)::decimalText, "1.5");
            case "datetime" ->
                extended(
                    "datetime",
                    () -> pick("1970-01-01", "1969-12-31T23:59:59.999Z", "2024-02-29T12:00:00Z"),
                    "");
            case "duration" -> extended("duration", () -> pick("1d", "-1ms", "25h", "0ms"), "");
            default -> throw new IllegalArgumentException(name);
          };
      case Kind.Entity(String type) ->
          "{\"__entity\":"
              + uid(type, type.equals("Level") ? pick("low", "high") : pick("a", "b", "gone"))
              + "}";
      case Kind.SetOf(Kind member) ->
          switch (random.nextInt(3)) {
            case 0 -> "[]";
            case 1 -> "[" + json(member) + "]";
            default -> "[" + json(member) + "," + json(member) + "]";
          };
      case Kind.Fields(Map<String, Kind.Member> members) -> json(members);
    };
  }

  private String json(Map<String, Kind.Member> members) {
    return members.entrySet().stream()
        .filter(member -> member.getValue().required() || random.nextBoolean())
        .map(member -> Value.quoted(member.getKey()) + ":" + json(member.getValue().kind()))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String extended(
      String function, java.util.function.Supplier<String> texts, String good) {
    return "{\"__extn\":{\"fn\":\"%s\",\"arg\":\"%s\"}}"
        .formatted(function, valid(function, texts, good));
  }

  private static String uid(String type, String id) {
    return "{\"type\":\"" + type + "\",\"id\":\"" + id + "\"}";
  }

  /// A few entities of each type named, in some of the groups named.
  String entities(List<String> types, List<String> groups) {
    var entities = new ArrayList<String>();
    for (String type : types) {
      for (String id : random.nextInt(3) == 0 ? List.of("a", "b") : List.of("a")) {
        String parents =
            groups.stream()
                .filter(group -> !group.equals(type) && random.nextBoolean())
                .filter(group -> kinds.schema().mayBeIn(type, group))
                .map(group -> uid(group, "a"))
                .collect(Collectors.joining(","));
        String tags = kinds.tag(type).map(tag -> "{\"t\":" + json(tag) + "}").orElse("{}");
        entities.add(
            "{\"uid\":%s,\"attrs\":%s,\"parents\":[%s],\"tags\":%s}"
                .formatted(uid(type, id), json(kinds.attributes(type)), parents, tags));
      }
    }
    for (Entities.Entity one : kinds.schema().actionEntities()) {
      if (!one.uid().equals(action)) {
        continue;
      }
      entities.add(
          "{\"uid\":%s,\"attrs\":{},\"parents\":[%s]}"
              .formatted(
                  uid(one.uid().type(), one.uid().id()),
                  one.parents().stream()
                      .map(up -> uid(up.type(), up.id()))
                      .collect(Collectors.joining(","))));
    }
    return entities.stream().collect(Collectors.joining(",\n", "[", "]"));
  }

  Request request(String principal, String resource) {
    return new Request(
        new EntityUid(principal, pick("a", "b", "gone")),
        action,
        new EntityUid(resource, pick("a", "b", "gone")),
        EntitiesReader.record(json(kinds.context(action))));
  }
}
