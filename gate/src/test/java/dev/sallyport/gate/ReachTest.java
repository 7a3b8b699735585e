package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Who can do what is what the gate says of each.
class ReachTest {
  private static final EntityRef SHOP = new EntityRef("Repository", "f/1");
  private static final EntityRef PROD = new EntityRef("Environment", "prod");
  private static final String DIGEST = "sha256:" + "ab".repeat(32);
  private static final List<Entity> THINGS =
      List.of(
          new Entity(
              new EntityRef("Workload", "shop"),
              Set.of(SHOP),
              Map.of("repository", SHOP, "ref", "refs/heads/main", "refProtected", true)),
          new Entity(
              new EntityRef("Workload", "other"),
              Set.of(),
              Map.of("repository", new EntityRef("Repository", "f/2"))),
          new Entity(new EntityRef("Person", "p"), Set.of(), Map.of()),
          new Entity(SHOP, Set.of(), Map.of()),
          new Entity(PROD, Set.of(), Map.of("sources", List.of(SHOP))));

  private static Reach reach(Profile profile, Map<String, Object> facts) {
    return new Reach(PolicySnapshot.builtIn(profile), THINGS, Map.of("artifact", DIGEST), facts);
  }

  @Test
  void every_answer_is_what_the_gate_says_of_the_question() {
    for (Profile profile : Profile.values()) {
      for (Map<String, Object> facts :
          List.<Map<String, Object>>of(
              Map.of(), Map.of("local", Map.of("owner", true)), proved())) {
        Reach reach = reach(profile, facts);
        var found = new ArrayList<>(reach.whoCan(Action.DEPLOY, PROD));
        found.addAll(reach.whoCan(Action.BUILD, SHOP));
        THINGS.forEach(thing -> found.addAll(reach.whatCan(thing.ref())));
        assertThat(found).hasSizeGreaterThan(20);
        for (Reach.Found one : found) {
          Question question =
              new Question(one.who(), one.action(), one.what(), Map.of("artifact", DIGEST), THINGS);
          Rehearsal.Verdict verdict =
              Rehearsal.ask(new Case(question, facts), PolicySnapshot.builtIn(profile));
          assertThat(one.can() == Reach.Can.YES).as("%s", one).isEqualTo(verdict.allowed());
          if (verdict.outcome() == Ruling.Outcome.FORBIDDEN) {
            assertThat(one.can()).as("%s", one).isEqualTo(Reach.Can.NO);
          }
        }
      }
    }
  }

  @Test
  void what_hangs_on_facts_is_told_with_them() {
    List<Reach.Found> found = reach(Profile.BASELINE, Map.of()).whoCan(Action.DEPLOY, PROD);
    assertThat(found)
        .extracting(one -> one.who().id(), Reach.Found::can)
        .containsExactly(
            tuple("shop", Reach.Can.IF), tuple("other", Reach.Can.NO), tuple("p", Reach.Can.NO));
    assertThat(found.getFirst().missing()).containsExactly("artifact");
    assertThat(reach(Profile.BASELINE, proved()).whoCan(Action.DEPLOY, PROD).getFirst().can())
        .isEqualTo(Reach.Can.YES);
  }

  private static Map<String, Object> proved() {
    return Map.of("artifact", Map.of("digest", DIGEST, "proved", true, "roles", List.of("build")));
  }

  @Test
  void a_store_that_is_not_of_the_vocabulary_is_refused() {
    assertThatThrownBy(() ->
            new Reach(
                PolicySnapshot.builtIn(Profile.STRICT),
                List.of(new Entity(SHOP, Set.of(), Map.of("colour", "red"))),
                Map.of(),
                Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("colour");
  }
}
