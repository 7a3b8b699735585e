package dev.sallyport.cedar;

import static dev.sallyport.cedar.Explained.Came.ERRED;
import static dev.sallyport.cedar.Explained.Came.FALSE;
import static dev.sallyport.cedar.Explained.Came.NOT_REACHED;
import static dev.sallyport.cedar.Explained.Came.TRUE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.Seed;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What a policy is said to have made of a request is what it made of it.
class ExplainedTest {
  private static final Entities ENTITIES =
      Entities.parseJson(
          """
          [ {"uid": {"type": "User", "id": "a"}, "attrs": {"n": 1, "s": "aab", "set": [1, "a"],
             "rec": {"n": 2}}, "parents": [{"type": "Group", "id": "g"}], "tags": {"a": "b"}},
            {"uid": {"type": "Doc", "id": "d"}, "attrs": {}, "parents": []},
            {"uid": {"type": "Action", "id": "read"}, "attrs": {}, "parents": []} ]
          """);

  private static Request request(String context) {
    return new Request(
        new EntityUid("User", "a"),
        new EntityUid("Action", "read"),
        new EntityUid("Doc", "d"),
        EntitiesReader.record(context));
  }

  private static Explained explain(String policy, String context) {
    return PolicySet.parse(policy).explain(request(context), ENTITIES).getFirst();
  }

  private static List<Explained.Came> came(Explained explained) {
    return explained.clauses().stream().map(Explained.Clause::came).toList();
  }

  @Test
  void the_explanation_and_the_answer_are_of_one_mind() {
    var outcomes = new TreeMap<Explained.Outcome, Integer>();
    Seed.forAll(
        3_000,
        random -> {
          Gen gen = new Gen(random);
          PolicySet set = PolicySet.parse(gen.policy() + "\n" + gen.policy());
          Request request = request("{\"n\": 1, \"b\": true, \"s\": \"a\", \"rec\": {\"n\": 0}}");
          Answer answer = set.ask(request, ENTITIES);
          boolean forbidden = false;
          boolean permitted = false;
          var errors = new TreeMap<String, String>();
          for (Explained one : set.explain(request, ENTITIES)) {
            outcomes.merge(one.outcome(), 1, Integer::sum);
            switch (one.outcome()) {
              case HOLDS -> {
                forbidden |= one.policy().effect() == Policy.Effect.FORBID;
                permitted |= one.policy().effect() == Policy.Effect.PERMIT;
              }
              case ERRS -> errors.put(one.policy().id(), String.valueOf(one.error()));
              case FAILS, OUT_OF_SCOPE -> {}
            }
          }
          assertThat(answer.allowed()).isEqualTo(permitted && !forbidden);
          assertThat(answer.errors()).isEqualTo(errors);
        });
    assertThat(outcomes.values()).as("%s", outcomes).hasSize(4).allMatch(count -> count > 100);
  }

  @Test
  void a_clause_behind_the_one_that_decided_is_not_reached() {
    assertThat(
            came(
                explain(
                    "permit(principal, action, resource) when { context.a && context.b };",
                    "{\"a\": false, \"b\": true}")))
        .containsExactly(FALSE, NOT_REACHED);
    assertThat(
            came(
                explain(
                    "permit(principal, action, resource) when { context.a || context.b }"
                        + " unless { context.a };",
                    "{\"a\": true, \"b\": true}")))
        .containsExactly(TRUE, NOT_REACHED, TRUE);
    assertThat(
            came(
                explain(
                    "permit(principal, action, resource)"
                        + " when { if context.a then context.b else !context.c };",
                    "{\"a\": false, \"b\": true, \"c\": true}")))
        .containsExactly(FALSE, NOT_REACHED, TRUE);
    assertThat(
            came(
                explain(
                    "permit(principal, action, resource) when { context.a && context.b } when { true };",
                    "{\"a\": true}")))
        .containsExactly(TRUE, ERRED, NOT_REACHED);
    assertThat(
            came(
                explain(
                    "permit(principal, action, resource == Doc::\"other\") when { true };", "{}")))
        .containsExactly(NOT_REACHED);
  }

  @Test
  void a_clause_tells_what_it_wanted_and_what_it_saw() {
    Explained explained =
        explain(
            "forbid(principal, action, resource)"
                + " unless { context has a.b && context.a.b == principal.n && !(context.c > 3) };",
            "{\"a\": {\"b\": 1}, \"c\": 9}");
    assertThat(explained.outcome()).isEqualTo(Explained.Outcome.HOLDS);
    assertThat(explained.clauses())
        .extracting(Explained.Clause::text)
        .containsExactly(
            "context has a", "context.a has b", "context.a.b == principal.n", "context.c > 3");
    assertThat(explained.clauses())
        .extracting(Explained.Clause::wanted)
        .containsExactly(
            Explained.Wanted.FALSE,
            Explained.Wanted.FALSE,
            Explained.Wanted.FALSE,
            Explained.Wanted.TRUE);
    assertThat(explained.clauses().get(2).seen())
        .containsExactly(
            new Explained.Seen("context.a.b", Value.of(1)),
            new Explained.Seen("principal.n", Value.of(1)));
    assertThat(explained.clauses())
        .extracting(Explained.Clause::met)
        .containsExactly(false, false, false, true);
  }

  @Test
  void what_is_not_there_is_seen_as_nothing() {
    Explained explained =
        explain("permit(principal, action, resource) when { context.a.b == 1 };", "{}");
    assertThat(explained.outcome()).isEqualTo(Explained.Outcome.ERRS);
    assertThat(explained.error()).contains("no attribute `a`");
    assertThat(explained.clauses().getFirst().seen())
        .containsExactly(new Explained.Seen("context.a.b", null));
  }

  @Test
  void each_part_of_the_head_says_whether_it_matched() {
    Explained explained =
        explain("permit(principal in Group::\"g\", action, resource is User);", "{}");
    assertThat(explained.outcome()).isEqualTo(Explained.Outcome.OUT_OF_SCOPE);
    assertThat(explained.scopes())
        .extracting(Explained.ScopePart::matched)
        .containsExactly(true, true, false);
  }
}
