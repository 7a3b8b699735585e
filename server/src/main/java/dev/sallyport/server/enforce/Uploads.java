package dev.sallyport.server.enforce;

import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// Uploads that began and have not ended, with the digest of what came so far.
///
/// Kept in memory: the running digest is. After a restart, or at another node, an upload is unknown
/// and its client begins anew, as the specification lets it.
final class Uploads {
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int MOST = 2048;
  private static final int MOST_OF_ONE = 128;

  private final Clock clock;
  private final SecureRandom random;

  /// Guarded by itself.
  private final Map<String, Session> sessions = new LinkedHashMap<>();

  Uploads(Clock clock, SecureRandom random) {
    this.clock = clock;
    this.random = random;
  }

  /// One upload. Whoever works on it holds its lock.
  static final class Session {
    final String id;
    final String name;
    final String owner;
    final ReentrantLock lock = new ReentrantLock();
    final MessageDigest digest = sha256();
    private final Instant until;
    URI upstream;
    long size;

    private Session(String id, String name, String owner, URI upstream, Instant until) {
      this.id = id;
      this.name = name;
      this.owner = owner;
      this.upstream = upstream;
      this.until = until;
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// Begins one.
  ///
  /// @param owner who may go on with it
  /// @throws OciException if there are too many already
  Session begin(String name, String owner, URI upstream) {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    Instant now = clock.instant();
    var session =
        new Session(HexFormat.of().formatHex(bytes), name, owner, upstream, now.plus(LONGEST));
    synchronized (sessions) {
      sessions.values().removeIf(one -> now.isAfter(one.until));
      long own = sessions.values().stream().filter(one -> one.owner.equals(owner)).count();
      if (sessions.size() >= MOST || own >= MOST_OF_ONE) {
        throw new OciException(429, "TOOMANYREQUESTS", "too many uploads are open");
      }
      sessions.put(session.id, session);
    }
    return session;
  }

  /// One that goes on: of this very repository and owner, or there is none.
  Optional<Session> find(String name, String id, String owner) {
    Session session;
    synchronized (sessions) {
      session = sessions.get(id);
    }
    return Optional.ofNullable(session)
        .filter(one -> one.name.equals(name) && one.owner.equals(owner))
        .filter(one -> clock.instant().isBefore(one.until));
  }

  /// Forgets one.
  void end(Session session) {
    synchronized (sessions) {
      sessions.remove(session.id);
    }
  }
}
