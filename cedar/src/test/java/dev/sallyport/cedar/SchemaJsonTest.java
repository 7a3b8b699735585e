package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.cedarpolicy.model.schema.Schema.JsonOrCedar;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A schema is the same in both syntaxes; cedar-java translates.
class SchemaJsonTest {
  private static String meaning(Schema schema) {
    var out = new StringBuilder();
    schema
        .entityTypes()
        .forEach((name, type) ->
            out.append(name)
                .append(type.parents().stream().sorted().toList())
                .append(Kind.of(type.attributes(), schema).members())
                .append(type.tags().stream().map(tag -> Kind.of(tag, schema)).toList())
                .append(type.ids())
                .append('\n'));
    schema
        .actions()
        .forEach((uid, action) ->
            out.append(uid)
                .append(action.parents().stream().map(EntityUid::toString).sorted().toList())
                .append(action.principals().stream().sorted().toList())
                .append(action.resources().stream().sorted().toList())
                .append(shown(Kind.of(action.context(), schema)))
                .append('\n'));
    return out.toString().lines().sorted().toList().toString();
  }

  private static String shown(Kind kind) {
    return kind instanceof Kind.Fields fields ? fields.members().toString() : kind.toString();
  }

  @Test
  void a_fiftieth_of_the_corpus_means_the_same_in_json() throws IOException {
    Path root = SharedData.archive("cedar-corpus");
    List<Path> schemas;
    try (var files = Files.list(root.resolve("corpus-tests"))) {
      schemas = files.filter(file -> file.toString().endsWith(".cedarschema")).sorted().toList();
    }
    int compared = 0;
    for (int i = 0; i < schemas.size(); i += 50) {
      String text = CorpusTest.read(schemas.get(i));
      String json;
      try {
        json =
            com.cedarpolicy.model.schema.Schema.parse(JsonOrCedar.Cedar, text)
                .toJsonFormat()
                .toString();
      } catch (com.cedarpolicy.model.exception.AuthException e) {
        throw new AssertionError(schemas.get(i).toString(), e);
      }
      assertThat(sorted(meaning(Schema.parseJson(json))))
          .as(schemas.get(i) + "\n" + json)
          .isEqualTo(sorted(meaning(Schema.parse(text))));
      compared++;
    }
    assertThat(compared).isGreaterThan(100);
  }

  /// Attributes have no order.
  private static List<String> sorted(String meaning) {
    return List.of(meaning.split("[,\\[\\]{} ]+", -1)).stream().sorted().toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"\":{\"entities\":{}}}",
        "{\"\":{\"entityTypes\":{\"A\":{\"memberOfTypes\":[\"B\"]}}}}",
        "{\"\":{\"entityTypes\":{\"A\":{\"shape\":{\"type\":\"Long\"}}}}}",
        "{\"\":{\"commonTypes\":{\"A\":{\"type\":\"A\"}}}}",
        "{\"\":{\"actions\":{\"a\":{\"appliesTo\":{\"principalTypes\":[\"X\"]}}}}}",
        "{\"\":{\"entityTypes\":{\"A\":{\"shape\":{\"type\":\"Record\",\"attributes\":{\"x\":{\"type\":\"Entity\",\"name\":\"Long\"}}}}}}}",
      })
  void what_is_no_schema_is_refused(String json) {
    assertThatThrownBy(() -> Schema.parseJson(json)).isInstanceOf(SyntaxRefused.class);
  }
}
