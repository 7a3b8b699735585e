package dev.sallyport.scan.secrets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.scan.Finding;
import dev.sallyport.scan.TextFile;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Recall and precision on lines that other people labelled. The floors are what we reach, a little
/// rounded down: a change of the rules that loses ground fails here.
class LabelledSecretsTest {
  // Identifiers that the labels call credentials and that open nothing by themselves.
  private static final Set<String> IDENTIFIERS = Set.of("UUID", "Twilio Credentials");

  private record Label(String path, int from, int to, char truth, String category) {}

  @Test
  void labelled_lines_are_judged_as_well_as_before() throws IOException {
    Path root = SharedData.archive("creddata");
    var labels = labels(root);
    Map<String, List<Finding>> found = findings(root, labels);
    int truths = 0;
    int identifiers = 0;
    int truePositives = 0;
    int falsePositives = 0;
    for (Label label : labels) {
      boolean hit =
          found.getOrDefault(label.path, List.of()).stream()
              .anyMatch(f -> f.line() >= label.from && f.line() <= label.to);
      if (label.truth == 'T') {
        truths++;
        identifiers += !hit && IDENTIFIERS.contains(label.category) ? 1 : 0;
        truePositives += hit ? 1 : 0;
      } else if (hit) {
        falsePositives++;
      }
    }
    double recall = (double) truePositives / truths;
    double precision = (double) truePositives / (truePositives + falsePositives);
    System.err.printf(
        "creddata: recall %.3f, %.3f without identifiers, precision %.3f of %d labels%n",
        recall, (double) truePositives / (truths - identifiers), precision, labels.size());
    assertThat(recall).isGreaterThan(0.66);
    assertThat(precision).isGreaterThan(0.84);
  }

  private static Map<String, List<Finding>> findings(Path root, List<Label> labels)
      throws IOException {
    var found = new HashMap<String, List<Finding>>();
    Secrets secrets = Secrets.builtIn();
    for (String path : labels.stream().map(Label::path).distinct().toList()) {
      byte[] bytes = Files.readAllBytes(root.resolve(path));
      found.put(path, secrets.scan(new TextFile(path, bytes)).report().findings());
    }
    return found;
  }

  private static List<Label> labels(Path root) throws IOException {
    var labels = new ArrayList<Label>();
    try (var files = Files.list(root.resolve("meta"))) {
      for (Path file : files.sorted().toList()) {
        for (String row : Files.readAllLines(file).stream().skip(1).toList()) {
          String[] cells = row.split(",", -1);
          labels.add(
              new Label(
                  cells[4],
                  Integer.parseInt(cells[5]),
                  Integer.parseInt(cells[6]),
                  cells[7].charAt(0),
                  cells[12]));
        }
      }
    }
    return labels;
  }
}
