package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// Every request of Cedar's corpus: decision, reasons and errors, exactly.
class CorpusTest {
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  @Test
  void every_request_of_the_corpus_is_answered_as_cedar_answers_it() throws IOException {
    Path root = SharedData.archive("cedar-corpus");
    List<Path> tests;
    try (var files = Files.list(root.resolve("corpus-tests"))) {
      tests =
          files
              .filter(file -> file.toString().endsWith(".json"))
              .filter(file -> !file.toString().endsWith(".entities.json"))
              .sorted()
              .toList();
    }
    var wrong = new ArrayList<String>();
    int requests = 0;
    for (Path test : tests) {
      requests += play(root, test, wrong);
    }
    assertThat(wrong).isEmpty();
    assertThat(tests).hasSize(6_236);
    assertThat(requests).isEqualTo(6_236 * 8);
  }

  @Test
  void every_policy_of_the_corpus_is_valid_where_cedar_says_so() throws IOException {
    Path root = SharedData.archive("cedar-corpus");
    var wrong = new ArrayList<String>();
    int verdicts = 0;
    List<Path> tests = new ArrayList<>();
    for (String folder : List.of("corpus-tests", "tests")) {
      try (var files = Files.walk(root.resolve(folder))) {
        tests.addAll(
            files
                .filter(file -> file.toString().endsWith(".json"))
                .filter(file -> !file.toString().endsWith(".entities.json"))
                .sorted()
                .toList());
      }
    }
    for (Path file : tests) {
      JsonNode test = JSON.readTree(file.toFile());
      if (!test.has("shouldValidate")) {
        continue;
      }
      verdicts++;
      Schema schema = Schema.parse(read(root.resolve(test.get("schema").asString())));
      PolicySet policies = PolicySet.parse(read(root.resolve(test.get("policies").asString())));
      List<Validator.Finding> errors =
          new Validator(schema)
              .validate(policies).stream().filter(Validator.Finding::error).toList();
      if (errors.isEmpty() != test.get("shouldValidate").asBoolean()) {
        wrong.add(file + ": " + errors);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(verdicts).isGreaterThanOrEqualTo(6_236);
  }

  @Test
  void every_schema_of_the_corpus_is_read() throws IOException {
    Path root = SharedData.archive("cedar-corpus");
    var wrong = new ArrayList<String>();
    int read = 0;
    try (var files = Files.list(root.resolve("corpus-tests"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".cedarschema")).toList()) {
        read++;
        try {
          assertThat(Schema.parse(read(file)).actions()).isNotEmpty();
        } catch (SyntaxRefused e) {
          wrong.add(file + ":" + e.line() + ":" + e.column() + ": " + e.getMessage());
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(read).isEqualTo(6_236);
  }

  @Test
  void handwritten_tests_are_answered_as_cedar_answers_them() throws IOException {
    Path root = SharedData.archive("cedar-corpus");
    var wrong = new ArrayList<String>();
    int requests = 0;
    try (var files = Files.walk(root.resolve("tests"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        requests += play(root, file, wrong);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(requests).isEqualTo(45);
  }

  /// Appends one line for each request that is answered otherwise.
  private static int play(Path root, Path file, List<String> wrong) {
    JsonNode test = JSON.readTree(file.toFile());
    int count = 0;
    try {
      PolicySet written = PolicySet.parse(read(root.resolve(test.get("policies").asString())));
      PolicySet policies = PolicySet.parseJson(written.json());
      if (!policies.text().equals(PolicySet.parse(written.text()).text())
          || !policies.json().equals(written.json())) {
        wrong.add(file + ": text and JSON are not one");
      }
      String json = read(root.resolve(test.get("entities").asString()));
      Schema schema = Schema.parse(read(root.resolve(test.get("schema").asString())));
      Entities entities = Entities.parseJson(json, schema);
      if (!Entities.parseJson(entities.json()).json().equals(entities.json())) {
        wrong.add(file + ": its entities do not come back as they were");
      }
      for (JsonNode request : test.get("requests")) {
        count++;
        Request asked =
            new Request(
                uid(request.get("principal")),
                uid(request.get("action")),
                uid(request.get("resource")),
                schema.context(request.get("context").toString(), uid(request.get("action"))));
        Answer answer = written.ask(asked, entities);
        if (!answer.equals(policies.ask(asked, entities))) {
          wrong.add(file + " " + request.get("description") + ": JSON changes the answer");
        }
        if (!answer.equals(written.askEach(asked, entities))) {
          wrong.add(file + " " + request.get("description") + ": the index changes the answer");
        }
        if (answer.allowed() != request.get("decision").asString().equals("allow")
            || !Set.copyOf(answer.reasons()).equals(strings(request.get("reason")))
            || !new TreeSet<>(answer.errors().keySet()).equals(strings(request.get("errors")))) {
          wrong.add(file + " " + request + ": " + answer);
        }
      }
    } catch (SyntaxRefused e) {
      wrong.add(file + ":" + e.line() + ":" + e.column() + ": " + e.getMessage());
    } catch (RuntimeException e) {
      wrong.add(file + ": " + e);
    }
    return count;
  }

  private static Set<String> strings(JsonNode list) {
    var strings = new LinkedHashSet<String>();
    list.forEach(node -> strings.add(node.asString()));
    return strings;
  }

  private static EntityUid uid(JsonNode node) {
    return new EntityUid(node.get("type").asString(), node.get("id").asString());
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
