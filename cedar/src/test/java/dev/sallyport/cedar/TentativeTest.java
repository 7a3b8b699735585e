package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What holds or fails in spite of what is missing does so whatever is put in its place.
class TentativeTest {
  private static final Entities NONE = Entities.of(List.of());
  private static final List<String> FACTS = List.of("context", "facts");

  private static Request request(String facts, String rest) {
    return new Request(
        new EntityUid("User", "a"),
        new EntityUid("Action", "read"),
        new EntityUid("Doc", "d"),
        EntitiesReader.record("{\"facts\": " + facts + rest + "}"));
  }

  private static Tentative tentative(String conditions, String facts) {
    return PolicySet.parse("permit(principal, action, resource) " + conditions + ";")
        .tentative(request(facts, ", \"yes\": true, \"no\": false"), NONE, FACTS)
        .getFirst();
  }

  @Test
  void an_absent_fact_leaves_open_only_what_hangs_on_it() {
    String asks = "when { context.facts has a && context.facts.a.n == 0 && context.%s }";
    assertThat(tentative(asks.formatted("yes"), "{}"))
        .satisfies(one -> assertThat(one.state()).isEqualTo(Tentative.State.OPEN))
        .satisfies(one -> assertThat(one.missing()).containsExactly("context.facts.a"));
    assertThat(tentative(asks.formatted("no"), "{}").state()).isEqualTo(Tentative.State.FAILS);
    assertThat(tentative(asks.formatted("no"), "{}").missing()).isEmpty();
    assertThat(tentative(asks.formatted("yes"), "{\"a\": {\"n\": 1}}").state())
        .isEqualTo(Tentative.State.FAILS);
    assertThat(tentative("when { context.yes || context.facts has a }", "{}").state())
        .isEqualTo(Tentative.State.HOLDS);
    assertThat(tentative("unless { context.facts has a.b }", "{\"a\": {}}").missing())
        .containsExactly("context.facts.a.b");
  }

  @Test
  void a_choice_is_open_only_where_its_two_ways_differ() {
    String choice = "when { if context.facts has a then context.%s else context.%s }";
    assertThat(tentative(choice.formatted("yes", "yes"), "{}").state())
        .isEqualTo(Tentative.State.HOLDS);
    assertThat(tentative(choice.formatted("yes", "no"), "{}").state())
        .isEqualTo(Tentative.State.OPEN);
  }

  @Test
  void what_is_absent_elsewhere_is_not_there() {
    assertThat(tentative("when { context has other }", "{}").state())
        .isEqualTo(Tentative.State.FAILS);
    assertThat(tentative("when { context.other }", "{}").state()).isEqualTo(Tentative.State.OPEN);
    assertThat(tentative("when { context.other }", "{}").missing()).isEmpty();
  }

  @Test
  void whatever_is_put_in_place_of_the_missing_changes_nothing_that_was_certain() {
    var states = new TreeMap<Tentative.State, Integer>();
    Seed.forAll(
        1_000,
        random -> {
          PolicySet set =
              PolicySet.parse(
                  "permit(principal, action, resource) when { " + clause(random, 3) + " };");
          Tentative before = set.tentative(request("{}", ""), NONE, FACTS).getFirst();
          states.merge(before.state(), 1, Integer::sum);
          for (int i = 0; i < 8; i++) {
            Explained after = set.explain(request(facts(random), ""), NONE).getFirst();
            switch (before.state()) {
              case HOLDS -> assertThat(after.outcome()).isEqualTo(Explained.Outcome.HOLDS);
              case FAILS -> assertThat(after.outcome()).isEqualTo(Explained.Outcome.FAILS);
              case OPEN -> assertThat(before.missing()).isNotEmpty();
            }
          }
        });
    assertThat(states.values()).as("%s", states).hasSize(3).allMatch(count -> count > 50);
  }

  private static String clause(Random random, int depth) {
    String fact = "context.facts.%c".formatted('a' + random.nextInt(3));
    String read = "(context.facts has %c && %s)".formatted(fact.charAt(fact.length() - 1), fact);
    if (depth == 0) {
      return random.nextInt(3) == 0 ? "true" : random.nextInt(3) == 0 ? "false" : read;
    }
    String left = clause(random, depth - 1);
    String right = clause(random, depth - 1);
    return switch (random.nextInt(4)) {
      case 0 -> "(" + left + " && " + right + ")";
      case 1 -> "(" + left + " || " + right + ")";
      case 2 -> "!" + left;
      default -> "(if " + read + " then " + left + " else " + right + ")";
    };
  }

  private static String facts(Random random) {
    var members = new ArrayList<String>();
    for (char name = 'a'; name <= 'c'; name++) {
      if (random.nextInt(4) > 0) {
        members.add("\"" + name + "\": " + random.nextBoolean());
      }
    }
    return "{" + String.join(", ", members) + "}";
  }
}
