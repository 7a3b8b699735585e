package dev.sallyport.keys;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A certificate authority for one server on this machine, and that server's certificate.
///
/// The authority can vouch for `localhost`, 127.0.0.1 and ::1 and for nothing else (RFC 5280
/// section 4.2.1.10), so that a client who trusts it gives nothing away.
public final class LoopbackAuthority {
  private static final Duration AUTHORITY_LIFETIME = Duration.ofDays(3650);
  private static final Duration CERTIFICATE_LIFETIME = Duration.ofDays(90);
  private static final Duration RENEW_BEFORE = Duration.ofDays(30);

  private LoopbackAuthority() {}

  /// Where the server's TLS files lie; keys are of mode 0600.
  ///
  /// @param authority the certificate that clients trust
  /// @param certificate the server's own
  /// @param key the server's own
  public record TlsFiles(Path authority, Path certificate, Path key) {}

  /// The TLS files in `folder`: made where there are none, renewed where they end soon.
  ///
  /// @throws KeyException if a file is damaged or may be read by others
  public static TlsFiles in(Path folder, Instant now, SecureRandom random) {
    Path authorityKey = folder.resolve("ca.key");
    Path authority = folder.resolve("ca.pem");
    Path key = folder.resolve("tls.key");
    Path certificate = folder.resolve("tls.pem");
    try {
      if (Files.notExists(authorityKey)) {
        SigningKey fresh = SigningKey.generate(KeyAlgorithm.ECDSA_P256, random);
        write(authority, authority(fresh, now, random));
        fresh.writeNew(authorityKey);
        Files.deleteIfExists(certificate);
      }
      SigningKey issuer = SigningKey.read(authorityKey);
      if (Files.notExists(key)) {
        SigningKey.generate(KeyAlgorithm.ECDSA_P256, random).writeNew(key);
        Files.deleteIfExists(certificate);
      }
      SigningKey own = SigningKey.read(key);
      if (Files.notExists(certificate) || endsSoon(certificate, now)) {
        write(certificate, server(issuer, own.publicKey(), now, random));
      }
      return new TlsFiles(authority, certificate, key);
    } catch (IOException | CertificateException | OperatorCreationException e) {
      throw new KeyException("couldn't make the server's certificate in `" + folder + "`", e);
    }
  }

  private static boolean endsSoon(Path certificate, Instant now)
      throws IOException, CertificateException {
    try (var stream = Files.newInputStream(certificate)) {
      var parsed =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(stream);
      return parsed.getNotAfter().toInstant().isBefore(now.plus(RENEW_BEFORE));
    }
  }

  private static void write(Path file, X509CertificateHolder certificate) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(
        fresh, Pem.encode("CERTIFICATE", certificate.getEncoded()), StandardCharsets.US_ASCII);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static X509CertificateHolder authority(SigningKey key, Instant now, SecureRandom random)
      throws CertIOException, OperatorCreationException {
    X500Name name = authorityName(key.publicKey());
    return builder(name, name, key.publicKey(), now, AUTHORITY_LIFETIME, random)
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign))
        .addExtension(
            Extension.nameConstraints,
            true,
            new NameConstraints(
                new GeneralSubtree[] {
                  new GeneralSubtree(new GeneralName(GeneralName.dNSName, "localhost")),
                  new GeneralSubtree(new GeneralName(GeneralName.iPAddress, "127.0.0.1/32")),
                  new GeneralSubtree(new GeneralName(GeneralName.iPAddress, "::1/128"))
                },
                null))
        .addExtension(Extension.subjectKeyIdentifier, false, identifier(key.publicKey()))
        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(privateKey(key)));
  }

  private static X509CertificateHolder server(
      SigningKey issuer, VerifyingKey own, Instant now, SecureRandom random)
      throws CertIOException, OperatorCreationException {
    return builder(
            authorityName(issuer.publicKey()),
            new X500Name("CN=localhost"),
            own,
            now,
            CERTIFICATE_LIFETIME,
            random)
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
        .addExtension(
            Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
        .addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(
                new GeneralName[] {
                  new GeneralName(GeneralName.dNSName, "localhost"),
                  new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
                  new GeneralName(GeneralName.iPAddress, "::1")
                }))
        .addExtension(
            Extension.authorityKeyIdentifier,
            false,
            extensions().createAuthorityKeyIdentifier(info(issuer.publicKey())))
        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(privateKey(issuer)));
  }

  /// The key's id is in the name: two authorities of one machine are told apart.
  private static X500Name authorityName(VerifyingKey key) {
    return new X500Name("CN=Sallyport on this machine " + key.keyId().substring(0, 8));
  }

  private static X509v3CertificateBuilder builder(
      X500Name issuer,
      X500Name subject,
      VerifyingKey key,
      Instant now,
      Duration lifetime,
      SecureRandom random) {
    return new X509v3CertificateBuilder(
        issuer,
        new BigInteger(120, random).setBit(119),
        Date.from(now.minus(Duration.ofMinutes(5))),
        Date.from(now.plus(lifetime)),
        subject,
        info(key));
  }

  private static SubjectPublicKeyInfo info(VerifyingKey key) {
    return SubjectPublicKeyInfo.getInstance(key.spki());
  }

  private static org.bouncycastle.asn1.x509.SubjectKeyIdentifier identifier(VerifyingKey key) {
    return extensions().createSubjectKeyIdentifier(info(key));
  }

  private static JcaX509ExtensionUtils extensions() {
    try {
      return new JcaX509ExtensionUtils();
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1 for key ids", e);
    }
  }

  private static PrivateKey privateKey(SigningKey key) {
    PrivateKey jdkKey = key.jdkKey();
    if (jdkKey == null) {
      throw new KeyException("certificates are signed with P-256 keys only");
    }
    return jdkKey;
  }
}
