package dev.sallyport.cli;

import dev.sallyport.cedar.Explained;
import dev.sallyport.cedar.Expr;
import dev.sallyport.gate.Case;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Rehearsal;
import dev.sallyport.gate.Ruling;
import dev.sallyport.gate.Why;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Runs tests of a policy, and counts which of its clauses they saw come out both ways.
final class PolicyTests {
  private static final Set<String> FILE = Set.of("things", "policy", "tests");
  private static final Set<String> OWN = Set.of("name", "expect", "by", "missing");

  private final PolicySnapshot policy;
  private final Map<String, Covered> coverage = new LinkedHashMap<>();

  PolicyTests(PolicySnapshot policy) {
    this.policy = policy;
  }

  /// One test's end; nothing is wrong where it passed.
  record Result(String name, List<String> wrong) {
    Result {
      wrong = List.copyOf(wrong);
    }

    boolean passed() {
      return wrong.isEmpty();
    }
  }

  /// What the tests saw of one policy.
  static final class Covered {
    final String id;
    final String place;
    final Map<Integer, Clause> clauses = new LinkedHashMap<>();
    boolean asked;

    private Covered(String id, String place) {
      this.id = id;
      this.place = place;
    }
  }

  /// What the tests saw of one clause.
  static final class Clause {
    final String text;
    final int line;
    final int column;
    boolean sawTrue;
    boolean sawFalse;

    private Clause(String text, int line, int column) {
      this.text = text;
      this.line = line;
      this.column = column;
    }

    /// How many of its two ways were seen.
    int seen() {
      return (sawTrue ? 1 : 0) + (sawFalse ? 1 : 0);
    }
  }

  /// Runs the tests of a file, in their order.
  List<Result> run(CaseFile file) {
    for (String member : file.members().keySet()) {
      if (!FILE.contains(member)) {
        throw file.wrong("unknown member `" + member + "`");
      }
    }
    if (!(file.members().get("tests") instanceof List<?> tests) || tests.isEmpty()) {
      throw file.wrong("it has no list `tests`");
    }
    var results = new ArrayList<Result>();
    for (Object test : tests) {
      results.add(run(file, file.object("tests[" + results.size() + "]", test)));
    }
    return results;
  }

  private Result run(CaseFile file, Map<String, Object> test) {
    if (!(test.get("name") instanceof String name) || name.isBlank()) {
      throw file.wrong("a test has no `name`");
    }
    for (String member : test.keySet()) {
      if (!OWN.contains(member) && !CaseFile.QUESTION.contains(member)) {
        throw file.wrong(name + ": unknown member `" + member + "`");
      }
    }
    String expected = expected(file, name, test.get("expect"));
    Case asked = file.question(name, test);
    Rehearsal.Verdict verdict = Rehearsal.ask(asked, policy);
    cover(asked);
    var wrong = new ArrayList<String>();
    if (!matches(expected, verdict)) {
      wrong.add(
          "expected %s, got %s: %s"
              .formatted(expected, verdict.outcome().word(), String.join("; ", verdict.reasons())));
    }
    same(file, name, "by", test, verdict.policies(), wrong);
    same(file, name, "missing", test, verdict.missing(), wrong);
    return new Result(name, wrong);
  }

  private static String expected(CaseFile file, String name, @Nullable Object said) {
    if (said instanceof String word
        && (word.equals("allow")
            || word.equals("deny")
            || Arrays.stream(Ruling.Outcome.values()).anyMatch(one -> one.word().equals(word)))) {
      return word;
    }
    throw file.wrong(
        name
            + ": `expect` is allow, deny, allowed, forbidden, not-permitted or could-not-evaluate");
  }

  private static boolean matches(String expected, Rehearsal.Verdict verdict) {
    return switch (expected) {
      case "allow" -> verdict.allowed();
      case "deny" -> !verdict.allowed();
      default -> verdict.outcome().word().equals(expected);
    };
  }

  private static void same(
      CaseFile file,
      String name,
      String member,
      Map<String, Object> test,
      List<String> got,
      List<String> wrong) {
    Object said = test.get(member);
    if (said == null) {
      return;
    }
    if (!(said instanceof List<?> list) || !list.stream().allMatch(String.class::isInstance)) {
      throw file.wrong(name + ": `" + member + "` is no list of words");
    }
    var expected = new TreeSet<String>();
    list.forEach(one -> expected.add(String.valueOf(one)));
    if (!expected.equals(new TreeSet<>(got))) {
      wrong.add("expected `%s` %s, got %s".formatted(member, expected, new TreeSet<>(got)));
    }
  }

  // ---- coverage ----

  private void cover(Case asked) {
    for (Why.One one : Rehearsal.explain(asked, policy)) {
      Covered covered = covered(one);
      covered.asked |= one.explained().outcome() != Explained.Outcome.OUT_OF_SCOPE;
      int place = 0;
      for (Explained.Clause clause : one.explained().clauses()) {
        Clause seen = covered.clauses.get(place++);
        if (seen != null) {
          seen.sawTrue |= clause.came() == Explained.Came.TRUE;
          seen.sawFalse |= clause.came() == Explained.Came.FALSE;
        }
      }
    }
  }

  private Covered covered(Why.One one) {
    return coverage.computeIfAbsent(
        one.policy().id(),
        id -> {
          var covered = new Covered(id, one.policy().file() + ":" + one.policy().line());
          int place = 0;
          for (Explained.Clause clause : one.explained().clauses()) {
            // A constant comes out one way only, whatever is asked.
            if (!(clause.expression() instanceof Expr.Literal)) {
              covered.clauses.put(
                  place,
                  new Clause(
                      clause.text(),
                      clause.expression().span().line(),
                      clause.expression().span().column()));
            }
            place++;
          }
          return covered;
        });
  }

  /// What was seen of each policy, in their order; a policy that no test came near is there with
  /// nothing seen.
  List<Covered> coverage() {
    var all = new ArrayList<Covered>();
    policy
        .policies()
        .forEach(ref -> {
          Covered covered = coverage.get(ref.id());
          all.add(covered == null ? new Covered(ref.id(), ref.file() + ":" + ref.line()) : covered);
        });
    return all;
  }
}
