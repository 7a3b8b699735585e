package dev.sallyport.server.console;

import dev.sallyport.server.ledger.Digest;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseCookie;
import org.springframework.stereotype.Component;

/// Sessions of people: made after a proof, carried by one cookie, ended after eight hours.
///
/// The cookie is `__Host-`, `Secure`, `HttpOnly` and `SameSite=Strict`. Known gap: browsers tell
/// ports of one host apart for pages but not for cookies, so another https server on this machine's
/// loopback address would be sent it.
@Component
final class Sessions {
  private static final String COOKIE = "__Host-sallyport";
  private static final Duration LIFETIME = Duration.ofHours(8);
  private static final int BYTES = 32;

  private final SessionStore store;
  private final Clock clock;
  private final SecureRandom random;

  Sessions(SessionStore store, Clock clock, SecureRandom random) {
    this.store = store;
    this.clock = clock;
    this.random = random;
  }

  /// Begins a session; the cookie to set.
  ResponseCookie begin(String person) {
    Instant now = clock.instant();
    store.forget(now);
    String id = secret();
    store.add(new Session(hash(id), person, secret(), now), now.plus(LIFETIME));
    return cookie(id, LIFETIME);
  }

  /// The session of a request.
  Optional<Session> of(HttpServletRequest request) {
    String id = id(request);
    return id == null ? Optional.empty() : store.find(hash(id), clock.instant());
  }

  /// Ends the session of a request; the cookie to set.
  ResponseCookie end(HttpServletRequest request) {
    String id = id(request);
    if (id != null) {
      store.remove(hash(id));
    }
    return cookie("", Duration.ZERO);
  }

  private static ResponseCookie cookie(String value, Duration age) {
    return ResponseCookie.from(COOKIE, value)
        .path("/")
        .secure(true)
        .httpOnly(true)
        .sameSite("Strict")
        .maxAge(age)
        .build();
  }

  private static @Nullable String id(HttpServletRequest request) {
    Cookie[] cookies = request.getCookies();
    if (cookies == null) {
      return null;
    }
    for (Cookie cookie : cookies) {
      if (cookie.getName().equals(COOKIE) && cookie.getValue().length() <= 2 * BYTES) {
        return cookie.getValue();
      }
    }
    return null;
  }

  private static String hash(String id) {
    return Digest.of(id).text().substring("sha256:".length());
  }

  private String secret() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
