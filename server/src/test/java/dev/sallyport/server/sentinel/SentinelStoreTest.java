package dev.sallyport.server.sentinel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.detect.Memory;
import dev.sallyport.detect.Severity;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the sentinel remembers: the contract on both databases.
class SentinelStoreTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final EntityRef RUN = new EntityRef("Run", "forge/1/7");

  @TempDir private Path folder;

  private interface Law {
    void holds(SentinelStore store);
  }

  private void onBoth(Law law) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      law.holds(new SentinelStore(sqlite));
      law.holds(new SentinelStore(postgres));
    }
  }

  private static Memory at(long next) {
    return Memory.parse(
        ("{\"next\":" + next + ",\"tables\":{},\"time\":\"1970-01-01T00:00:00Z\",\"v\":1}")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static Incident incident(String id, EntityRef matter, Instant grown) {
    return new Incident(
        id, matter, Severity.HIGH, "a token came from elsewhere", NOW, 3, grown, null, null);
  }

  private static Incident.Found found(String id, long entry) {
    return new Incident.Found(
        id, entry, "used-elsewhere", Severity.HIGH, NOW, "it came from elsewhere", List.of(1L, 2L));
  }

  @Test
  void the_cursor_moves_together_with_what_was_found_or_not_at_all() {
    onBoth(store -> {
      assertThat(store.next()).isZero();
      assertThat(store.memory().next()).isZero();
      store.advance(0, at(5), () -> store.note(incident("i", RUN, NOW)));
      assertThat(store.next()).isEqualTo(5);
      assertThat(store.memory().next()).isEqualTo(5);
      assertThatThrownBy(() -> store.advance(0, at(6), () -> store.note(incident("j", RUN, NOW))))
          .isInstanceOf(SentinelStore.OutrunException.class);
      assertThatThrownBy(() ->
              store.advance(
                  5,
                  at(6),
                  () -> {
                    store.note("i", found("f", 4));
                    throw new IllegalStateException("the plug");
                  }))
          .isInstanceOf(IllegalStateException.class);
      assertThat(store.next()).isEqualTo(5);
      assertThat(store.findings("i", 10)).isEmpty();
      assertThat(store.incident("j")).isEmpty();
    });
  }

  @Test
  void an_incident_grows_until_it_is_closed_once() {
    onBoth(store -> {
      store.note(incident("i", RUN, NOW));
      store.note(incident("i", RUN, NOW.plusSeconds(9)));
      store.note("i", found("f2", 8));
      store.note("i", found("f1", 4));
      store.note("i", found("f1", 4));
      store.note("i", RUN);
      store.note("i", RUN);
      store.note("i", new EntityRef("Key", "k"));
      Incident open = store.open(RUN).orElseThrow();
      assertThat(open).isEqualTo(incident("i", RUN, NOW.plusSeconds(9)));
      assertThat(store.findings("i", 10)).containsExactly(found("f1", 4), found("f2", 8));
      assertThat(store.findings("i", 1)).hasSize(1);
      assertThat(store.things("i", 10)).containsExactly(new EntityRef("Key", "k"), RUN);
      assertThat(store.open(new EntityRef("Key", "k"))).isEmpty();
      assertThat(store.close("i", "administrator", NOW.plusSeconds(20))).isTrue();
      assertThat(store.close("i", "another", NOW.plusSeconds(30))).isFalse();
      assertThat(store.close("nothing", "another", NOW)).isFalse();
      assertThat(store.open(RUN)).isEmpty();
      assertThat(store.incident("i").orElseThrow().closedBy()).isEqualTo("administrator");
    });
  }

  @Test
  void open_incidents_come_first_then_those_that_grew_last() {
    onBoth(store -> {
      store.note(incident("a", RUN, NOW));
      store.close("a", "administrator", NOW.plusSeconds(99));
      store.note(incident("b", RUN, NOW.plusSeconds(1)));
      store.page(incident("c", new EntityRef("Key", "k"), NOW.plusSeconds(2)), found("f", 3));
      assertThat(store.incidents(10)).extracting(Incident::id).containsExactly("c", "b", "a");
      assertThat(store.incidents(2)).hasSize(2);
      assertThat(store.things("c", 10)).containsExactly(new EntityRef("Key", "k"));
    });
  }
}
