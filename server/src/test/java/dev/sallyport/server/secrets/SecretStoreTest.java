package dev.sallyport.server.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.keys.SealedBox;
import dev.sallyport.keys.SealingKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import dev.sallyport.server.settings.DataFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sealed values and leases: the contract on both databases.
class SecretStoreTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
  private static final byte[] VALUE = "correct horse".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;

  private void onBoth(Consumer<Database> law) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      law.accept(sqlite);
      law.accept(postgres);
    }
  }

  private DataFolder data(Database database) {
    return DataFolder.open(folder.resolve("data-" + database.dialect()));
  }

  @Test
  void each_version_stays_and_the_newest_is_found() {
    onBoth(database -> {
      var secrets = new EmbeddedSecrets(new SecretStore(database), data(database), RANDOM);
      assertThat(secrets.newest("a/b")).isEmpty();
      secrets.put("a/b", 1, VALUE.clone(), "administrator", NOON);
      secrets.put("a/b", 2, "second".getBytes(StandardCharsets.UTF_8), "administrator", NOON);
      secrets.put("c", 1, VALUE.clone(), "administrator", NOON);
      SecretSource.Version newest = secrets.newest("a/b").orElseThrow();
      assertThat(newest.number()).isEqualTo(2);
      assertThat(secrets.open(newest)).asString(StandardCharsets.UTF_8).isEqualTo("second");
      assertThat(secrets.open(new SecretSource.Version("a/b", 1, "", NOON))).isEqualTo(VALUE);
      assertThat(secrets.all())
          .extracting(version -> version.path() + " " + version.number())
          .containsExactly("a/b 2", "c 1");
      assertThatThrownBy(() -> secrets.put("a/b", 2, VALUE.clone(), "x", NOON))
          .isInstanceOf(RuntimeException.class);
    });
  }

  @Test
  void without_its_key_everything_is_sealed_and_no_new_key_is_made() {
    onBoth(database -> {
      DataFolder data = data(database);
      Path key = data.file("secrets.key");
      var store = new SecretStore(database);
      var first = new EmbeddedSecrets(store, data, RANDOM);
      first.put("a", 1, VALUE.clone(), "administrator", NOON);
      SecretSource.Version version = first.newest("a").orElseThrow();
      try {
        Files.move(key, data.file("elsewhere"));
        var sealed = new EmbeddedSecrets(store, data, RANDOM);
        assertThatThrownBy(() -> sealed.open(version)).isInstanceOf(SealedException.class);
        assertThatThrownBy(() -> sealed.put("b", 1, VALUE.clone(), "x", NOON))
            .isInstanceOf(SealedException.class)
            .hasMessageContaining("sealed");
        assertThatThrownBy(sealed::requireOpen).isInstanceOf(SealedException.class);
        assertThat(key).doesNotExist();
        // Another key than the one that sealed them.
        SealingKey.generate(RANDOM).writeNew(key);
        var other = new EmbeddedSecrets(store, data, RANDOM);
        assertThatThrownBy(() -> other.open(version)).isInstanceOf(SealedException.class);
        assertThatThrownBy(() -> other.put("b", 1, VALUE.clone(), "x", NOON))
            .isInstanceOf(SealedException.class);
        Files.delete(key);
        Files.move(data.file("elsewhere"), key);
        assertThat(new EmbeddedSecrets(store, data, RANDOM).open(version)).isEqualTo(VALUE);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  @Test
  void a_row_that_was_moved_in_the_database_does_not_open() {
    onBoth(database -> {
      var store = new SecretStore(database);
      var secrets = new EmbeddedSecrets(store, data(database), RANDOM);
      secrets.put("poor", 1, "poor".getBytes(StandardCharsets.UTF_8), "x", NOON);
      SealedBox box = store.box("poor", 1).orElseThrow();
      var rich = new SecretSource.Version("rich", 1, "x", NOON);
      store.put(rich, box);
      assertThatThrownBy(() -> secrets.open(rich)).isInstanceOf(SealedException.class);
    });
  }

  @Test
  void a_lease_ends_once_in_the_way_it_ended_first() {
    onBoth(database -> {
      var leases = new LeaseStore(database);
      var lease = new Lease("l1", "a", 1, "TOKEN", "r1", "s1", NOON, NOON.plusSeconds(60), null);
      leases.lease(lease);
      leases.lease(lease);
      assertThat(leases.find("l1")).contains(lease);
      assertThat(leases.openOfStep("s1")).containsExactly(lease);
      assertThat(leases.openOfRun("r1")).containsExactly(lease);
      assertThat(leases.allOpen()).hasSize(1);
      assertThat(lease.liveAt(NOON.plusSeconds(59))).isTrue();
      assertThat(lease.liveAt(NOON.plusSeconds(60))).isFalse();
      leases.over("l1", "revoked");
      leases.over("l1", "ended");
      assertThat(leases.find("l1").orElseThrow().over()).isEqualTo("revoked");
      assertThat(leases.openOfStep("s1")).isEmpty();
      assertThat(leases.ofRun("r1")).hasSize(1);
      assertThat(leases.ofPath("a")).extracting(Lease::id).isEqualTo(List.of("l1"));
    });
  }
}
