package dev.sallyport.cli;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Supplier;

/// Sessions of one job's process, in its memory alone. Each is found again only by whoever presents
/// the very credential that it was exchanged for: the process lends no power to a caller who has
/// none.
final class KeptSessions {
  private static final int MAX_SESSIONS = 64;

  /// Guarded by this.
  private final Map<String, CallerSession.Bound> sessions = new HashMap<>();

  /// The session for a credential at a server; exchanged anew where there is none, or none that
  /// lasts. One exchange at a time: a CI token counts only once.
  ///
  /// @param presented what tells the server, the audience and the credential
  synchronized CallerSession.Bound get(
      Iterable<String> presented, Instant now, Supplier<CallerSession.Bound> exchange) {
    String name = fingerprint(presented);
    CallerSession.Bound known = sessions.get(name);
    if (known != null && known.lasts(now)) {
      return known;
    }
    CallerSession.Bound fresh = exchange.get();
    sessions.values().removeIf(one -> !one.lasts(now));
    if (sessions.size() < MAX_SESSIONS) {
      sessions.put(name, fresh);
    }
    return fresh;
  }

  private static String fingerprint(Iterable<String> parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
