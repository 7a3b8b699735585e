package dev.sallyport.gate;

import dev.sallyport.cedar.Answer;
import dev.sallyport.cedar.EntityUid;
import dev.sallyport.cedar.Explained;
import dev.sallyport.cedar.Expr;
import dev.sallyport.cedar.Policy;
import dev.sallyport.cedar.Schema;
import dev.sallyport.cedar.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Searches the fewest changes of facts that turn a refusal into an allow.
///
/// Deeper and deeper, one change at a time. What a policy comes to hangs on the clauses that were
/// reached, so that one of those which refused has to come out otherwise, and only changes that do
/// this are tried: first a forbid that holds, then each permit that does not.
final class RemedySearch {
  private static final int MAX_CHANGES = 10;
  private static final int MAX_ASKED = 20_000;
  private static final int MAX_MEMBERS = 8;

  private final Question question;
  private final PolicySnapshot policy;
  private int asked;
  private boolean cut;

  private RemedySearch(Question question, PolicySnapshot policy) {
    this.question = question;
    this.policy = policy;
  }

  /// What would turn the refusal of a case into an allow.
  static Remedy of(Case refused, PolicySnapshot policy) {
    return new RemedySearch(refused.question(), policy).of(new TreeMap<>(refused.facts()));
  }

  private Remedy of(Map<String, Object> facts) {
    boolean smallest = true;
    for (int changes = 1; changes <= MAX_CHANGES; changes++) {
      cut = false;
      Map<String, Object> found = search(facts, Map.of(), changes);
      if (found != null) {
        return new Remedy(changes(facts, found), smallest, List.of());
      }
      if (asked > MAX_ASKED) {
        break;
      }
      if (!cut) {
        return new Remedy(List.of(), true, blocking(facts));
      }
    }
    return new Remedy(List.of(), false, List.of("no set of facts was found within the bounds"));
  }

  /// The facts by path that do with `changed` and at most `left` more; null where none do.
  private @Nullable Map<String, Object> search(
      Map<String, Object> facts, Map<String, Object> changed, int left) {
    if (++asked > MAX_ASKED) {
      return null;
    }
    Asking asking;
    try {
      asking = Asking.of(question, FactSheet.hypothetical(facts));
    } catch (Asking.Unclear e) {
      return null;
    }
    Answer answer = policy.set().ask(asking.request(), asking.entities());
    if (!answer.errors().isEmpty()) {
      return null;
    }
    if (answer.allowed()) {
      return changed;
    }
    var tried = new HashSet<Map.Entry<String, Object>>();
    for (Explained refusing : refusing(answer, asking)) {
      for (Explained.Clause clause : refusing.clauses()) {
        for (Map.Entry<String, Object> change : changes(refusing, clause).entrySet()) {
          if (changed.containsKey(change.getKey()) || !tried.add(change)) {
            continue;
          }
          if (left == 0) {
            cut = true;
            return null;
          }
          var more = new TreeMap<>(changed);
          more.put(change.getKey(), change.getValue());
          Map<String, Object> found =
              search(with(facts, change.getKey(), change.getValue()), more, left - 1);
          if (found != null) {
            return found;
          }
        }
      }
    }
    return null;
  }

  /// The policies one of which has to come out otherwise: a forbid that holds, or the permits whose
  /// scope matches.
  private List<Explained> refusing(Answer answer, Asking asking) {
    if (!answer.reasons().isEmpty()) {
      return List.of(
          policy.set().explain(answer.reasons().getFirst(), asking.request(), asking.entities()));
    }
    return permits(asking);
  }

  private List<Explained> permits(Asking asking) {
    return policy.set().applying(asking.request(), asking.entities()).stream()
        .filter(one -> one.effect() == Policy.Effect.PERMIT)
        .map(one -> policy.set().explain(one.id(), asking.request(), asking.entities()))
        .toList();
  }

