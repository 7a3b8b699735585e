package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.Seed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What the index leaves out could neither hold nor err.
class IndexTest {
  private static final Entities ENTITIES =
      Entities.parseJson(
          """
          [ {"uid": {"type": "User", "id": "a"}, "attrs": {"team": "x", "n": 1},
             "parents": [{"type": "Group", "id": "g"}]},
            {"uid": {"type": "User", "id": "b"}, "attrs": {"n": 2}, "parents": []},
            {"uid": {"type": "Action", "id": "read"}, "attrs": {},
             "parents": [{"type": "Action", "id": "all"}]} ]
          """);

  private static String pick(Random random, String... of) {
    return of[random.nextInt(of.length)];
  }

  private static String policy(Random random) {
    String demand =
        pick(
            random,
            "principal.team == \"x\"",
            "\"y\" == principal.team",
            "principal.team == 1",
            "principal.n == 1",
            "principal.n == principal.n",
            "context.rec.n == 2",
            "context == {n: 1}",
            "principal == User::\"a\"",
            "principal.n < 2",
            "context.missing.deeper == 1",
            "principal.team != \"x\"",
            "principal.n == -1",
            "[1, 2] == [principal.n]");
    String rest = pick(random, "", " && context.ok", " && context.missing", " || context.ok");
    return "%s(principal%s, action%s, resource%s) %s { %s%s };"
        .formatted(
            pick(random, "permit", "permit", "forbid"),
            pick(random, "", "", "", " is User", " == User::\"a\"", " in Group::\"g\""),
            pick(
                random,
                "",
                "",
                " == Action::\"read\"",
                " in Action::\"all\"",
                " in [Action::\"all\", Action::\"read\"]"),
            pick(random, "", "", "", " == Doc::\"d\""),
            pick(random, "when", "when", "when", "unless"),
            demand,
            rest);
  }

  @Test
  void what_the_index_leaves_out_changes_no_answer() {
    int[] seen = new int[3];
    Seed.forAll(
        2_000,
        random -> {
          var text = new StringBuilder();
          for (int i = random.nextInt(30); i >= 0; i--) {
            text.append(policy(random)).append('\n');
          }
          PolicySet policies = PolicySet.parse(text.toString());
          for (String user : List.of("a", "b", "gone")) {
            var request =
                new Request(
                    new EntityUid("User", user),
                    new EntityUid("Action", pick(random, "read", "write")),
                    new EntityUid("Doc", pick(random, "d", "e")),
                    EntitiesReader.record(
                        pick(
                            random,
                            "{}",
                            "{\"n\":1}",
                            "{\"ok\":true,\"rec\":{\"n\":2}}",
                            "{\"ok\":false,\"rec\":{}}")));
            Answer answer = policies.ask(request, ENTITIES);
            assertThat(answer).as(text.toString()).isEqualTo(policies.askEach(request, ENTITIES));
            seen[answer.allowed() ? 0 : 1]++;
            seen[2] += answer.errors().isEmpty() ? 0 : 1;
          }
        });
    assertThat(seen[0]).isGreaterThan(500);
    assertThat(seen[1]).isGreaterThan(500);
    assertThat(seen[2]).isGreaterThan(500);
  }

  @Test
  void of_thousands_that_err_the_first_hundred_are_named_and_all_are_counted() {
    Seed.forAll(
        20,
        random -> {
          var text = new StringBuilder();
          for (int i = 0; i < 400; i++) {
            text.append(
                "%s(principal%s, action%s, resource) when { context.team == \"%d\" };%n"
                    .formatted(
                        pick(random, "permit", "forbid"),
                        pick(random, "", "", "", " is User", " is Doc", " == User::\"a\""),
                        pick(
                            random,
                            "",
                            " == Action::\"read\"",
                            " == Action::\"write\"",
                            " == Action::\"all\"",
                            " in Action::\"all\"",
                            " in [Action::\"all\", Action::\"read\"]"),
                        random.nextInt(50)));
          }
          PolicySet policies = PolicySet.parse(text.toString());
          var request =
              new Request(
                  new EntityUid("User", "a"),
                  new EntityUid("Action", pick(random, "read", "all", "other")),
                  new EntityUid("Doc", "d"),
                  EntitiesReader.record("{}"));
          Answer answer = policies.ask(request, ENTITIES);
          assertThat(answer).isEqualTo(policies.askEach(request, ENTITIES));
          assertThat(answer.allowed()).isFalse();
          assertThat(answer.erring())
              .isEqualTo(policies.applying(request, ENTITIES).size())
              .isGreaterThanOrEqualTo(answer.errors().size());
          assertThat(answer.errors()).hasSize(Math.min(100, answer.erring()));
        });
  }
}
