package dev.sallyport.server.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.testdata.SharedData;
import dev.sallyport.tlog.Tree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The entry format, fixed for good: its vectors stand in docs/reference/ledger-entry.md.
class EntryTest {
  private record Vector(String entry, String leafHash) {}

  private static List<Vector> vectors() throws IOException {
    String page =
        Files.readString(SharedData.projectRoot().resolve("docs/reference/ledger-entry.md"));
    var found = new ArrayList<Vector>();
    var matcher =
        Pattern.compile("```json\\n(\\{.*\\})\\n```\\n\\nLeaf hash: `([0-9a-f]{64})`")
            .matcher(page);
    while (matcher.find()) {
      found.add(new Vector(matcher.group(1), matcher.group(2)));
    }
    return found;
  }

  @Test
  void every_published_vector_reads_and_writes_to_the_same_bytes_and_hash() throws IOException {
    List<Vector> vectors = vectors();
    assertThat(vectors).hasSizeGreaterThanOrEqualTo(3);
    for (Vector vector : vectors) {
      byte[] bytes = vector.entry().getBytes(StandardCharsets.UTF_8);
      assertThat(Entry.parse(bytes).bytes()).isEqualTo(bytes);
      assertThat(Tree.leafHash(bytes).hex()).as(vector.entry()).isEqualTo(vector.leafHash());
    }
  }

  @Test
  void any_other_spelling_of_an_entry_is_refused() throws IOException {
    String good = vectors().getFirst().entry();
    for (String bad :
        List.of(
            "",
            "{}",
            "[]",
            "null",
            good + " ",
            " " + good,
            good.replace(":", ": "),
            good.replace("\"v\":1", "\"v\":2"),
            good.replace("\"v\":1", "\"v\":1.0"),
            good.replace("\"v\":1", "\"v\":1,\"x\":1"),
            good.replace("\"v\":1", "\"v\":1,\"v\":1"),
            good.replace("genesis", "gen\\u0065sis"),
            good.replace("genesis", "begin"),
            good.replace(".000Z", "Z"),
            good.replace(".000Z", ".000+00:00"),
            good.replace("\"evidence\":[],", ""),
            good.replace("sha256:", "SHA256:"))) {
      assertThatThrownBy(() -> Entry.parse(bad.getBytes(StandardCharsets.UTF_8)))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void canonical_json_sorts_by_code_unit_and_escapes_as_rfc_8785_says() {
    assertThat(
            new String(
                CanonicalJson.bytes(
                    Map.of(
                        "\u20ac", "Euro Sign",
                        "\r", "Carriage Return",
                        "\ufb33", "Hebrew Letter Dalet With Dagesh",
                        "1", "One",
                        "\ud83d\ude00", "Emoji: Grinning Face",
                        "\u0080", "Control",
                        "\u00f6", "Latin Small Letter O With Diaeresis")),
                StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
                + "\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\","
                + "\"\ud83d\ude00\":\"Emoji: Grinning Face\","
                + "\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");
    assertThat(new String(CanonicalJson.bytes(List.of("\u000f\n'\"\\/€")), StandardCharsets.UTF_8))
        .isEqualTo("[\"\\u000f\\n'\\\"\\\\/€\"]");
  }

  @Test
  void what_has_no_canonical_form_is_refused_not_rounded() {
    for (Object value : List.of(1.5, 1L << 53, "\ud800", new Object())) {
      assertThatThrownBy(() -> CanonicalJson.bytes(List.of(value)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
