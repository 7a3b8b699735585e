package dev.sallyport.keys;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;

/// A public key that checks signatures; equal when its SubjectPublicKeyInfo bytes are.
///
/// Ed25519 runs on BouncyCastle's low-level code, which is several times faster than the JDK's.
public final class VerifyingKey {
  private static final int MAX_PEM_CHARS = 16 * 1024;

  private final KeyAlgorithm algorithm;
  private final byte[] spki;
  private final byte @Nullable [] ed25519;
  private final @Nullable PublicKey jdkKey;

  private VerifyingKey(
      KeyAlgorithm algorithm, byte[] spki, byte @Nullable [] ed25519, @Nullable PublicKey jdkKey) {
    this.algorithm = algorithm;
    this.spki = spki;
    this.ed25519 = ed25519;
    this.jdkKey = jdkKey;
  }

  /// Reads one `PUBLIC KEY` block (RFC 7468 section 13).
  ///
  /// @throws KeyException if the text is no such block or the key is weak or of an unknown kind
  public static VerifyingKey ofPem(String pem) {
    if (pem.length() > MAX_PEM_CHARS) {
      throw new KeyException("public key file is larger than " + MAX_PEM_CHARS + " characters");
    }
    return ofSpki(Pem.decode(pem, "PUBLIC KEY"));
  }

  /// Reads a DER SubjectPublicKeyInfo (RFC 5280 section 4.1).
  ///
  /// @throws KeyException if the bytes are not one, or the key is weak or of an unknown kind
  public static VerifyingKey ofSpki(byte[] der) {
    SubjectPublicKeyInfo info;
    try {
      info = SubjectPublicKeyInfo.getInstance(der);
    } catch (RuntimeException e) {
      throw new KeyException("not a public key", e);
    }
    String oid = info.getAlgorithm().getAlgorithm().getId();
    if (oid.equals(EdECObjectIdentifiers.id_Ed25519.getId())) {
      return ofEd25519(info.getPublicKeyData().getOctets());
    }
    return switch (oid) {
      case "1.2.840.10045.2.1" -> ofJdk(der, "EC");
      case "1.2.840.113549.1.1.1" -> ofJdk(der, "RSA");
      default -> throw new KeyException("unknown key algorithm " + oid);
    };
  }

  /// Takes the 32 bytes of an Ed25519 public key; points outside the prime-order group are refused.
  public static VerifyingKey ofEd25519(byte[] raw) {
    if (raw.length != Ed25519.PUBLIC_KEY_SIZE || !Ed25519.validatePublicKeyFull(raw, 0)) {
      throw new KeyException("not an Ed25519 public key");
    }
    try {
      byte[] spki =
          SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(
                  new Ed25519PublicKeyParameters(raw))
              .getEncoded();
      return new VerifyingKey(KeyAlgorithm.ED25519, spki, raw.clone(), null);
    } catch (IOException e) {
      throw new KeyException("couldn't encode key", e);
    }
  }

  /// Takes the key of a certificate or a JDK key pair.
  public static VerifyingKey ofJdk(PublicKey key) {
    byte[] encoded = key.getEncoded();
    if (encoded == null) {
      throw new KeyException("key has no encoding");
    }
    return ofSpki(encoded);
  }

  private static VerifyingKey ofJdk(byte[] der, String kind) {
    PublicKey key;
    try {
      key = KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(der));
    } catch (GeneralSecurityException e) {
      throw new KeyException("not a valid " + kind + " public key", e);
    }
    KeyAlgorithm algorithm =
        switch (key) {
          case ECPublicKey ec ->
              switch (ec.getParams().getCurve().getField().getFieldSize()) {
                case 256 -> KeyAlgorithm.ECDSA_P256;
                case 384 -> KeyAlgorithm.ECDSA_P384;
                case 521 -> KeyAlgorithm.ECDSA_P521;
                default -> throw new KeyException("unknown elliptic curve");
              };
          case RSAPublicKey rsa -> {
            int bits = rsa.getModulus().bitLength();
            if (bits < 2048 || bits > 8192) {
              throw new KeyException("RSA key has " + bits + " bits, wanted 2048 to 8192");
            }
            yield KeyAlgorithm.RSA_SHA256;
          }
          default -> throw new KeyException("unknown key kind");
        };
    // The JDK's own encoding is canonical, so two spellings of one key compare equal.
    return new VerifyingKey(algorithm, key.getEncoded(), null, key);
  }

  /// What signatures of this key look like.
  public KeyAlgorithm algorithm() {
    return algorithm;
  }

  /// The DER SubjectPublicKeyInfo.
  public byte[] spki() {
    return spki.clone();
  }

  /// The 32 raw bytes of an Ed25519 key (for signed notes and OKP JWKs).
  ///
  /// @throws KeyException for another algorithm
  public byte[] rawEd25519() {
    if (ed25519 == null) {
      throw new KeyException("not an Ed25519 key");
    }
    return ed25519.clone();
  }

  /// The key as the JDK sees it, for libraries that want one; null for Ed25519.
  public @Nullable PublicKey jdkKey() {
    return jdkKey;
  }

  /// Lower-case hex of SHA-256 over the SubjectPublicKeyInfo: the id used in DSSE `keyid` and in
  /// entries.
  public String keyId() {
    return HexFormat.of().formatHex(sha256().digest(spki));
  }

  /// The `PUBLIC KEY` block.
  public String pem() {
    return Pem.encode("PUBLIC KEY", spki);
  }

  /// Whether `signature` over `message` was made by this key; a malformed signature is false.
  public boolean verify(byte[] message, byte[] signature) {
    if (ed25519 != null) {
      return signature.length == Ed25519.SIGNATURE_SIZE
          && Ed25519.verify(signature, 0, ed25519, 0, message, 0, message.length);
    }
    try {
      Signature verifier = Signature.getInstance(jcaName());
      verifier.initVerify(jdkKey);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException malformed) {
      return false;
    }
  }

  private String jcaName() {
    return switch (algorithm) {
      case ED25519 -> "Ed25519";
      case ECDSA_P256 -> "SHA256withECDSA";
      case ECDSA_P384 -> "SHA384withECDSA";
      case ECDSA_P521 -> "SHA512withECDSA";
      case RSA_SHA256 -> "SHA256withRSA";
    };
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VerifyingKey key && Arrays.equals(spki, key.spki);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(spki);
  }

  @Override
  public String toString() {
    return algorithm + " " + keyId().substring(0, 16);
  }
}
