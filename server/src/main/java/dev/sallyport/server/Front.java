package dev.sallyport.server;

import dev.sallyport.server.settings.ServerAddress;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/// What holds for every request, before any room sees it.
///
/// The `Host` must be one of ours, or a page of another site could talk to us through the browser
/// of somebody on this machine (DNS rebinding). Each remote address has a rate. Answers are not
/// kept, not sniffed, not framed.
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class Front extends OncePerRequestFilter {
  private static final int PER_SECOND = 500;
  private static final int BURST = 1000;
  private static final int MAX_ADDRESSES = 10_000;

  private final ServerAddress address;
  private final Clock clock;

  /// Guarded by itself; the least recently used address is forgotten first.
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > MAX_ADDRESSES;
        }
      };

  Front(ServerAddress address, Clock clock) {
    this.address = address;
    this.clock = clock;
  }

  private record Bucket(double tokens, long millis) {}

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("X-Frame-Options", "DENY");
    // Not `no-referrer`: with it a browser sends `Origin: null` with our own forms (Fetch standard,
    // "append a request Origin header"), and they would be refused as another site's.
    response.setHeader("Referrer-Policy", "same-origin");
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    response.setHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    String host = request.getHeader("Host");
    if (host == null || !address.isOurs("https://" + host)) {
      refuse(response, 421, "this server is not known under that name");
      return;
    }
    if (!take(request.getRemoteAddr())) {
      response.setHeader("Retry-After", "1");
      refuse(response, 429, "too many requests");
      return;
    }
    chain.doFilter(request, response);
  }

  private static void refuse(HttpServletResponse response, int status, String detail)
      throws IOException {
    response.setStatus(status);
    response.setContentType("application/problem+json");
    response
        .getOutputStream()
        .print(
            "{\"type\":\"about:blank\",\"status\":" + status + ",\"detail\":\"" + detail + "\"}");
  }

  /// A token bucket for each address.
  private boolean take(String remote) {
    long now = clock.millis();
    synchronized (buckets) {
      Bucket before = buckets.getOrDefault(remote, new Bucket(BURST, now));
      double refilled =
          Math.min(BURST, before.tokens() + (now - before.millis()) * PER_SECOND / 1000.0);
      if (refilled < 1) {
        return false;
      }
      buckets.put(remote, new Bucket(refilled - 1, now));
      return true;
    }
  }
}
