package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.cedar.Schema;
import dev.sallyport.testdata.Seed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Taking any fact away never turns a deny into an allow: over all profiles, by generated
/// questions.
class AbsenceTest {
  private static final Schema SCHEMA = Vocabulary.schema();
  private static final String FACTS = Vocabulary.NAMESPACE + "::Facts";
  private static final List<String> WORDS =
      List.of("build", "test", "refs/heads/main", "pull_request", "push", "advisories", "a");

  @Test
  void a_fact_that_is_taken_away_never_turns_a_deny_into_an_allow() {
    int[] seen = new int[2];
    Seed.forAll(
        2_000,
        random -> {
          Question question = question(random);
          Facts facts = new Facts(record(FACTS, random));
          for (Profile profile : Profile.values()) {
            PolicySnapshot policy = PolicySnapshot.builtIn(profile);
            boolean allowed = Gate.rule(question, facts, policy).allowed();
            seen[allowed ? 1 : 0]++;
            if (allowed) {
              continue;
            }
            for (String fact : factsIn(facts)) {
              Facts fewer = facts.without(fact);
              if (fewer.equals(facts) || Gate.rule(question, fewer, policy).allowed()) {
                throw new AssertionError(
                    profile + " without " + fact + ": " + question + ", " + facts);
              }
            }
          }
        });
    assertThat(seen[0]).as("denies seen").isGreaterThan(1_600);
    assertThat(seen[1]).as("allows seen beyond observe's").isGreaterThan(2_150);
  }

  /// The law from the other side: what is allowed with few facts is allowed with more of the same.
  @Test
  void nothing_at_all_is_allowed_without_facts_where_one_is_asked() {
    for (Action action : List.of(Action.PUSH, Action.CHANGE_PIPELINE, Action.ADMINISTER)) {
      var question =
          new Question(
              new EntityRef("Stranger", "local"), action, new EntityRef("Repository", "r"));
      assertThat(
              Gate.rule(question, Facts.NONE, PolicySnapshot.builtIn(Profile.BASELINE)).allowed())
          .isFalse();
      assertThat(Gate.rule(question, Facts.NONE, PolicySnapshot.builtIn(Profile.STRICT)).allowed())
          .isFalse();
    }
  }

  /// The check of clauses is what holds this law for a user's policy: so, any policies that it
  /// takes.
  @Test
  void no_policy_that_the_check_takes_opens_by_absence() {
    int[] seen = new int[3];
    Seed.forAll(
        1_500,
        random -> {
          var text = new StringBuilder();
          for (int i = random.nextInt(4); i >= 0; i--) {
            String policy = policy(random);
            boolean taken = PolicyTexts.problems(policy).isEmpty();
            seen[taken ? 1 : 0]++;
            text.append(taken ? policy : "");
          }
          if (text.isEmpty()) {
            return;
          }
          PolicySnapshot policies = PolicyTexts.snapshot(text.toString());
          Question question =
              new Question(
                  new EntityRef("Stranger", "s"), Action.PUSH, new EntityRef("Repository", "a"));
          for (int i = 0; i < 4; i++) {
            Facts facts = new Facts(record(FACTS, random));
            if (Gate.rule(question, facts, policies).allowed()) {
              seen[2]++;
              continue;
            }
            for (String fact : factsIn(facts)) {
              if (Gate.rule(question, facts.without(fact), policies).allowed()) {
                throw new AssertionError(text + " without " + fact + " of " + facts);
              }
            }
          }
        });
    assertThat(seen[0]).as("refused").isGreaterThan(500);
    assertThat(seen[1]).as("taken").isGreaterThan(500);
    assertThat(seen[2]).as("allowed").isGreaterThan(200);
  }

  private static String policy(Random random) {
    return pick(List.of("permit", "permit", "forbid"), random)
        + " (principal, action == Sallyport::Action::\"push\", resource) "
        + pick(List.of("when", "unless"), random)
        + " { "
        + condition(random, 3)
        + " };\n";
  }