  /// Facts by path, each of which makes a clause that refused come out otherwise.
  private Map<String, Object> changes(Explained refusing, Explained.Clause clause) {
    boolean forbids = refusing.policy().effect() == Policy.Effect.FORBID;
    boolean refused = clause.wanted() == Explained.Wanted.EITHER || clause.met() == forbids;
    return switch (clause.came()) {
      case TRUE -> refused ? changes(clause, false) : Map.of();
      case FALSE -> refused ? changes(clause, true) : Map.of();
      case ERRED, NOT_REACHED -> Map.of();
    };
  }

  private Map<String, Object> changes(Explained.Clause clause, boolean wanted) {
    var changes = new LinkedHashMap<String, Object>();
    switch (clause.expression()) {
      case Expr.Has has when wanted ->
          fact(new Expr.Get(has.of(), has.attribute(), has.span()))
              .ifPresent(
                  path -> neutral(question, path).ifPresent(value -> changes.put(path, value)));
      case Expr.Get get -> fact(get).ifPresent(path -> changes.put(path, wanted));
      case Expr.Binary binary -> compared(binary, clause, wanted, changes);
      case Expr.Invoke invoke -> contained(invoke, clause, wanted, changes);
      default -> {}
    }
    return changes;
  }

  private static void compared(
      Expr.Binary binary, Explained.Clause clause, boolean wanted, Map<String, Object> changes) {
    Optional<Object> left = value(binary.left(), clause);
    Optional<Object> right = value(binary.right(), clause);
    fact(binary.left())
        .ifPresent(path ->
            right
                .flatMap(value -> compared(binary.operator(), value, wanted))
                .ifPresent(value -> changes.put(path, value)));
    fact(binary.right())
        .ifPresent(path ->
            left.flatMap(value -> compared(mirrored(binary.operator()), value, wanted))
                .ifPresent(value -> changes.put(path, value)));
  }

  /// What stands on the left of an operator so that it comes out as wanted.
  private static Optional<Object> compared(Expr.Operator operator, Object right, boolean wanted) {
    return switch (operator) {
      case EQUAL -> wanted ? Optional.of(right) : other(right);
      case NOT_EQUAL -> wanted ? other(right) : Optional.of(right);
      case LESS -> moved(right, wanted ? -1 : 0);
      case LESS_OR_EQUAL -> moved(right, wanted ? 0 : 1);
      case GREATER -> moved(right, wanted ? 1 : 0);
      case GREATER_OR_EQUAL -> moved(right, wanted ? 0 : -1);
      case IN, PLUS, MINUS, TIMES -> Optional.empty();
    };
  }

  private static Expr.Operator mirrored(Expr.Operator operator) {
    return switch (operator) {
      case LESS -> Expr.Operator.GREATER;
      case LESS_OR_EQUAL -> Expr.Operator.GREATER_OR_EQUAL;
      case GREATER -> Expr.Operator.LESS;
      case GREATER_OR_EQUAL -> Expr.Operator.LESS_OR_EQUAL;
      case EQUAL, NOT_EQUAL, IN, PLUS, MINUS, TIMES -> operator;
    };
  }

  private static Optional<Object> other(Object value) {
    return switch (value) {
      case Boolean truth -> Optional.of(!truth);
      case Long number -> Optional.of(number == 0 ? 1L : 0L);
      case String text -> Optional.of("other than " + text);
      default -> Optional.empty();
    };
  }

  private static Optional<Object> moved(Object value, long by) {
    return value instanceof Long number
            && (by <= 0 || number < Long.MAX_VALUE)
            && (by >= 0 || number > Long.MIN_VALUE)
        ? Optional.of(number + by)
        : Optional.empty();
  }

  private static void contained(
      Expr.Invoke invoke, Explained.Clause clause, boolean wanted, Map<String, Object> changes) {
    if (invoke.arguments().isEmpty()) {
      return;
    }
    Optional<Object> set = value(invoke.of(), clause);
    Optional<Object> argument = value(invoke.arguments().getFirst(), clause);
    Optional<String> setPath = fact(invoke.of());
    if (set.isEmpty() || argument.isEmpty() || !(set.get() instanceof List<?> members)) {
      return;
    }
    List<?> named = argument.get() instanceof List<?> list ? list : List.of(argument.get());
    if (setPath.isPresent()) {
      var changed = new LinkedHashSet<Object>(members);
      if (wanted) {
        changed.addAll(named);
      } else {
        changed.removeAll(named);
      }
      changes.put(setPath.get(), List.copyOf(changed));
      return;
    }
    fact(invoke.arguments().getFirst())
        .ifPresent(path -> {
          if (!wanted) {
            other(argument.get()).ifPresent(value -> changes.put(path, value));
          } else if (members.size() <= MAX_MEMBERS && !members.isEmpty()) {
            changes.put(path, members.getFirst());
          }
        });
  }

