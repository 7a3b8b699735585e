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
        3_000,
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
    assertThat(seen[0]).as("denies seen").isGreaterThan(2_500);
    assertThat(seen[1]).as("allows seen beyond observe's").isGreaterThan(3_300);
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
