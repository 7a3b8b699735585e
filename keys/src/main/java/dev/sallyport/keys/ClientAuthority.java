package dev.sallyport.keys;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/// A certificate authority for the clients of one server: its hosts' agents.
///
/// It takes nothing from a request (RFC 2986) but the key, and that only with a signature made by
/// it: name, purpose and life are ours to say. A certificate is for TLS clients alone, carries
/// exactly one name (a SPIFFE ID, "SPIFFE X.509-SVID" section 2) and ends after a day.
public final class ClientAuthority {
  /// How long a client's certificate lives.
  public static final Duration LIFETIME = Duration.ofHours(24);

  private static final Duration AUTHORITY_LIFETIME = Duration.ofDays(3650);
  private static final Duration BACKDATED = Duration.ofMinutes(5);
  private static final int MAX_REQUEST_CHARS = 8 * 1024;
  private static final int URI_NAME = 6;
  private static final String CLIENT_PURPOSE = KeyPurposeId.id_kp_clientAuth.getId();

  private final SigningKey key;
  private final X509Certificate certificate;
  private final SecureRandom random;

  private ClientAuthority(SigningKey key, X509Certificate certificate, SecureRandom random) {
    this.key = key;
    this.certificate = certificate;
    this.random = random;
  }

  /// The authority whose files lie in `folder` as `agents-ca.key` and `agents-ca.pem`; made where
  /// there are none.
  ///
  /// @throws KeyException if a file is damaged, does not fit the other or may be read by others
  public static ClientAuthority in(Path folder, Instant now, SecureRandom random) {
    Path keyFile = folder.resolve("agents-ca.key");
    Path certificateFile = folder.resolve("agents-ca.pem");
    try {
      if (Files.notExists(keyFile)) {
        SigningKey.generate(KeyAlgorithm.ECDSA_P256, random).writeNew(keyFile);
        Files.deleteIfExists(certificateFile);
      }
      SigningKey key = SigningKey.read(keyFile);
      if (Files.notExists(certificateFile)) {
        Path fresh = folder.resolve("agents-ca.pem.new");
        Files.writeString(fresh, pem(authority(key, now, random)), StandardCharsets.US_ASCII);
        Files.move(fresh, certificateFile, StandardCopyOption.ATOMIC_MOVE);
      }
      List<X509Certificate> read =
          CertificatePath.readPem(Files.readString(certificateFile, StandardCharsets.US_ASCII));
      if (read.size() != 1
          || !VerifyingKey.ofJdk(read.getFirst().getPublicKey()).equals(key.publicKey())) {
        throw new KeyException("`" + certificateFile + "` is not the certificate of its key");
      }
      return new ClientAuthority(key, read.getFirst(), random);
    } catch (IOException e) {
      throw new KeyException("couldn't make the authority for clients in `" + folder + "`", e);
    }
  }

  /// What servers trust to let these clients in.
  public X509Certificate certificate() {
    return certificate;
  }