  // ---- facts by their paths ----

  /// The path of a fact below `context.facts`; empty for every other expression.
  private static Optional<String> fact(Expr expression) {
    List<String> path = FactLaws.path(expression);
    return path.size() > 2 && path.get(0).equals("CONTEXT") && path.get(1).equals("facts")
        ? Optional.of(String.join(".", path.subList(2, path.size())))
        : Optional.empty();
  }

  private static Optional<Object> value(Expr expression, Explained.Clause clause) {
    if (expression instanceof Expr.Literal(Value value, _)) {
      return plain(value);
    }
    List<String> path = FactLaws.path(expression);
    if (path.isEmpty()) {
      return expression instanceof Expr.SetOf set ? members(set, clause) : Optional.empty();
    }
    String text =
        path.getFirst().toLowerCase(Locale.ROOT)
            + path.stream().skip(1).map(step -> "." + step).reduce("", String::concat);
    for (Explained.Seen seen : clause.seen()) {
      Value value = seen.value();
      if (seen.path().equals(text) && value != null) {
        return plain(value);
      }
    }
    return Optional.empty();
  }

  private static Optional<Object> members(Expr.SetOf set, Explained.Clause clause) {
    var members = new ArrayList<Object>();
    for (Expr member : set.members()) {
      Optional<Object> value = value(member, clause);
      if (value.isEmpty()) {
        return Optional.empty();
      }
      members.add(value.get());
    }
    return Optional.of(members);
  }

  private static Optional<Object> plain(Value value) {
    return switch (value) {
      case Value.Truth(boolean truth) -> Optional.of(truth);
      case Value.Whole(long number) -> Optional.of(number);
      case Value.Text(String text) -> Optional.of(text);
      case EntityUid uid -> Optional.of(Vocabulary.ref(uid));
      case Value.Group(Set<Value> members) -> {
        var plain = new ArrayList<Object>();
        members.forEach(member -> plain(member).ifPresent(plain::add));
        yield Optional.of(plain);
      }
      default -> Optional.empty();
    };
  }

  /// The value with which a fact says least: nothing found, nothing done.
  static Optional<Object> neutral(Question question, String path) {
    var steps = new ArrayList<>(List.of("CONTEXT", "facts"));
    steps.addAll(List.of(path.split("\\.", -1)));
    return FactLaws.type(steps).flatMap(type -> neutral(question, path, type));
  }

  private static Optional<Object> neutral(Question question, String path, Schema.Type type) {
    return switch (Vocabulary.schema().resolve(type)) {
      case Schema.Type.Fields fields -> {
        var members = new TreeMap<String, Object>();
        fields
            .members()
            .forEach((name, member) -> {
              if (member.required()) {
                neutral(question, path + "." + name, member.type())
                    .ifPresent(value -> members.put(name, value));
              }
            });
        yield Optional.of(members);
      }
      case Schema.Type.Reference reference ->
          Optional.of(new EntityRef(Vocabulary.shortName(reference.entityType()), "unknown"));
      case Schema.Type.SetOf _ -> Optional.of(List.of());
      case Schema.Type other -> word(question, path, other.toString());
    };
  }

  private static Optional<Object> word(Question question, String path, String type) {
    return switch (type) {
      case "Bool" -> Optional.of(false);
      case "Long" -> Optional.of(0L);
      case "String" -> Optional.of(path.equals("artifact.digest") ? digest(question) : "");
      default -> Optional.empty();
    };
  }

  private static String digest(Question question) {
    return question.resource().type().equals("Artifact")
        ? question.resource().id()
        : String.valueOf(question.claimed().getOrDefault("artifact", "unknown"));
  }