  private static String condition(Random random, int depth) {
    String fact = pick(List.of("trust.anchored", "token.bound", "change.touchesTrust"), random);
    String group = fact.substring(0, fact.indexOf('.'));
    int d = depth - 1;
    return switch (depth == 0 ? random.nextInt(4) : random.nextInt(12)) {
      case 0, 1, 2 -> "(context.facts has " + group + " && context.facts." + fact + ")";
      case 3 -> "(context has facts." + group + ")";
      case 4 -> "(context.facts has " + group + " && !context.facts." + fact + ")";
      case 5 -> "!" + condition(random, 0);
      case 6 -> "(" + condition(random, d) + " && " + condition(random, d) + ")";
      case 7 -> "(" + condition(random, d) + " || " + condition(random, d) + ")";
      case 8 -> "(if " + condition(random, d) + " then " + condition(random, d) + " else false)";
      case 9 -> "(if " + condition(random, 0) + " then true else " + condition(random, 0) + ")";
      case 10 ->
          "(context.facts has artifact && context.facts.artifact has builder &&"
              + " context.facts.artifact.builder == \"build\")";
      default -> "(" + condition(random, 0) + " == " + condition(random, 0) + ")";
    };
  }

  private static List<String> factsIn(Facts facts) {
    var names = new ArrayList<String>();
    facts
        .asMap()
        .forEach((group, members) -> {
          names.add(group);
          Schema.Type.Fields type = fields(member(FACTS, group).type());
          for (Object name : ((Map<?, ?>) members).keySet()) {
            Schema.Attribute attribute = type.members().get((String) name);
            if (attribute != null && !attribute.required()) {
              names.add(group + "." + name);
            }
          }
        });
    return names;
  }

  private static Question question(Random random) {
    Action action = pick(List.of(Action.values()), random);
    Schema.ActionType type = SCHEMA.actions().get(Vocabulary.uid(action));
    if (type == null) {
      throw new AssertionError(action);
    }
    EntityRef principal = ref(pick(List.copyOf(type.principals()), random), random);
    EntityRef resource = ref(pick(List.copyOf(type.resources()), random), random);
    var entities = new ArrayList<Entity>();
    for (EntityRef ref : new LinkedHashSet<>(List.of(principal, resource))) {
      Schema.EntityType entity = SCHEMA.entityTypes().get("Sallyport::" + ref.type());
      if (entity == null) {
        throw new AssertionError(ref);
      }
      entities.add(new Entity(ref, Set.of(), record(entity.attributes(), random)));
    }
    var claims =
        random.nextBoolean() ? Map.<String, Object>of() : record("Sallyport::Claims", random);
    return new Question(principal, action, resource, claims, entities);
  }

  private static EntityRef ref(String type, Random random) {
    return new EntityRef(
        type.substring("Sallyport::".length()),
        type.endsWith("Artifact") ? "a" : pick(List.of("a", "b"), random));
  }

  private static Map<String, Object> record(String common, Random random) {
    return record(fields(new Schema.Type.Common(common)), random);
  }

  private static Map<String, Object> record(Schema.Type.Fields fields, Random random) {
    var members = new LinkedHashMap<String, Object>();
    fields
        .members()
        .forEach((name, attribute) -> {
          if (attribute.required() || random.nextInt(5) > 0) {
            members.put(name, value(attribute.type(), random));
          }
        });
    return members;
  }

  private static Object value(Schema.Type type, Random random) {
    return switch (SCHEMA.resolve(type)) {
      case Schema.Type.Primitive(String name) ->
          switch (name) {
            case "Bool" -> random.nextInt(4) > 0;
            case "Long" -> random.nextInt(6) > 0 ? 0L : (long) random.nextInt(3);
            default -> pick(WORDS, random);
          };
      case Schema.Type.Reference(String entity) -> ref(entity, random);
      case Schema.Type.SetOf(Schema.Type member) -> {
        var members = new LinkedHashSet<Object>();
        for (int i = random.nextInt(4); i > 0; i--) {
          members.add(value(member, random));
        }
        yield members;
      }
      case Schema.Type.Fields fields -> record(fields, random);
      case Schema.Type.Common common -> throw new AssertionError(common);
    };
  }

  private static Schema.Type.Fields fields(Schema.Type type) {
    if (SCHEMA.resolve(type) instanceof Schema.Type.Fields fields) {
      return fields;
    }
    throw new AssertionError(type);
  }

  private static Schema.Attribute member(String common, String name) {
    Schema.Attribute attribute = fields(new Schema.Type.Common(common)).members().get(name);
    if (attribute == null) {
      throw new AssertionError(name);
    }
    return attribute;
  }

  private static <T> T pick(List<T> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }
}
