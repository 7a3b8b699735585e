package dev.sallyport.server;

import dev.sallyport.credential.BoundTickets;
import dev.sallyport.credential.BoundTokens;
import dev.sallyport.keys.ClientAuthority;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.LoopbackAuthority;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.ledger.Finding;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.settings.DataFolder;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.settings.SettingsException;
import dev.sallyport.server.settings.SettingsReader;
import dev.sallyport.server.steps.BuildKey;
import dev.sallyport.server.tokens.OperatorKey;
import dev.sallyport.tlog.Checkpoint;
import dev.sallyport.tlog.NoteKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What must be in order before anything listens: folder, configuration, keys, databases, ledger.
///
/// Closed in the opposite order of opening.
final class Installation implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Installation.class);
  private static final String REMEMBERED = "ledger.checkpoint";

  final DataFolder folder;
  final Settings settings;
  final Clock clock;
  final SecureRandom random;
  final Database application;
  final Ledger ledger;
  final BoundTokens tokens;
  final BuildKey build;
  final BoundTickets tickets;
  final OperatorKey operator;
  final LoopbackAuthority.TlsFiles tls;
  final ClientAuthority agents;

  private final ArrayDeque<AutoCloseable> open = new ArrayDeque<>();

  private Installation(DataFolder folder, Clock clock, SecureRandom random) {
    this.folder = folder;
    this.clock = clock;
    this.random = random;
    try {
      SigningKey buildKey = key("build.key", KeyAlgorithm.ED25519);
      this.settings = SettingsReader.read(folder.path()).signingAs(buildKey.publicKey());
      this.application = opened(database(folder, settings, "sallyport.db"));
      if (settings.postgresql() == null) {
        // One process a file; on PostgreSQL several nodes share everything, the keys too.
        opened(application.claim("server"));
      }
      application.migrated("application");
      Database log =
          settings.postgresql() == null
              ? opened(database(folder, settings, "ledger.db"))
              : application;
      SigningKey logKey = key("ledger.key", KeyAlgorithm.ED25519);
      this.ledger =
          opened(
              Ledger.open(
                  log.migrated("ledger"), logKey, origin(logKey), folder.file(REMEMBERED), clock));
      SigningKey tokenKey = key("token.key", KeyAlgorithm.ECDSA_P256);
      this.tokens = new BoundTokens(tokenKey, origin(logKey));
      this.build = new BuildKey(buildKey, "https://" + origin(logKey));
      this.tickets = new BoundTickets(tokenKey, origin(logKey));
      this.operator = new OperatorKey(key("operator.key", KeyAlgorithm.ECDSA_P256));
      this.tls = LoopbackAuthority.in(folder.path(), clock.instant(), random);
      this.agents = ClientAuthority.in(folder.path(), clock.instant(), random);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Opens everything in `path`, making what is missing.
  static Installation open(Path path, Clock clock, SecureRandom random) {
    return new Installation(DataFolder.open(path), clock, random);
  }

  /// Reads a ledger that may be in use and says what is wrong with it.
  static List<Finding> fsck(Path path) {
    DataFolder folder = DataFolder.open(path);
    Settings settings = SettingsReader.read(folder.path());
    SigningKey logKey = SigningKey.read(folder.file("ledger.key"));
    try (Database log = database(folder, settings, "ledger.db")) {
      var key = new NoteKey(origin(logKey), logKey.publicKey());
      return Ledger.fsck(log, key, remembered(folder, key));
    }
  }

  private static @Nullable Checkpoint remembered(DataFolder folder, NoteKey key) {
    Path file = folder.file(REMEMBERED);
    try {
      return Files.exists(file) ? Checkpoint.open(Files.readString(file), key) : null;
    } catch (IOException e) {
      throw new SettingsException("couldn't read `" + file + "`", e);
    }
  }

  private static Database database(DataFolder folder, Settings settings, String file) {
    Settings.Postgresql postgresql = settings.postgresql();
    if (postgresql == null) {
      return Database.sqlite(folder.file(file));
    }
    return Database.postgresql(postgresql.url(), postgresql.user(), password(postgresql));
  }

  private static String password(Settings.Postgresql postgresql) {
    Path file = postgresql.passwordFile();
    try {
      return file == null ? "" : Files.readString(file).strip();
    } catch (IOException e) {
      throw new SettingsException("couldn't read `" + file + "`", e);
    }
  }

  private SigningKey key(String name, KeyAlgorithm algorithm) {
    Path file = folder.file(name);
    if (Files.notExists(file)) {
      SigningKey.generate(algorithm, random).writeNew(file);
    }
    return SigningKey.read(file);
  }

  /// The log's name: unique by its first key, and the same for ever.
  private static String origin(SigningKey logKey) {
    return "sallyport.local/" + logKey.publicKey().keyId().substring(0, 16);
  }

  private <T extends AutoCloseable> T opened(T resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        LOG.warn("couldn't close everything", e);
      }
    }
  }
}
