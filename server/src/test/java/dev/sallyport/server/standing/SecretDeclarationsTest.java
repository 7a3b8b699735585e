package dev.sallyport.server.standing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.server.db.Database;
import dev.sallyport.server.db.RealPostgres;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is declared of secrets: the contract on both databases.
class SecretDeclarationsTest {
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");

  @Test
  void the_newest_declaration_counts_and_what_it_leaves_out_is_gone(@TempDir Path folder) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db")).migrated("application");
        Database postgres = RealPostgres.fresh().migrated("application")) {
      for (Database database : List.of(sqlite, postgres)) {
        var store = new DeclarationStore(database);
        var declarations = new SecretDeclarations(store);
        assertThat(declarations.of("a/b")).isEmpty();
        var first =
            new SecretDeclaration(
                "a/b", Set.of("git.example/1"), Set.of("refs/heads/main"), null, null);
        store.declare("a/b", SecretDeclarations.written(first), "administrator", NOON);
        assertThat(declarations.of("a/b")).contains(first);
        // Nobody at all, which is not the same as nothing said.
        var second = new SecretDeclaration("a/b", Set.of(), null, Set.of("ship"), Set.of("prod"));
        store.declare("a/b", SecretDeclarations.written(second), "administrator", NOON);
        assertThat(declarations.of("a/b")).contains(second);
        assertThat(declarations.all()).containsExactly(second);
      }
    }
  }

  @Test
  void what_is_no_path_or_too_much_is_refused() {
    for (String path : List.of("", "/a", "a/", "a//b", "..", "a/../b", "a b", "a/b/c/d/e")) {
      assertThatThrownBy(() -> SecretDeclaration.requirePath(path))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new SecretDeclaration("a", Set.of(""), null, null, null))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
