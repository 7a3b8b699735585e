package dev.sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.ValidationRequest;
import com.cedarpolicy.model.ValidationResponse;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.policy.PolicySet;
import com.cedarpolicy.model.schema.Schema;
import com.cedarpolicy.model.schema.Schema.JsonOrCedar;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The schema and the built-in profiles are valid Cedar by Cedar's own strict validator and by
/// ours.
class OracleTest {
  @ParameterizedTest
  @EnumSource(Profile.class)
  void every_profile_validates_strictly(Profile profile) throws AuthException {
    for (Source source : PolicySnapshot.builtIn(profile).sources()) {
      assertThat(problems(source.text())).isEmpty();
      assertThat(ours(source.text())).isEmpty();
      assertThat(PolicyTexts.problems(source.text())).as("the laws of facts too").isEmpty();
    }
  }

  @Test
  void both_do_refuse() throws AuthException {
    String unguarded =
        "permit (principal, action == Sallyport::Action::\"push\", resource)"
            + " when { context.facts.commits.bad == 0 };";
    assertThat(problems(unguarded)).isNotEmpty();
    assertThat(ours(unguarded)).isNotEmpty();
  }

  @Test
  void every_story_of_the_range_is_a_question_of_the_vocabulary()
      throws AuthException, IOException {
    String text;
    try (InputStream stream = OracleTest.class.getResourceAsStream("stories.cedar")) {
      assertThat(stream).isNotNull();
      text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertThat(problems(text)).isEmpty();
    assertThat(ours(text)).isEmpty();
    assertThat(PolicyTexts.problems(text)).isEmpty();
    assertThat(PolicyTexts.snapshot(text).policies())
        .extracting(PolicyRef::id)
        .containsExactlyElementsOf(
            Stream.iterate(1, number -> number <= 51, number -> number + 1)
                .map("R%02d"::formatted)
                .toList());
  }

  private static List<dev.sallyport.cedar.Validator.Finding> ours(String text) {
    return new dev.sallyport.cedar.Validator(Vocabulary.schema())
        .validate(dev.sallyport.cedar.PolicySet.parse(text));
  }

  static Stream<String> problems(String text) throws AuthException {
    Schema schema = Schema.parse(JsonOrCedar.Cedar, Vocabulary.text());
    ValidationResponse response =
        new BasicAuthorizationEngine()
            .validate(new ValidationRequest(schema, PolicySet.parsePolicies(text)));
    if (response.success.isEmpty()) {
      return response.errors.stream().flatMap(e -> e.stream()).map(String::valueOf);
    }
    return Stream.concat(
        response.success.get().validationErrors.stream().map(OracleTest::shown),
        response.success.get().validationWarnings.stream().map(OracleTest::shown));
  }

  private static String shown(ValidationResponse.ValidationError error) {
    return error.getPolicyId() + ": " + error.getError().message;
  }
}
