package dev.sallyport.keys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.bouncycastle.jce.spec.ECNamedCurveParameterSpec;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;

/// A private key that signs: Ed25519 or ECDSA P-256, held in a PKCS#8 file that only its owner may
/// read.
public final class SigningKey {
  private static final int MAX_FILE_BYTES = 16 * 1024;

  private final VerifyingKey publicKey;
  private final byte @Nullable [] ed25519;
  private final @Nullable PrivateKey jdkKey;
  private final byte[] pkcs8;

  private SigningKey(
      VerifyingKey publicKey,
      byte @Nullable [] ed25519,
      @Nullable PrivateKey jdkKey,
      byte[] pkcs8) {
    this.publicKey = publicKey;
    this.ed25519 = ed25519;
    this.jdkKey = jdkKey;
    this.pkcs8 = pkcs8;
  }

  /// A fresh key.
  ///
  /// @param random where its bits come from
  /// @throws KeyException for an algorithm the house does not sign with
  public static SigningKey generate(KeyAlgorithm algorithm, SecureRandom random) {
    return switch (algorithm) {
      case ED25519 -> {
        byte[] seed = new byte[Ed25519.SECRET_KEY_SIZE];
        random.nextBytes(seed);
        yield ofEd25519Seed(seed);
      }
      case ECDSA_P256 -> {
        try {
          KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
          generator.initialize(new ECGenParameterSpec("secp256r1"), random);
          var pair = generator.generateKeyPair();
          yield new SigningKey(
              VerifyingKey.ofJdk(pair.getPublic()),
              null,
              pair.getPrivate(),
              pair.getPrivate().getEncoded());
        } catch (GeneralSecurityException e) {
          throw new KeyException("couldn't generate key", e);
        }
      }
      case ECDSA_P384, ECDSA_P521, RSA_SHA256 ->
          throw new KeyException("the house signs with ED25519 or ECDSA_P256 only");
    };
  }

  private static SigningKey ofEd25519Seed(byte[] seed) {
    var parameters = new Ed25519PrivateKeyParameters(seed);
    try {
      byte[] pkcs8 = PrivateKeyInfoFactory.createPrivateKeyInfo(parameters).getEncoded();
      return new SigningKey(
          VerifyingKey.ofEd25519(parameters.generatePublicKey().getEncoded()), seed, null, pkcs8);
    } catch (IOException e) {
      throw new KeyException("couldn't encode key", e);
    }
  }

  /// Reads an unencrypted `PRIVATE KEY` block (RFC 5958).
  ///
  /// @throws KeyException if the text is no such block or its kind is not one the house signs with
  public static SigningKey ofPem(String pem) {
    byte[] der = Pem.decode(pem, "PRIVATE KEY");
    PrivateKeyInfo parsed;
    try {
      parsed = PrivateKeyInfo.getInstance(der);
      if (parsed.getPrivateKeyAlgorithm().getAlgorithm().equals(EdECObjectIdentifiers.id_Ed25519)) {
        byte[] seed = ASN1OctetString.getInstance(parsed.parsePrivateKey()).getOctets();
        return ofEd25519Seed(seed);
      }
    } catch (IOException | RuntimeException e) {
      throw new KeyException("not a private key");
    }
    if (!parsed.getPrivateKeyAlgorithm().getAlgorithm().getId().equals("1.2.840.10045.2.1")) {
      throw new KeyException("the house signs with ED25519 or ECDSA_P256 only");
    }
    return ofEcPkcs8(der);
  }

  private static SigningKey ofEcPkcs8(byte[] der) {
    try {
      PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
      if (!(key instanceof ECPrivateKey ec)
          || ec.getParams().getCurve().getField().getFieldSize() != 256) {
        throw new KeyException("the house signs with ED25519 or ECDSA_P256 only");
      }
      ECNamedCurveParameterSpec curve = ECNamedCurveTable.getParameterSpec("secp256r1");
      var domain = new ECDomainParameters(curve.getCurve(), curve.getG(), curve.getN());
      var point = domain.getG().multiply(ec.getS()).normalize();
      var spki =
          SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(
              new ECPublicKeyParameters(
                  point, new ECNamedDomainParameters(SECObjectIdentifiers.secp256r1, domain)));
      return new SigningKey(VerifyingKey.ofSpki(spki.getEncoded()), null, key, der);
    } catch (GeneralSecurityException | IOException e) {
      throw new KeyException("not a valid EC private key");
    }
  }

  /// Reads a key file.
  ///
  /// @throws KeyException if it is missing, not a key, or readable by anyone but its owner
  public static SigningKey read(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new KeyException("key file `" + file + "` is too large");
      }
      if (!OwnerOnly.holds(file)) {
        throw new KeyException(
            "key file `" + file + "` may be used by others: run chmod 600 on it first");
      }
      return ofPem(Files.readString(file, StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new KeyException("couldn't read key file `" + file + "`", e);
    }
  }

  /// Writes the key to a new file of mode 0600: the whole file or none, synced before it has its
  /// name.
  ///
  /// @throws KeyException if the file exists or cannot be written
  public void writeNew(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || Files.exists(file)) {
      throw new KeyException("key file `" + file + "` exists already");
    }
    try {
      Path fresh = OwnerOnly.createIn(folder);
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        channel.write(
            ByteBuffer.wrap(Pem.encode("PRIVATE KEY", pkcs8).getBytes(StandardCharsets.US_ASCII)));
        channel.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new KeyException("couldn't write key file `" + file + "`", e);
    }
  }

  /// The `PRIVATE KEY` block, for a caller that keeps it in a file of mode 0600 with other things.
  public String pem() {
    return Pem.encode("PRIVATE KEY", pkcs8);
  }

  /// The public half.
  public VerifyingKey publicKey() {
    return publicKey;
  }

  /// The key as the JDK sees it, for libraries that want one (TLS, JOSE); null for Ed25519.
  public @Nullable PrivateKey jdkKey() {
    return jdkKey;
  }

  /// Signs `message`: 64 raw bytes for Ed25519, DER for ECDSA.
  public byte[] sign(byte[] message) {
    if (ed25519 != null) {
      byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
      Ed25519.sign(ed25519, 0, message, 0, message.length, signature, 0);
      return signature;
    }
    try {
      Signature signer = Signature.getInstance("SHA256withECDSA");
      signer.initSign(jdkKey);
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new KeyException("couldn't sign", e);
    }
  }

  /// The public half's name; never the key.
  @Override
  public String toString() {
    return "signing key of " + publicKey;
  }
}
