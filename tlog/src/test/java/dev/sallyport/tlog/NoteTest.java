package dev.sallyport.tlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Signed notes and checkpoints: public vectors, then what must be refused.
class NoteTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  private static List<String> literals(String file, String function) throws IOException {
    Path vectors = SharedData.archive("tlog").resolve("note-tlog-vectors").resolve(file);
    var literals = new ArrayList<String>();
    for (JsonNode literal :
        new JsonMapper().readTree(Files.readAllBytes(vectors)).get("literals")) {
      if (literal.get("func").asString().equals(function)) {
        literals.add(literal.get("value").asString());
      }
    }
    assertThat(literals).isNotEmpty();
    return literals;
  }

  private static String first(List<String> literals, String prefix) {
    return literals.stream().filter(text -> text.startsWith(prefix)).findFirst().orElseThrow();
  }

  @Test
  void the_public_note_opens_with_both_keys_and_with_each_alone() throws IOException {
    List<String> open = literals("golang-mod-note.json", "TestOpen");
    NoteKey peter = NoteKey.parse(first(open, "PeterNeumann+"));
    NoteKey enoch = NoteKey.parse(first(open, "EnochRoot+"));
    String note =
        first(open, "If you think")
            + "\n"
            + first(open, "— PeterNeumann")
            + first(open, "— EnochRoot");
    Note parsed = Note.parse(note);
    assertThat(parsed.verified(List.of(peter, enoch))).containsExactly(peter, enoch);
    assertThat(parsed.verified(List.of(enoch))).containsExactly(enoch);
    assertThat(parsed.verified(List.of())).isEmpty();
    assertThat(parsed.encoded()).isEqualTo(note);
    assertThat(peter.encoded()).isEqualTo(first(open, "PeterNeumann+"));
    Note changed = Note.parse(note.replace("cryptography", "CRYPTOGRAPHY"));
    assertThatThrownBy(() -> changed.verified(List.of(peter))).isInstanceOf(NoteException.class);
  }

  @Test
  void malformed_verifier_keys_of_the_public_suite_are_refused() throws IOException {
    List<String> keys =
        literals("golang-mod-note.json", "TestNewVerifier").stream()
            .filter(text -> text.startsWith("PeterNeumann+"))
            .toList();
    assertThat(NoteKey.parse(keys.getFirst()).name()).isEqualTo("PeterNeumann");
    for (String key : keys.subList(1, keys.size())) {
      assertThatThrownBy(() -> NoteKey.parse(key)).isInstanceOf(NoteException.class);
    }
  }

  @Test
  void the_checkpoints_of_a_real_log_hold_and_follow_from_each_other() throws IOException {
    Path log = SharedData.archive("tlog").resolve("tessera-log/log");
    Checkpoint last =
        Checkpoint.parse(Note.parse(Files.readAllBytes(log.resolve("checkpoint"))).text());
    var leaves = new ArrayList<Hash>();
    byte[] tile = Files.readAllBytes(log.resolve("tile/0/000.p/" + last.size()));
    for (int i = 0; i < last.size(); i++) {
      leaves.add(Hash.of(tile, i * Hash.LENGTH));
    }
    byte[] entries = Files.readAllBytes(log.resolve("tile/entries/000.p/" + last.size()));
    int at = 0;
    for (Hash leaf : leaves) {
      int length = (entries[at] & 0xff) << 8 | (entries[at + 1] & 0xff);
      byte[] entry = java.util.Arrays.copyOfRange(entries, at + 2, at + 2 + length);
      assertThat(Tree.leafHash(entry)).isEqualTo(leaf);
      at += 2 + length;
    }
    var tree = new TiledTree(place -> Tile.of(tile));
    leaves.forEach(tree::append);
    for (int size = 1; size <= last.size(); size++) {
      String note = Files.readString(log.resolve("checkpoint." + size));
      Checkpoint earlier = Checkpoint.parse(Note.parse(note).text());
      assertThat(earlier.size()).isEqualTo(size);
      assertThat(Note.parse(note).encoded()).isEqualTo(note);
      assertThat(Tree.head(tree.nodes(), size)).isEqualTo(earlier.root());
      List<Hash> path = Tree.consistency(tree.nodes(), size, last.size());
      assertThat(Proofs.consistency(size, last.size(), path, earlier.root(), last.root()).holds())
          .isTrue();
    }
  }

  @Test
  void a_checkpoint_is_believed_only_when_its_own_log_signed_it() {
    SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519, RANDOM);
    SigningKey other = SigningKey.generate(KeyAlgorithm.ED25519, RANDOM);
    var log = new NoteKey("example.org/log", key.publicKey());
    var checkpoint = new Checkpoint("example.org/log", 3, Tree.leafHash(new byte[] {7}));
    String note = checkpoint.signed(key);
    assertThat(Checkpoint.open(note, log)).isEqualTo(checkpoint);
    assertThat(NoteKey.parse(log.encoded())).isEqualTo(log);
    assertThatThrownBy(() -> Checkpoint.open(checkpoint.signed(other), log))
        .hasMessageContaining("not signed by");
    assertThatThrownBy(() -> Checkpoint.open(note.replace("\n3\n", "\n4\n"), log))
        .hasMessageContaining("invalid signature");
    String foreign =
        Note.sign(checkpoint.text().replace("org/log", "org/lug"), log.name(), key).encoded();
    assertThatThrownBy(() -> Checkpoint.open(foreign, log)).hasMessageContaining("another log");
  }

  @Test
  void every_loose_spelling_is_refused() {
    String root = Tree.EMPTY.base64();
    for (String text :
        List.of(
            "",
            "\n",
            "log\n",
            "log\n1\n",
            "log\n01\n" + root + "\n",
            "log\n-1\n" + root + "\n",
            "log\n+1\n" + root + "\n",
            "log\n 1\n" + root + "\n",
            "log\n99999999999999999999\n" + root + "\n",
            "log\n9999999999999999999\n" + root + "\n",
            "log\n1\n" + root,
            "log\n1\n" + root.replace("=", "") + "\n",
            "log\n1\nAAAA\n",
            "log\n1\n" + root + "\n\n",
            "log\n0\n" + Tree.leafHash(new byte[0]).base64() + "\n",
            "\n1\n" + root + "\n")) {
      assertThatThrownBy(() -> Checkpoint.parse(text)).as(text).isInstanceOf(NoteException.class);
    }
    for (String note :
        List.of(
            "",
            "text\n",
            "text\n\n",
            "text\n\n— name\n",
            "text\n\n— name AAAA\n",
            "text\n\n- name AAAAAAAA\n",
            "text\n\n— name AAAAAAAA",
            "text\n\n— na+me AAAAAAAA\n",
            "text\n\n—  AAAAAAAA\n",
            "te\u0000xt\n\n— name AAAAAAAA\n",
            "text\n\n— name AAAAAAA=A\n",
            "text\n\n" + "— name AAAAAAAA\n".repeat(101))) {
      assertThatThrownBy(() -> Note.parse(note)).as(note).isInstanceOf(NoteException.class);
    }
    assertThatThrownBy(() -> Note.parse(new byte[] {(byte) 0xff, '\n', '\n'}))
        .isInstanceOf(NoteException.class);
  }
}
