package dev.sallyport.server.identity;

import dev.sallyport.keys.ClientAuthority;
import jakarta.servlet.ServletRequest;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Says which machine asks, by the certificate that the TLS handshake on the port for machines
/// verified against our own authority (RFC 8705 section 2.1 in spirit; SPIFFE X.509-SVID for the
/// name).
@Component
public final class Machines {
  private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

  private final ClientAuthority authority;
  private final Clock clock;

  Machines(ClientAuthority authority, Clock clock) {
    this.authority = authority;
    this.clock = clock;
  }

  /// The machine at the other end, where it showed a certificate.
  public Optional<Caller.Machine> of(ServletRequest request) {
    if (!(request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain)
        || chain.length == 0) {
      return Optional.empty();
    }
    return authority
        .nameOf(chain[0], clock.instant())
        .flatMap(Machines::id)
        .map(id -> new Caller.Machine(id, new Caller.Seen(null, null, request.getRemoteAddr())));
  }

  /// The path of its SPIFFE id, as `host/<name>`.
  private static Optional<String> id(String name) {
    try {
      var uri = URI.create(name);
      String path = uri.getPath();
      return "spiffe".equals(uri.getScheme()) && path != null && path.startsWith("/host/")
          ? Optional.of(path.substring(1))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
