package dev.sallyport.server.db;

import dev.sallyport.testdata.SharedData;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One real PostgreSQL for this JVM, started when first asked for; each caller gets a database of
/// its own.
public final class RealPostgres {
  private static final AtomicInteger NEXT = new AtomicInteger();
  private static @Nullable EmbeddedPostgres server;

  private RealPostgres() {}

  /// A fresh, empty database; skips the test where PostgreSQL's binaries do not run.
  public static Database fresh() {
    return Database.postgresql(freshUrl(), "postgres", "postgres");
  }

  /// The address of a fresh, empty database.
  public static synchronized String freshUrl() {
    EmbeddedPostgres running = running();
    String name = "t" + NEXT.incrementAndGet();
    try (Connection connection = running.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new IllegalStateException("couldn't make a database", e);
    }
    return running.getJdbcUrl("postgres", name);
  }

  private static EmbeddedPostgres running() {
    if (server == null) {
      try {
        server = EmbeddedPostgres.builder().start();
      } catch (IOException | RuntimeException e) {
        SharedData.skip("PostgreSQL's binaries", "do not run here: " + e.getMessage());
        throw new IllegalStateException(e);
      }
    }
    return server;
  }
}
