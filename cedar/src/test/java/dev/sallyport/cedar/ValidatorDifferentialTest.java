package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.Seed;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Our validator and cedar-java's, on the same generated policies: what was tested before, under
/// every connective, is where validators differ.
class ValidatorDifferentialTest {
  private static final String SCHEMA =
      """
      entity Group in [Group];
      entity Team;
      entity Level enum ["low", "high"];
      entity User in [Group, Team] = {
        name: String, nick?: String, level: Level, friend?: User, rec: { x?: Long, y: String }
      } tags Long;
      entity Doc in [Doc] = { owner: User, "odd name"?: Bool, tagged: Set<String> };
      action read in [all] appliesTo {
        principal: [User], resource: [Doc, User], context: { ip?: ipaddr, rec?: { x?: Long }, n: Long }
      };
      action write in [all] appliesTo {
        principal: [User, Team], resource: [Doc], context: { ip?: ipaddr, at: datetime, n: Long }
      };
      action all;
      """;
  private static final Schema OURS = Schema.parse(SCHEMA);

  private static Set<String> ours(Schema schema, Map<String, String> texts) {
    var invalid = new TreeSet<String>();
    texts.forEach((id, text) -> {
      if (new Validator(schema)
          .validate(PolicySet.parse(text)).stream().anyMatch(Validator.Finding::error)) {
        invalid.add(id);
      }
    });
    return invalid;
  }

  @Test
  void generated_policies_are_valid_where_cedar_java_says_so() {
    var theirs = Oracle.schema(SCHEMA);
    var seen = new int[2];
    Seed.forAll(
        Integer.getInteger("sallyport.differential.sets", 1_000) / 10,
        random -> {
          var texts = new LinkedHashMap<String, String>();
          for (int i = 0; i < 40; i++) {
            texts.put("policy" + i, new GuardedPolicies(random).policy());
          }
          Set<String> invalid = ours(OURS, texts);
          seen[0] += texts.size() - invalid.size();
          seen[1] += invalid.size();
          Set<String> theirInvalid = Oracle.invalid(theirs, texts);
          var differing = new TreeSet<>(texts.keySet());
          differing.removeIf(id -> invalid.contains(id) == theirInvalid.contains(id));
          assertThat(
                  differing.stream()
                      .map(id ->
                          (invalid.contains(id) ? "only we refuse: " : "only they refuse: ")
                              + texts.get(id)))
              .isEmpty();
        });
    assertThat(seen[0]).as("valid").isGreaterThan(400);
    assertThat(seen[1]).as("invalid").isGreaterThan(400);
  }

  @Test
  void the_laws_of_typing_are_cedar_javas() {
    var texts = new LinkedHashMap<String, String>();
    var invalid = new TreeSet<String>();
    for (String law : LawsOfTyping.TRUTHS) {
      texts.put(law, LawsOfTyping.policy(law.split(" § ", -1)[0]));
    }
    for (String law : LawsOfTyping.KNOWLEDGE) {
      String[] parts = law.split(" § ", -1);
      texts.put(law, LawsOfTyping.policy("(" + parts[0] + ") && principal.nick == \"x\""));
      if (parts[1].equals("no")) {
        invalid.add(law);
      }
    }
    for (String law : LawsOfTyping.WRONG) {
      texts.put(law, LawsOfTyping.policy(law.split(" § ", -1)[0]));
      invalid.add(law);
    }
    assertThat(Oracle.invalid(Oracle.schema(LawsOfTyping.SCHEMA), texts)).isEqualTo(invalid);
    assertThat(ours(LawsOfTyping.READ, texts)).isEqualTo(invalid);
  }

  @Test
  void the_laws_of_schemas_are_cedar_javas() {
    var schema = Oracle.schema(LawsOfSchemas.SCHEMA);
    var heads = new LinkedHashMap<String, String>();
    var invalid = new TreeSet<String>();
    for (String law : LawsOfSchemas.HEADS) {
      String[] parts = law.split(" § ", -1);
      heads.put(law, "permit (" + parts[0] + ");");
      if (!parts[1].isEmpty()) {
        invalid.add(law);
      }
    }
    assertThat(Oracle.invalid(schema, heads)).isEqualTo(invalid);
    var nothing = Oracle.over("[]");
    for (String law : LawsOfSchemas.REQUESTS) {
      assertThat(nothing.fits(schema, SchemaLawsTest.request(law)))
          .as(law)
          .isEqualTo(law.endsWith(" § "));
    }
    for (String law : LawsOfSchemas.ENTITIES) {
      assertThat(Oracle.over(law.split(" § ", -1)[0]).fits(schema))
          .as(law)
          .isEqualTo(law.endsWith(" § "));
    }
  }
}
