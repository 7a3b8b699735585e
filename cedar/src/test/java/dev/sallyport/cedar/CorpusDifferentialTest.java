package dev.sallyport.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// The verdicts that the corpus records, by cedar-java itself: that we and the corpus agree
/// ([CorpusTest]) says nothing where the recording is old.
///
/// A fifth of it, drawn by a seed, for cedar-java is slow; `-Dsallyport.corpus.seed=N` draws
/// another.
class CorpusDifferentialTest {
  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final long SEED = Long.getLong("sallyport.corpus.seed", 20261125L);

  @Test
  void a_seeded_fifth_of_the_corpus_is_answered_by_cedar_java_as_it_records() throws IOException {
    Path root = SharedData.archive("cedar-corpus");
    List<Path> tests;
    try (Stream<Path> files = Files.list(root.resolve("corpus-tests"))) {
      tests =
          files
              .filter(file -> file.toString().endsWith(".json"))
              .filter(file -> !file.toString().endsWith(".entities.json"))
              .sorted()
              .toList();
    }
    var random = new Random(SEED);
    List<Path> fifth = tests.stream().filter(_ -> random.nextInt(5) == 0).toList();
    var wrong = new ArrayList<String>();
    int requests = 0;
    for (Path file : fifth) {
      requests += play(root, file, wrong);
    }
    assertThat(wrong).as("drawn by -Dsallyport.corpus.seed=" + SEED).isEmpty();
    assertThat(requests).isGreaterThan(9_000);
  }

  private static int play(Path root, Path file, List<String> wrong) {
    JsonNode test = JSON.readTree(file.toFile());
    String text = CorpusTest.read(root.resolve(test.get("policies").asString()));
    String schemaText = CorpusTest.read(root.resolve(test.get("schema").asString()));
    Set<String> invalid = Oracle.invalid(Oracle.schema(schemaText), Map.of("policy0", text));
    if (invalid.isEmpty() != test.get("shouldValidate").asBoolean()) {
      wrong.add(file + ": cedar-java's validation is " + invalid);
    }
    Schema schema = Schema.parse(schemaText);
    Oracle oracle = Oracle.over(CorpusTest.read(root.resolve(test.get("entities").asString())));
    var policies = Oracle.set(Map.of("policy0", text), Map.of(), List.of());
    int count = 0;
    for (JsonNode request : test.get("requests")) {
      count++;
      EntityUid action = uid(request.get("action"));
      var recorded =
          new Oracle.Verdict(
              request.get("decision").asString().equals("allow"),
              strings(request.get("reason")),
              strings(request.get("errors")));
      Oracle.Verdict verdict =
          oracle.ask(
              policies,
              new Request(
                  uid(request.get("principal")),
                  action,
                  uid(request.get("resource")),
                  schema.context(request.get("context").toString(), action)));
      if (!verdict.equals(recorded)) {
        wrong.add(file + " " + request + ": " + verdict);
      }
    }
    return count;
  }

  private static Set<String> strings(JsonNode list) {
    var strings = new TreeSet<String>();
    list.forEach(node -> strings.add(node.asString()));
    return strings;
  }

  private static EntityUid uid(JsonNode node) {
    return new EntityUid(node.get("type").asString(), node.get("id").asString());
  }
}
