package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.cedar.Explained;
import dev.sallyport.testdata.Seed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What is said to turn a refusal into an allow does, and nothing less.
class WhyTest {
  private static Case push(Map<String, Object> facts) {
    return new Case(
        new Question(
            new EntityRef("Stranger", "s"), Action.PUSH, new EntityRef("Repository", "f/1")),
        facts);
  }

  /// The case with the changes made.
  private static Case with(Case asked, List<Remedy.Change> changes) {
    var facts = new TreeMap<>(asked.facts());
    for (Remedy.Change change : changes) {
      put(facts, change.fact(), change.to());
    }
    return new Case(asked.question(), facts);
  }

  private static void put(Map<String, Object> facts, String path, Object value) {
    int dot = path.indexOf('.');
    String name = dot < 0 ? path : path.substring(0, dot);
    var group = new LinkedHashMap<String, Object>();
    if (facts.get(name) instanceof Map<?, ?> before) {
      before.forEach((member, of) -> group.put(String.valueOf(member), of));
    }
    if (dot < 0) {
      facts.put(name, value instanceof Map<?, ?> members ? whole(name, members) : value);
    } else {
      put(group, path.substring(dot + 1), value);
      facts.put(name, group);
    }
  }

  /// The members that no policy reads are as they like.
  private static Map<String, Object> whole(String group, Map<?, ?> said) {
    var whole = new TreeMap<String, Object>();
    if (RemedySearch.neutral(push(Map.of()).question(), group).orElseThrow()
        instanceof Map<?, ?> neutral) {
      neutral.forEach((name, value) -> whole.put(String.valueOf(name), value));
    }
    said.forEach((name, value) -> whole.put(String.valueOf(name), value));
    return whole;
  }

  @Test
  void the_remedy_of_every_refusal_of_the_range_turns_it() {
    int turned = 0;
    int impossible = 0;
    for (Story story : Range.stories()) {
      for (Story.Door door : story.doors()) {
        for (Profile profile : List.of(Profile.BASELINE, Profile.STRICT)) {
          PolicySnapshot policy = PolicySnapshot.builtIn(profile);
          Case asked = new Case(door.question(), new TreeMap<>(door.facts()));
          Why why = Rehearsal.why(asked, policy);
          Remedy remedy = why.remedy();
          if (remedy == null) {
            assertThat(why.verdict().allowed()).isTrue();
          } else if (remedy.possible()) {
            turned++;
            assertThat(remedy.smallest()).as(story.id()).isTrue();
            assertThat(Rehearsal.ask(with(asked, remedy.changes()), policy).allowed())
                .as("%s at %s by %s: %s", story.id(), door.name(), profile, remedy)
                .isTrue();
          } else {
            impossible++;
            assertThat(remedy.blocking()).as(story.id()).isNotEmpty();
          }
        }
      }
    }
    assertThat(turned).isGreaterThan(20);
    assertThat(impossible).isGreaterThan(5);
  }

  @Test
  void nothing_less_than_the_remedy_would_do() {
    PolicySnapshot policy =
        PolicyTexts.snapshot(
            """
            permit (principal, action == Sallyport::Action::"push", resource)
            when { context.facts has commits && context.facts.commits.good > 2 }
            when { context.facts has trust && context.facts.trust.anchored };
            permit (principal, action == Sallyport::Action::"push", resource)
            when { context.facts has local && context.facts.local.owner };
            forbid (principal, action == Sallyport::Action::"push", resource)
            unless { context.facts has secrets && context.facts.secrets.found <= 3 };
            """);
    Remedy remedy = Rehearsal.why(push(Map.of("secrets", Map.of("found", 7L))), policy).remedy();
    assertThat(remedy).isNotNull();
    assertThat(remedy.smallest()).isTrue();
    assertThat(remedy.changes())
        .containsExactlyInAnyOrder(
            new Remedy.Change("secrets.found", 7L, 3L),
            new Remedy.Change("local", null, Map.of("owner", true)));
    for (Remedy.Change left : remedy.changes()) {
      var fewer = new ArrayList<>(remedy.changes());
      fewer.remove(left);
      assertThat(
              Rehearsal.ask(with(push(Map.of("secrets", Map.of("found", 7L))), fewer), policy)
                  .allowed())
          .isFalse();
    }
  }

  @Test
  void what_no_fact_can_turn_is_said_with_the_clause() {
    Why why =
        Rehearsal.why(
            push(Map.of()),
            PolicyTexts.snapshot(
                """
                permit (principal, action, resource);
                @id("no-strangers")
                forbid (principal, action == Sallyport::Action::"push", resource)
                unless { principal is Sallyport::Workload };
                """));
    assertThat(why.remedy()).isNotNull();
    assertThat(why.remedy().possible()).isFalse();
    assertThat(why.remedy().blocking())
        .containsExactly("`no-strangers`: `principal is Sallyport::Workload` is false");
    Why foreign =
        Rehearsal.why(
            push(Map.of()),
            PolicyTexts.snapshot(
                """
                @id("workloads")
                permit (principal, action == Sallyport::Action::"push", resource)
                when { principal is Sallyport::Workload };
                forbid (principal, action == Sallyport::Action::"push", resource)
                unless { context.facts has trust && context.facts.trust.anchored };
                """));
    assertThat(foreign.remedy()).isNotNull();
    assertThat(foreign.remedy().blocking())
        .as("were the forbid met, the permit would still not hold")
        .containsExactly("`workloads`: `principal is Sallyport::Workload` is false");
    Remedy none = Rehearsal.why(push(Map.of()), none()).remedy();
    assertThat(none).isNotNull();
    assertThat(none.blocking())
        .containsExactly("no policy permits a Stranger to push a Repository");
  }