  /// A request for a certificate of `key`, as PEM; the name in it is for people and binds nobody.
  public static String request(SigningKey key, String name) {
    try {
      return Pem.encode(
          "CERTIFICATE REQUEST",
          new JcaPKCS10CertificationRequestBuilder(
                  new X500Name("CN=" + name.replaceAll("[^A-Za-z0-9.-]", "")),
                  key.publicKey().jdkKey())
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(privateKey(key)))
              .getEncoded());
    } catch (IOException | OperatorCreationException e) {
      throw new KeyException("couldn't write a certificate request", e);
    }
  }

  /// Issues a certificate for the key of `request`.
  ///
  /// @param request PKCS#10 in PEM
  /// @param name the SPIFFE ID that the certificate will carry
  /// @return one PEM block
  /// @throws KeyException if the request is none, its signature does not hold or its key is not
  ///   P-256
  public String issue(String request, String name, Instant now) {
    VerifyingKey client = requested(request);
    X500Name issuer = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    try {
      var extensions = new JcaX509ExtensionUtils();
      X509CertificateHolder issued =
          builder(issuer, new X500Name("O=Sallyport agent"), client, now, LIFETIME, random)
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
              .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
              .addExtension(
                  Extension.extendedKeyUsage,
                  true,
                  new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth))
              .addExtension(
                  Extension.subjectAlternativeName,
                  false,
                  new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, name)))
              .addExtension(
                  Extension.authorityKeyIdentifier,
                  false,
                  extensions.createAuthorityKeyIdentifier(info(key.publicKey())))
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(privateKey(key)));
      return pem(issued);
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw new KeyException("couldn't issue a certificate", e);
    }
  }

  /// The key that asks, after its signature over the request was checked.
  private static VerifyingKey requested(String request) {
    if (request.length() > MAX_REQUEST_CHARS) {
      throw new KeyException("certificate request is too large");
    }
    byte[] der = Pem.decode(request, "CERTIFICATE REQUEST");
    try {
      var parsed = new PKCS10CertificationRequest(der);
      if (!Arrays.equals(parsed.getEncoded(), der)) {
        // The signature is checked over a new encoding: another spelling would slip through.
        throw new KeyException("not a certificate request");
      }
      VerifyingKey client = VerifyingKey.ofSpki(parsed.getSubjectPublicKeyInfo().getEncoded());
      if (client.algorithm() != KeyAlgorithm.ECDSA_P256) {
        throw new KeyException("certificates are issued for P-256 keys only");
      }
      if (!parsed.isSignatureValid(
          new JcaContentVerifierProviderBuilder().build(client.jdkKey()))) {
        throw new KeyException("certificate request is not signed by its key");
      }
      return client;
    } catch (IOException | OperatorCreationException | PKCSException e) {
      throw new KeyException("not a certificate request");
    } catch (KeyException e) {
      throw e;
    } catch (RuntimeException e) {
      // Damaged DER shows itself in many ways.
      throw new KeyException("not a certificate request");
    }
  }

  /// The name in a certificate of ours; empty for one of another authority, for another purpose,
  /// outside its time, or with more or fewer names than one.
  public Optional<String> nameOf(X509Certificate client, Instant now) {
    try {
      client.verify(certificate.getPublicKey());
      client.checkValidity(Date.from(now));
      List<String> purposes = client.getExtendedKeyUsage();
      if (purposes == null
          || !purposes.equals(List.of(CLIENT_PURPOSE))
          || client.getBasicConstraints() != -1) {
        return Optional.empty();
      }
      return onlyName(client);
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> onlyName(X509Certificate client)
      throws CertificateParsingException {
    Collection<List<?>> names = client.getSubjectAlternativeNames();
    if (names == null || names.size() != 1) {
      return Optional.empty();
    }
    List<?> only = names.iterator().next();
    return Integer.valueOf(URI_NAME).equals(only.get(0)) && only.get(1) instanceof String name
        ? Optional.of(name)
        : Optional.empty();
  }

  private static X509CertificateHolder authority(SigningKey key, Instant now, SecureRandom random) {
    // The key's id is in the name: two authorities of one machine are told apart.
    var name = new X500Name("CN=Sallyport agents " + key.publicKey().keyId().substring(0, 8));
    try {
      return builder(name, name, key.publicKey(), now, AUTHORITY_LIFETIME, random)
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
          .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign))
          .addExtension(
              Extension.extendedKeyUsage, true, new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth))
          .addExtension(
              Extension.subjectKeyIdentifier,
              false,
              new JcaX509ExtensionUtils().createSubjectKeyIdentifier(info(key.publicKey())))
          .build(new JcaContentSignerBuilder("SHA256withECDSA").build(privateKey(key)));
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw new KeyException("couldn't make an authority", e);
    }
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
        Date.from(now.minus(BACKDATED)),
        Date.from(now.plus(lifetime)),
        subject,
        info(key));
  }

  private static SubjectPublicKeyInfo info(VerifyingKey key) {
    return SubjectPublicKeyInfo.getInstance(key.spki());
  }

  private static String pem(X509CertificateHolder certificate) throws IOException {
    return Pem.encode("CERTIFICATE", certificate.getEncoded());
  }

  private static PrivateKey privateKey(SigningKey key) {
    PrivateKey jdkKey = key.jdkKey();
    if (jdkKey == null) {
      throw new KeyException("certificates are signed with P-256 keys only");
    }
    return jdkKey;
  }
}
