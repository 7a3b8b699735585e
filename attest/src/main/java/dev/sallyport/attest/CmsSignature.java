package dev.sallyport.attest;

import dev.sallyport.attest.SshWire.Malformed;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.operator.OperatorCreationException;

/// A detached CMS signature (RFC 5652) with one signer, as `gpgsm` and gitsign put it into a
/// commit.
///
/// @param certificate the signer's
/// @param others the other certificates that came along
record CmsSignature(
    SignerInformation signer, X509Certificate certificate, List<X509Certificate> others) {

  static final String BEGIN = "-----BEGIN SIGNED MESSAGE-----";
  private static final String END = "-----END SIGNED MESSAGE-----";
  private static final int MAX_CHARS = 1024 * 1024;
  private static final int MAX_CERTIFICATES = 32;
  private static final Duration SHORT_LIVED = Duration.ofHours(24);
  private static final int RFC822_NAME = 1;
  private static final int URI_NAME = 6;
  private static final Set<String> DIGESTS =
      Set.of(
          NISTObjectIdentifiers.id_sha256.getId(),
          NISTObjectIdentifiers.id_sha384.getId(),
          NISTObjectIdentifiers.id_sha512.getId());

  /// Takes the armour off and the structure apart.
  ///
  /// @throws Malformed if it is no such signature
  static CmsSignature parse(String armoured, byte[] payload) {
    String text = armoured.strip();
    if (text.length() > MAX_CHARS || !text.startsWith(BEGIN) || !text.endsWith(END)) {
      throw new Malformed("no CMS signature armour");
    }
    try {
      byte[] der =
          Base64.getDecoder()
              .decode(
                  text.substring(BEGIN.length(), text.length() - END.length())
                      .replaceAll("\\s", ""));
      CMSSignedData signed = new CMSSignedData(new CMSProcessableByteArray(payload), der);
      Collection<SignerInformation> signers = signed.getSignerInfos().getSigners();
      if (signers.size() != 1) {
        throw new Malformed("expected exactly one signer");
      }
      SignerInformation signer = signers.iterator().next();
      Collection<X509CertificateHolder> all = signed.getCertificates().getMatches(null);
      if (all.size() > MAX_CERTIFICATES) {
        throw new Malformed("too many certificates");
      }
      JcaX509CertificateConverter converter = new JcaX509CertificateConverter();
      X509Certificate certificate = null;
      List<X509Certificate> others = new ArrayList<>();
      for (X509CertificateHolder holder : all) {
        if (signer.getSID().match(holder)) {
          certificate = converter.getCertificate(holder);
        } else {
          others.add(converter.getCertificate(holder));
        }
      }
      if (certificate == null) {
        throw new Malformed("the signer's certificate did not come along");
      }
      return new CmsSignature(signer, certificate, List.copyOf(others));
    } catch (CMSException | GeneralSecurityException | RuntimeException e) {
      throw new Malformed("not a CMS signature");
    }
  }

  /// Whether the signature holds under the certificate's key, whatever the time: BouncyCastle's
  /// check by certificate would believe the signer's own signing time, which is a claim.
  boolean holds() {
    if (!DIGESTS.contains(signer.getDigestAlgOID())) {
      return false;
    }
    try {
      return signer.verify(
          new JcaSimpleSignerInfoVerifierBuilder().build(certificate.getPublicKey()));
    } catch (CMSException | OperatorCreationException | RuntimeException malformed) {
      return false;
    }
  }

  /// Whether the certificate lives so briefly that only a trusted time could tell when it was used.
  boolean needsTrustedTime(Instant at) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant to = certificate.getNotAfter().toInstant();
    boolean outside = at.isBefore(from) || at.isAfter(to);
    return outside && Duration.between(from, to).compareTo(SHORT_LIVED) <= 0;
  }

  /// RFC 5280 section 4.2.1.3 and 4.2.1.12: the certificate is for signing.
  boolean meantForSigning() {
    try {
      boolean[] usage = certificate.getKeyUsage();
      List<String> extended = certificate.getExtendedKeyUsage();
      return (usage == null || usage[0])
          && (extended == null
              || extended.contains("1.3.6.1.5.5.7.3.3") // code signing
              || extended.contains("1.3.6.1.5.5.7.3.4") // e-mail protection
              || extended.contains("2.5.29.37.0")); // any
    } catch (GeneralSecurityException malformed) {
      return false;
    }
  }

  /// The e-mail names of the certificate, lower-case.
  List<String> emails() {
    return names(RFC822_NAME);
  }

  /// Who the certificate names, for people.
  String subject() {
    List<String> names = names(RFC822_NAME);
    if (names.isEmpty()) {
      names = names(URI_NAME);
    }
    return names.isEmpty() ? certificate.getSubjectX500Principal().getName() : names.getFirst();
  }

  private List<String> names(int kind) {
    List<String> found = new ArrayList<>();
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names != null) {
        for (List<?> name : names) {
          if (name.getFirst() instanceof Integer type && type == kind) {
            String text = String.valueOf(name.get(1));
            found.add(kind == RFC822_NAME ? text.toLowerCase(Locale.ROOT) : text);
          }
        }
      }
    } catch (GeneralSecurityException malformed) {
      return List.of();
    }
    return found;
  }
}