  private static PolicySnapshot none() {
    return PolicyTexts.snapshot(
        "permit (principal, action == Sallyport::Action::\"deploy\", resource);");
  }

  @Test
  void an_allow_needs_no_remedy_and_names_the_clauses_that_held() {
    Why why =
        Rehearsal.why(
            push(Map.of("local", Map.of("owner", true))),
            PolicyTexts.snapshot(
                """
                @id("owner")
                permit (principal, action == Sallyport::Action::"push", resource)
                when { context.facts has local && context.facts.local.owner };
                @id("other") permit (principal, action, resource is Sallyport::Secret);
                """));
    assertThat(why.remedy()).isNull();
    assertThat(why.policies())
        .extracting(one -> one.policy().id())
        .containsExactly("owner", "other");
    assertThat(why.policies().getFirst().explained().clauses())
        .allMatch(Explained.Clause::met)
        .extracting(Explained.Clause::text)
        .containsExactly("context.facts has local", "context.facts.local.owner");
    assertThat(why.policies().getLast().explained().outcome())
        .isEqualTo(Explained.Outcome.OUT_OF_SCOPE);
  }

  /// Against the whole: every subset of what could be changed, by number.
  @Test
  void the_remedy_is_as_small_as_the_smallest_of_all_subsets() {
    var sizes = new TreeMap<Integer, Integer>();
    Seed.forAll(
        150,
        random -> {
          PolicySnapshot policy = PolicyTexts.snapshot(policies(random));
          var facts = new TreeMap<String, Object>();
          for (String group : List.of("token", "device", "door", "ticket")) {
            facts.put(
                group,
                switch (group) {
                  case "token" ->
                      Map.of("bound", random.nextBoolean(), "firstUse", random.nextBoolean());
                  case "device" ->
                      Map.of("enrolled", random.nextBoolean(), "bound", random.nextBoolean());
                  case "door" ->
                      Map.of("passed", random.nextBoolean(), "canonicalPath", random.nextBoolean());
                  default ->
                      Map.of("valid", random.nextBoolean(), "firstUse", random.nextBoolean());
                });
          }
          Case asked = push(facts);
          Why why = Rehearsal.why(asked, policy);
          int brute = smallest(asked, policy);
          if (why.remedy() == null) {
            assertThat(brute).isZero();
          } else if (why.remedy().possible()) {
            assertThat(why.remedy().changes()).hasSize(brute);
            sizes.merge(brute, 1, Integer::sum);
          } else {
            assertThat(brute).as(policy.sources().getFirst().text()).isEqualTo(-1);
            sizes.merge(-1, 1, Integer::sum);
          }
        });
    assertThat(sizes).as("%s", sizes).containsKeys(-1, 1, 2, 3);
  }

  private static final List<String> BITS =
      List.of(
          "token.bound",
          "token.firstUse",
          "device.enrolled",
          "device.bound",
          "door.passed",
          "door.canonicalPath",
          "ticket.valid",
          "ticket.firstUse");

  private static String policies(Random random) {
    var text = new StringBuilder();
    for (int i = 2 + random.nextInt(4); i > 0; i--) {
      boolean permit = i % 2 == 0;
      text.append(permit ? "permit" : "forbid")
          .append(" (principal, action == Sallyport::Action::\"push\", resource) ")
          .append(permit ? "when" : "unless")
          .append(" { ")
          .append(clause(random, 2))
          .append(" };\n");
    }
    return text.toString();
  }

  private static String clause(Random random, int depth) {
    if (depth == 0) {
      String bit = BITS.get(random.nextInt(BITS.size()));
      String group = bit.substring(0, bit.indexOf('.'));
      String wanted = random.nextInt(3) == 0 ? " == false" : "";
      return "(context.facts has %s && context.facts.%s%s)".formatted(group, bit, wanted);
    }
    return "(%s %s %s)"
        .formatted(
            clause(random, depth - 1),
            random.nextInt(3) == 0 ? "||" : "&&",
            clause(random, depth - 1));
  }

  private static int smallest(Case asked, PolicySnapshot policy) {
    int best = -1;
    for (int set = 0; set < 1 << BITS.size(); set++) {
      var facts = new TreeMap<>(asked.facts());
      for (int i = 0; i < BITS.size(); i++) {
        if ((set & 1 << i) != 0) {
          String path = BITS.get(i);
          Object now =
              facts.get(path.substring(0, path.indexOf('.'))) instanceof Map<?, ?> group
                  ? group.get(path.substring(path.indexOf('.') + 1))
                  : null;
          put(facts, path, !Boolean.TRUE.equals(now));
        }
      }
      int size = Integer.bitCount(set);
      if ((best < 0 || size < best)
          && Rehearsal.ask(new Case(asked.question(), facts), policy).allowed()) {
        best = size;
      }
    }
    return best;
  }
}
