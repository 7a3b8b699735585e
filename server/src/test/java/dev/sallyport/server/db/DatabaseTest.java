package dev.sallyport.server.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What both databases promise to the rooms above.
class DatabaseTest {
  @Test
  void an_sqlite_file_is_its_owners_alone_and_every_commit_reaches_the_disk(@TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("a.db");
    try (Database database = Database.sqlite(file)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      assertThat(database.sql().sql("PRAGMA journal_mode").query(String.class).single())
          .isEqualTo("wal");
      // 2 is FULL (sqlite.org/pragma.html#pragma_synchronous).
      assertThat(database.sql().sql("PRAGMA synchronous").query(Integer.class).single())
          .isEqualTo(2);
    }
  }

  @Test
  void a_role_is_held_by_one_at_a_time_and_freed_when_closed(@TempDir Path folder)
      throws Exception {
    try (Database first = Database.sqlite(folder.resolve("a.db"));
        Database second = Database.sqlite(folder.resolve("a.db"))) {
      oneHolder(first, second);
    }
    String url = RealPostgres.freshUrl();
    try (Database first = Database.postgresql(url, "postgres", "postgres");
        Database second = Database.postgresql(url, "postgres", "postgres")) {
      oneHolder(first, second);
    }
  }

  private static void oneHolder(Database first, Database second) throws Exception {
    AutoCloseable held = first.claim("writer");
    assertThatThrownBy(() -> second.claim("writer")).isInstanceOf(DatabaseException.class);
    second.claim("another").close();
    held.close();
  }

  @Test
  void a_failed_transaction_leaves_nothing(@TempDir Path folder) {
    try (Database sqlite = Database.sqlite(folder.resolve("a.db"));
        Database postgres = RealPostgres.fresh()) {
      for (Database database : new Database[] {sqlite, postgres}) {
        database.sql().sql("CREATE TABLE t (a INTEGER)").update();
        assertThatThrownBy(() ->
                database.inTransaction(() -> {
                  database.sql().sql("INSERT INTO t VALUES (1)").update();
                  throw new IllegalStateException("stop");
                }))
            .hasMessage("stop");
        assertThat(database.sql().sql("SELECT COUNT(*) FROM t").query(Long.class).single())
            .isZero();
      }
    }
  }
}
