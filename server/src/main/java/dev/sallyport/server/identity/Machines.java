package dev.sallyport.server.identity;

import jakarta.servlet.ServletRequest;
import java.net.URI;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Says which machine asks, by the certificate that the TLS handshake on the port for machines
/// verified against our own authority (RFC 8705 section 2.1 in spirit; SPIFFE X.509-SVID for the
/// name).
@Component
public final class Machines {
  private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";
  private static final int URI_NAME = 6;

  Machines() {}

  /// The machine at the other end, where it showed a certificate.
  public Optional<Caller.Machine> of(ServletRequest request) {
    if (!(request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain)
        || chain.length == 0) {
      return Optional.empty();
    }
    return id(chain[0])
        .map(id -> new Caller.Machine(id, new Caller.Seen(null, null, request.getRemoteAddr())));
  }

  /// The path of its one SPIFFE id, as `host/<name>`.
  private static Optional<String> id(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names == null || names.size() != 1) {
        return Optional.empty();
      }
      List<?> name = names.iterator().next();
      if (!Integer.valueOf(URI_NAME).equals(name.getFirst())
          || !(name.getLast() instanceof String text)) {
        return Optional.empty();
      }
      var uri = URI.create(text);
      String path = uri.getPath();
      return "spiffe".equals(uri.getScheme()) && path != null && path.startsWith("/host/")
          ? Optional.of(path.substring(1))
          : Optional.empty();
    } catch (CertificateParsingException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
