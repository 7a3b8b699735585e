package dev.sallyport.tlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The 338 public proof vectors, each with the verdict it must get.
class MerkleVectorsTest {
  private static final JsonMapper JSON = new JsonMapper();

  @Test
  void every_public_vector_gets_its_verdict() throws IOException {
    Path folder = SharedData.archive("merkle");
    List<Path> files;
    try (var found = Files.walk(folder)) {
      files = found.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThanOrEqualTo(338);
    var wrong = new ArrayList<String>();
    for (Path file : files) {
      JsonNode vector = JSON.readTree(Files.readAllBytes(file));
      Proofs.Verdict verdict = verdict(folder.relativize(file).toString(), vector);
      if (verdict.holds() == vector.get("wantErr").asBoolean()) {
        wrong.add(folder.relativize(file) + " " + verdict);
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static Proofs.Verdict verdict(String name, JsonNode vector) {
    try {
      return check(name, vector);
    } catch (IllegalArgumentException noHash) {
      return new Proofs.Verdict.Invalid("no hash");
    }
  }

  private static Proofs.Verdict check(String name, JsonNode vector) {
    return switch (name.substring(0, name.indexOf('/'))) {
      case "inclusion" ->
          Proofs.inclusion(
              number(vector, "leafIdx"),
              number(vector, "treeSize"),
              leaf(vector),
              path(vector),
              hash(vector.get("root")));
      case "consistency" ->
          Proofs.consistency(
              number(vector, "size1"),
              number(vector, "size2"),
              path(vector),
              hash(vector.get("root1")),
              hash(vector.get("root2")));
      case "subtreeinclusion" ->
          Proofs.subtreeInclusion(
              number(vector, "leafIdx"),
              new Proofs.Subtree(number(vector, "start"), number(vector, "end")),
              leaf(vector),
              path(vector),
              hash(vector.get("root")));
      case "subtreeconsistency" ->
          Proofs.subtreeConsistency(
              new Proofs.Subtree(number(vector, "start"), number(vector, "end")),
              number(vector, "size"),
              path(vector),
              hash(vector.get("root1")),
              hash(vector.get("root2")));
      default -> throw new AssertionError("unknown kind of vector: " + name);
    };
  }

  /// Unsigned 64-bit numbers above the signed range become negative, which every proof refuses.
  private static long number(JsonNode vector, String name) {
    return vector.get(name).bigIntegerValue().longValue();
  }

  private static List<Hash> path(JsonNode vector) {
    return StreamSupport.stream(vector.get("proof").spliterator(), false)
        .map(MerkleVectorsTest::hash)
        .toList();
  }

  /// A leaf's hash with another length than a hash has is refused by our type: as good as invalid.
  private static Hash leaf(JsonNode vector) {
    return Hash.of(Base64.getDecoder().decode(vector.get("leafHash").asString()));
  }

  /// Some vectors put other bytes where a hash stands. Ours refuse that by type, so that such bytes
  /// are first mapped to hashes of their own, equal only where the bytes are.
  private static Hash hash(JsonNode base64) {
    byte[] bytes = Base64.getDecoder().decode(base64.asString());
    return bytes.length == Hash.LENGTH ? Hash.of(bytes) : Tree.leafHash(bytes);
  }
}
