package dev.sallyport.server.standing;

import dev.sallyport.server.db.Database;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/// Declarations of secrets, as text.
@Component
final class DeclarationStore {
  private static final int MOST = 10_000;

  private final Database database;

  DeclarationStore(@Qualifier("application") Database database) {
    this.database = database;
  }

  /// Puts a declaration in the place of what was there.
  void declare(String path, String declaration, String by, Instant at) {
    database
        .sql()
        .sql(
            """
            INSERT INTO standing_secret (path, declaration, declared_by, declared_epoch_milli)
            VALUES (:path, :declaration, :by, :at)
            ON CONFLICT (path) DO UPDATE SET declaration = :declaration, declared_by = :by,
              declared_epoch_milli = :at
            """)
        .param("path", path)
        .param("declaration", declaration)
        .param("by", by)
        .param("at", at.toEpochMilli())
        .update();
  }

  /// What is declared of one.
  Optional<String> declaration(String path) {
    return database
        .sql()
        .sql("SELECT declaration FROM standing_secret WHERE path = :path")
        .param("path", path)
        .query((row, _) -> row.getString(1))
        .optional();
  }

  /// What is declared of all, by path.
  Map<String, String> all() {
    var all = new TreeMap<String, String>();
    database
        .sql()
        .sql("SELECT path, declaration FROM standing_secret ORDER BY path LIMIT :limit")
        .param("limit", MOST)
        .query((row, _) -> Map.entry(row.getString(1), row.getString(2)))
        .list()
        .forEach(entry -> all.put(entry.getKey(), entry.getValue()));
    return all;
  }
}
