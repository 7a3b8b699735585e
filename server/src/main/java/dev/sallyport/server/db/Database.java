package dev.sallyport.server.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// One database: its dialect, its statements and its transactions. Only a room's `*Store` and this
/// room touch it.
public final class Database implements AutoCloseable {
  private static final int SQLITE_CONNECTIONS = 4;
  private static final int POSTGRESQL_CONNECTIONS = 16;
  private static final int BUSY_MILLIS = 10_000;

  private final Dialect dialect;
  private final DataSource source;
  private final AutoCloseable pool;
  private final JdbcClient client;
  private final TransactionTemplate transactions;
  private final @Nullable Path file;

  private Database(Dialect dialect, DataSource source, AutoCloseable pool, @Nullable Path file) {
    this.dialect = dialect;
    this.source = source;
    this.pool = pool;
    this.file = file;
    this.client = JdbcClient.create(source);
    var manager = new JdbcTransactionManager(source);
    // Without this, a commit that failed would be made after all when the connection goes back to
    // the pool and auto-commit is switched on.
    manager.setRollbackOnCommitFailure(true);
    this.transactions = new TransactionTemplate(manager);
  }

  /// A database over connections that somebody else made and closes: for tests that break them.
  public static Database over(Dialect dialect, DataSource source) {
    return new Database(dialect, source, () -> {}, null);
  }

  /// Opens or makes one SQLite file, readable by its owner alone.
  ///
  /// Write-ahead log with `synchronous=FULL`: a commit that returned is on the disk. A transaction
  /// takes the write lock when it begins, so that none fails half-way for want of it.
  public static Database sqlite(Path file) {
    DataSource plain = sqliteSource(file);
    var config = new HikariConfig();
    config.setDataSource(plain);
    config.setMaximumPoolSize(SQLITE_CONNECTIONS);
    config.setPoolName("sqlite-" + file.getFileName());
    var pool = new HikariDataSource(config);
    return new Database(Dialect.SQLITE, HaltingConnections.around(pool), pool, file);
  }

  /// Plain connections to one SQLite file, set as [#sqlite] sets them.
  public static DataSource sqliteSource(Path file) {
    try {
      if (Files.notExists(file)
          && file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
    } catch (IOException e) {
      throw new DatabaseException("couldn't make `" + file + "`", e);
    }
    var config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    config.setBusyTimeout(BUSY_MILLIS);
    config.enforceForeignKeys(true);
    var source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    return source;
  }

  /// Connects to PostgreSQL; the password never shows in a message.
  public static Database postgresql(String url, String user, String password) {
    var config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername(user);
    config.setPassword(password);
    config.setMaximumPoolSize(POSTGRESQL_CONNECTIONS);
    config.setPoolName("postgresql");
    config.addDataSourceProperty("synchronous_commit", "on");
    var pool = new HikariDataSource(config);
    return new Database(Dialect.POSTGRESQL, HaltingConnections.around(pool), pool, null);
  }

  /// Which of the two.
  public Dialect dialect() {
    return dialect;
  }

  /// Runs statements, in the transaction of this thread where there is one.
  public JdbcClient sql() {
    return client;
  }

  /// Runs `work` in one transaction: all of it or nothing.
  public void inTransaction(Runnable work) {
    transactions.executeWithoutResult(_ -> work.run());
  }

  /// Runs `work` in one transaction and hands on what it gives.
  public <T> T inTransaction(Supplier<T> work) {
    T result = transactions.execute(_ -> work.get());
    if (result == null) {
      throw new IllegalStateException("a transaction gave nothing");
    }
    return result;
  }

  /// Brings the tables of `owner` (`application` or `ledger`) up to date; a changed old migration
  /// is refused.
  public Database migrated(String owner) {
    Flyway.configure()
        .dataSource(source)
        .locations("classpath:db/" + owner)
        .table(owner + "_schema_history")
        .placeholders(dialect.placeholders())
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .failOnMissingLocations(true)
        .load()
        .migrate();
    return this;
  }

  /// Claims `role` for this process until it ends or the claim is closed: an operating system lock
  /// on a file beside SQLite's, an advisory lock on a connection kept open in PostgreSQL.
  ///
  /// @throws DatabaseException if another process holds it
  public AutoCloseable claim(String role) {
    return switch (dialect) {
      case SQLITE -> claimFile(role);
      case POSTGRESQL -> claimAdvisory(role);
    };
  }

  private AutoCloseable claimFile(String role) {
    if (file == null) {
      return () -> {};
    }
    Path lock = file.resolveSibling(role + ".lock");
    try {
      FileChannel channel =
          FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (tryLock(channel) == null) {
        channel.close();
        throw new DatabaseException("another process holds `" + lock + "`");
      }
      return channel;
    } catch (IOException e) {
      throw new DatabaseException("couldn't lock `" + lock + "`", e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException heldHere) {
      return null;
    }
  }

  private AutoCloseable claimAdvisory(String role) {
    try {
      Connection connection = source.getConnection();
      try (PreparedStatement lock =
          connection.prepareStatement("SELECT pg_try_advisory_lock(hashtext(?))")) {
        lock.setString(1, "sallyport." + role);
        try (ResultSet held = lock.executeQuery()) {
          if (!held.next() || !held.getBoolean(1)) {
            connection.close();
            throw new DatabaseException("another process holds the role `" + role + "`");
          }
        }
      }
      return connection;
    } catch (SQLException e) {
      throw new DatabaseException("couldn't claim the role `" + role + "`", e);
    }
  }

  @Override
  public void close() {
    try {
      pool.close();
    } catch (Exception e) {
      throw new DatabaseException("couldn't close the database", e);
    }
  }
}
