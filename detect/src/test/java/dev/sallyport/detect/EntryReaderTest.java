package dev.sallyport.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Entries of the ledger become events.
class EntryReaderTest {
  private static final String ENTRY =
      """
      {"action":"deploy","actor":{"id":"github:repository:123/456","kind":"workload"},\
      "evidence":[],"outcome":"allowed","policy":"sha256:e3b0","subject":[{"id":"prod",\
      "type":"Environment"},{"id":"forge/1/7","type":"Run"}],\
      "time":"2026-11-25T12:00:00.007Z","type":"decision","v":1}\
      """;
  private static final String BODY =
      """
      {"caller":{"fork":"true","ref":"refs/heads/main"},"claimed":{"step":"said"},"enforced":true,
       "facts":{"run":{"pipelineReviewed":false,"step":"seen"}},"key":"jkt","network":"192.0.2.1",
       "policies":[{"id":"a"}],"reasons":["one","two"],"salt":"00","token":"t1"}
      """;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void an_entry_and_its_body_become_one_event() {
    Event event = EntryReader.read(7, bytes(ENTRY), bytes(BODY));
    assertThat(event.index()).isEqualTo(7);
    assertThat(event.time()).isEqualTo(Instant.parse("2026-11-25T12:00:00.007Z"));
    assertThat(event.is("decision", "deploy")).isTrue();
    assertThat(event.actor()).isEqualTo(new Thing("workload", "github:repository:123/456"));
    assertThat(event.subjects())
        .isEqualTo(List.of(new Thing("Environment", "prod"), new Thing("Run", "forge/1/7")));
    assertThat(event.repository()).isEqualTo("forge/1");
    assertThat(event.attributes())
        .containsEntry("fork", "true")
        .containsEntry("ref", "refs/heads/main")
        .containsEntry("pipelineReviewed", "false")
        .containsEntry("network", "192.0.2.1")
        .containsEntry("key", "jkt")
        .containsEntry("token", "t1")
        .containsEntry("policy", "sha256:e3b0")
        .containsEntry("reasons", "one\ntwo")
        .doesNotContainKey("salt");
  }

  @Test
  void what_we_saw_goes_before_what_was_claimed() {
    assertThat(EntryReader.read(0, bytes(ENTRY), bytes(BODY)).attribute("step")).isEqualTo("seen");
    assertThat(
            EntryReader.read(0, bytes(ENTRY), bytes("{\"claimed\":{\"step\":\"said\"}}"))
                .attribute("step"))
        .isEqualTo("said");
  }

  @Test
  void an_entry_whose_body_was_erased_is_an_event_that_knows_less() {
    for (byte @Nullable [] body :
        new byte @Nullable [][] {null, {}, bytes("[1]"), bytes("{\"a\":"), bytes("\0")}) {
      assertThat(EntryReader.read(0, bytes(ENTRY), body).attributes()).containsOnlyKeys("policy");
    }
  }

  @Test
  void what_is_no_entry_is_refused() {
    for (String bad : List.of("", "[]", "{}", "null", ENTRY.replace("2026", "soon"))) {
      assertThatThrownBy(() -> EntryReader.read(0, bytes(bad), null))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
