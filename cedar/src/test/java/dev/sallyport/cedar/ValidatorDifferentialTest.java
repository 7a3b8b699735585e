package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.ValidationRequest;
import com.cedarpolicy.model.ValidationResponse;
import com.cedarpolicy.model.exception.AuthException;
import dev.sallyport.testdata.Seed;
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

  @Test
  void generated_policies_are_valid_where_cedar_java_says_so() throws Exception {
    var oracle = new BasicAuthorizationEngine();
    var theirs =
        com.cedarpolicy.model.schema.Schema.parse(
            com.cedarpolicy.model.schema.Schema.JsonOrCedar.Cedar, SCHEMA);
    var seen = new int[2];
    Seed.forAll(
        1_500,
        random -> {
          String text = new GuardedPolicies(random).policy();
          boolean ours =
              new Validator(OURS)
                  .validate(PolicySet.parse(text)).stream().noneMatch(Validator.Finding::error);
          seen[ours ? 0 : 1]++;
          ValidationResponse answer;
          try {
            answer =
                oracle.validate(
                    new ValidationRequest(
                        theirs, com.cedarpolicy.model.policy.PolicySet.parsePolicies(text)));
          } catch (AuthException e) {
            throw new AssertionError(text, e);
          }
          boolean valid = answer.success.orElseThrow().validationErrors.isEmpty();
          assertThat(ours)
              .as(
                  "%s%nours: %s%ntheirs: %s",
                  text,
                  new Validator(OURS).validate(PolicySet.parse(text)),
                  answer.success.orElseThrow().validationErrors)
              .isEqualTo(valid);
        });
    assertThat(seen[0]).as("valid").isGreaterThan(200);
    assertThat(seen[1]).as("invalid").isGreaterThan(200);
  }
}
