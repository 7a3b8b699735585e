package dev.sallyport.cli;

import dev.sallyport.cedar.Explained;
import dev.sallyport.cedar.Value;
import dev.sallyport.cli.Terminal.Style;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Remedy;
import dev.sallyport.gate.Why;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Tells people, and machines, why a policy answers as it does.
final class WhyReport {
  private WhyReport() {}

  static void print(Why why, boolean remedy, boolean all, PrintWriter out) {
    boolean colours = Terminal.colours();
    boolean allowed = why.verdict().allowed();
    out.println(
        (allowed ? Style.GREEN : Style.RED).on(allowed ? "ALLOW" : "DENY", colours)
            + "  "
            + why.verdict().outcome().word());
    why.verdict().reasons().forEach(reason -> out.println("  " + Terminal.safe(reason)));
    why.verdict().advice().forEach(advice -> out.println("  advice: " + Terminal.safe(advice)));
    for (Why.One one : why.policies()) {
      if (all || one.explained().outcome() != Explained.Outcome.OUT_OF_SCOPE) {
        print(one, colours, out);
      }
    }
    Remedy found = why.remedy();
    if (remedy && found != null) {
      out.println();
      print(found, out);
    }
  }

  private static void print(Why.One one, boolean colours, PrintWriter out) {
    Explained explained = one.explained();
    out.println();
    out.println(
        Terminal.safe(
            "%s `%s` (%s:%d): %s"
                .formatted(
                    one.policy().forbids() ? "forbid" : "permit",
                    one.policy().id(),
                    one.policy().file(),
                    one.policy().line(),
                    outcome(explained))));
    if (explained.outcome() == Explained.Outcome.OUT_OF_SCOPE) {
      return;
    }
    for (Explained.Clause clause : explained.clauses()) {
      String mark =
          switch (clause.came()) {
            case TRUE, FALSE ->
                clause.met() ? Style.GREEN.on("+", colours) : Style.RED.on("-", colours);
            case ERRED -> Style.RED.on("!", colours);
            case NOT_REACHED -> Style.DIM.on(".", colours);
          };
      out.println(
          "  "
              + mark
              + " "
              + Terminal.safe(clause.text())
              + "  "
              + Style.DIM.on(came(clause) + seen(clause), colours));
    }
  }

  private static String outcome(Explained explained) {
    return switch (explained.outcome()) {
      case HOLDS -> "holds";
      case FAILS -> "does not hold";
      case ERRS -> "errs: " + explained.error();
      case OUT_OF_SCOPE ->
          "is about another "
              + explained.scopes().stream()
                  .filter(part -> !part.matched())
                  .map(part -> part.of().word())
                  .collect(Collectors.joining(" and "));
    };
  }

  private static String came(Explained.Clause clause) {
    return switch (clause.came()) {
      case TRUE -> "true";
      case FALSE -> "false";
      case ERRED -> "erred";
      case NOT_REACHED -> "not reached";
    };
  }

  private static String seen(Explained.Clause clause) {
    return clause.seen().isEmpty()
        ? ""
        : clause.seen().stream()
            .map(seen -> Terminal.safe(seen.path() + " is " + value(seen.value())))
            .collect(Collectors.joining(", ", ": ", ""));
  }

  private static String value(@Nullable Value value) {
    return value == null ? "not there" : value.toString();
  }

  private static void print(Remedy remedy, PrintWriter out) {
    if (!remedy.possible()) {
      out.println("no facts would turn it:");
      remedy.blocking().forEach(line -> out.println("  " + Terminal.safe(line)));
      return;
    }
    out.println(
        remedy.smallest()
            ? "the fewest facts that would turn it:"
            : "facts that would turn it, not shown to be the fewest:");
    for (Remedy.Change change : remedy.changes()) {
      out.println("  " + Terminal.safe(change.sentence()));
    }
  }

  static ObjectNode tree(Why why, boolean withRemedy) {
    ObjectNode root = Json.object();
    root.put("decision", why.verdict().allowed() ? "allow" : "deny");
    root.put("outcome", why.verdict().outcome().word());
    why.verdict().reasons().forEach(root.putArray("reasons")::add);
    why.verdict().advice().forEach(root.putArray("advice")::add);
    why.verdict().missing().forEach(root.putArray("missing")::add);
    ArrayNode policies = root.putArray("policies");
    for (Why.One one : why.policies()) {
      policy(one, policies.addObject());
    }
    Remedy remedy = why.remedy();
    if (withRemedy && remedy != null) {
      ObjectNode node = root.putObject("remedy");
      node.put("possible", remedy.possible());
      node.put("smallest", remedy.smallest());
      ArrayNode changes = node.putArray("changes");
      for (Remedy.Change change : remedy.changes()) {
        ObjectNode at = changes.addObject();
        at.put("fact", change.fact());
        Object from = change.from();
        if (from != null) {
          at.set("from", Json.MAPPER.valueToTree(plain(from)));
        }
        at.set("to", Json.MAPPER.valueToTree(plain(change.to())));
      }
      remedy.blocking().forEach(node.putArray("blocking")::add);
    }
    return root;
  }

  private static Object plain(Object value) {
    return switch (value) {
      case EntityRef ref -> Map.of("type", ref.type(), "id", ref.id());
      case Map<?, ?> members ->
          members.entrySet().stream()
              .collect(
                  Collectors.toMap(
                      member -> String.valueOf(member.getKey()),
                      member -> plain(member.getValue())));
      case Collection<?> members -> members.stream().map(WhyReport::plain).toList();
      default -> value;
    };
  }

  private static void policy(Why.One one, ObjectNode node) {
    Explained explained = one.explained();
    node.put("id", one.policy().id());
    node.put("effect", one.policy().forbids() ? "forbid" : "permit");
    node.put("file", one.policy().file());
    node.put("line", one.policy().line());
    node.put("outcome", explained.outcome().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    String error = explained.error();
    if (error != null) {
      node.put("error", error);
    }
    List<String> elsewhere =
        explained.scopes().stream()
            .filter(part -> !part.matched())
            .map(part -> part.of().word())
            .toList();
    elsewhere.forEach(node.putArray("otherScope")::add);
    ArrayNode clauses = node.putArray("clauses");
    for (Explained.Clause clause : explained.clauses()) {
      ObjectNode at = clauses.addObject();
      at.put("clause", clause.text());
      at.put("line", clause.expression().span().line());
      at.put("column", clause.expression().span().column());
      at.put("came", clause.came().name().toLowerCase(Locale.ROOT).replace('_', '-'));
      at.put("met", clause.met());
      ArrayNode seen = at.putArray("seen");
      for (Explained.Seen value : clause.seen()) {
        ObjectNode read = seen.addObject();
        read.put("path", value.path());
        Value was = value.value();
        if (was != null) {
          read.put("value", was.toString());
        }
      }
    }
  }
}