  private static Map<String, Object> with(Map<String, Object> facts, String path, Object value) {
    var changed = new TreeMap<>(facts);
    int dot = path.indexOf('.');
    if (dot < 0) {
      changed.put(path, value);
      return changed;
    }
    var members = new TreeMap<String, Object>();
    if (changed.get(path.substring(0, dot)) instanceof Map<?, ?> group) {
      group.forEach((name, member) -> members.put(String.valueOf(name), member));
    }
    changed.put(path.substring(0, dot), with(members, path.substring(dot + 1), value));
    return changed;
  }

  private static @Nullable Object at(Map<?, ?> facts, String path) {
    int dot = path.indexOf('.');
    if (dot < 0) {
      return facts.get(path);
    }
    return facts.get(path.substring(0, dot)) instanceof Map<?, ?> group
        ? at(group, path.substring(dot + 1))
        : null;
  }

  /// For people: a group that was not there is one change, with the members that policies read.
  private List<Remedy.Change> changes(Map<String, Object> before, Map<String, Object> found) {
    Map<String, Object> after = before;
    for (var change : found.entrySet()) {
      after = with(after, change.getKey(), change.getValue());
    }
    Set<String> read = new TreeSet<>();
    for (Policy one : policy.set().policies()) {
      if (Asking.isAbout(one, question.action())) {
        read.addAll(Reads.in(one));
      }
    }
    var changes = new ArrayList<Remedy.Change>();
    var groups = new HashSet<String>();
    for (String path : found.keySet()) {
      String group = path.split("\\.", -1)[0];
      if (before.containsKey(group)) {
        changes.add(
            new Remedy.Change(path, at(before, path), Objects.requireNonNull(at(after, path))));
      } else if (groups.add(group) && after.get(group) instanceof Map<?, ?> members) {
        var shown = new TreeMap<String, Object>();
        members.forEach((name, value) -> {
          if (read.contains(group + "." + name)) {
            shown.put(String.valueOf(name), value);
          }
        });
        changes.add(new Remedy.Change(group, null, shown));
      }
    }
    return changes;
  }

  /// What refused and is no fact, at the state that was asked about.
  private List<String> blocking(Map<String, Object> facts) {
    Asking asking;
    try {
      asking = Asking.of(question, FactSheet.hypothetical(facts));
    } catch (Asking.Unclear e) {
      return List.of(e.reason());
    }
    Answer answer = policy.set().ask(asking.request(), asking.entities());
    if (!answer.errors().isEmpty()) {
      return answer.errors().entrySet().stream()
          .map(error -> "`" + error.getKey() + "` errs: " + error.getValue())
          .toList();
    }
    var blocking = new ArrayList<String>();
    for (String forbid : answer.reasons()) {
      blocking.addAll(blocking(policy.set().explain(forbid, asking.request(), asking.entities())));
    }
    if (!blocking.isEmpty()) {
      return blocking;
    }
    // Then it is for want of a permit, whatever becomes of the forbids.
    List<Explained> permits = permits(asking);
    permits.forEach(permit -> blocking.addAll(blocking(permit)));
    return permits.isEmpty()
        ? List.of(
            "no policy permits a %s to %s a %s"
                .formatted(
                    question.principal().type(),
                    question.action().word(),
                    question.resource().type()))
        : blocking.isEmpty()
            ? List.of("what one clause asks of the facts another refuses")
            : blocking;
  }

  /// The clauses by which a policy refuses and that no fact turns.
  private List<String> blocking(Explained refusing) {
    String id = refusing.policy().id();
    boolean forbids = refusing.policy().effect() == Policy.Effect.FORBID;
    if (forbids && refusing.clauses().isEmpty()) {
      return List.of("`" + id + "` forbids it whatever the facts");
    }
    return refusing.clauses().stream()
        .filter(
            clause -> clause.came() == Explained.Came.TRUE || clause.came() == Explained.Came.FALSE)
        .filter(clause -> clause.met() == forbids && changes(refusing, clause).isEmpty())
        .map(clause ->
            "`%s`: `%s` is %s".formatted(id, clause.text(), clause.came() == Explained.Came.TRUE))
        .toList();
  }
}
