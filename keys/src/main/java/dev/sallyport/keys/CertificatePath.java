package dev.sallyport.keys;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// X.509 paths from a leaf to declared roots (RFC 5280 section 6); revocation is the caller's to
/// ask.
public final class CertificatePath {
  private static final int MAX_CERTIFICATES = 64;
  private static final int MAX_PATH = 6;

  private CertificatePath() {}

  /// What a path search found.
  public enum Trust {
    /// A path to a root, every certificate valid at the time.
    TRUSTED,
    /// A path to a root that was valid when the leaf began, and is not at the time.
    OUTSIDE_VALIDITY,
    /// No path to a root.
    UNTRUSTED
  }

  /// Searches a path from `leaf` over `intermediates` to one of `roots`, judged at `at`.
  public static Trust judge(
      X509Certificate leaf,
      Collection<X509Certificate> intermediates,
      Collection<X509Certificate> roots,
      Instant at) {
    if (roots.isEmpty() || intermediates.size() > MAX_CERTIFICATES) {
      return Trust.UNTRUSTED;
    }
    if (pathExists(leaf, intermediates, roots, at)) {
      return Trust.TRUSTED;
    }
    Instant whenItBegan = leaf.getNotBefore().toInstant().plusSeconds(1);
    return pathExists(leaf, intermediates, roots, whenItBegan)
        ? Trust.OUTSIDE_VALIDITY
        : Trust.UNTRUSTED;
  }

  private static boolean pathExists(
      X509Certificate leaf,
      Collection<X509Certificate> intermediates,
      Collection<X509Certificate> roots,
      Instant at) {
    Set<TrustAnchor> anchors = new HashSet<>();
    for (X509Certificate root : roots) {
      anchors.add(new TrustAnchor(root, null));
    }
    X509CertSelector target = new X509CertSelector();
    target.setCertificate(leaf);
    List<X509Certificate> known = new ArrayList<>(intermediates);
    known.add(leaf);
    try {
      PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(at));
      parameters.setMaxPathLength(MAX_PATH);
      parameters.addCertStore(
          CertStore.getInstance("Collection", new CollectionCertStoreParameters(known)));
      CertPathBuilder.getInstance("PKIX").build(parameters);
      return true;
    } catch (GeneralSecurityException noPath) {
      return false;
    }
  }

  /// Reads every `CERTIFICATE` block of a PEM text.
  ///
  /// @throws KeyException if one of them is no certificate or there is none
  public static List<X509Certificate> readPem(String pem) {
    if (pem.length() > 4 * 1024 * 1024) {
      throw new KeyException("certificate file is too large");
    }
    List<X509Certificate> certificates = new ArrayList<>();
    String begin = "-----BEGIN CERTIFICATE-----";
    String end = "-----END CERTIFICATE-----";
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      int at = pem.indexOf(begin);
      while (at >= 0) {
        int stop = pem.indexOf(end, at);
        if (stop < 0) {
          throw new KeyException("certificate block is not closed");
        }
        byte[] der = Pem.decode(pem.substring(at, stop + end.length()), "CERTIFICATE");
        certificates.add(
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
        at = pem.indexOf(begin, stop);
      }
    } catch (GeneralSecurityException e) {
      throw new KeyException("not a certificate", e);
    }
    if (certificates.isEmpty()) {
      throw new KeyException("no certificate in the file");
    }
    return List.copyOf(certificates);
  }
}
