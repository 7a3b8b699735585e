package dev.sallyport.attest;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// The 1,442 real commit objects of `../shared/data/git-commits`.
record RealCommits(List<Real> all) {
  record Real(String kind, String oid, byte[] raw) {}

  static RealCommits read() {
    Path folder = SharedData.archive("git-commits");
    List<Real> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".jsonl")).sorted().toList()) {
        for (String line : Files.readAllLines(file)) {
          JsonNode node = StrictJson.MAPPER.readTree(line);
          all.add(
              new Real(
                  node.path("kind").stringValue(),
                  node.path("oid").stringValue(),
                  Base64.getDecoder().decode(node.path("raw").stringValue())));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new RealCommits(List.copyOf(all));
  }

  List<Real> of(String kind) {
    return all.stream().filter(real -> real.kind().equals(kind)).toList();
  }
}
