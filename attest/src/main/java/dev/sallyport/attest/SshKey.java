package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sallyport.attest.SshWire.Malformed;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;

/// A public key as OpenSSH writes it (RFC 4253 section 6.6, RFC 5656, RFC 8709, PROTOCOL.u2f),
/// without certificate.
final class SshKey {
  private static final int MIN_RSA_BITS = 2048;
  private static final int MAX_RSA_BITS = 16384;

  private final String type;
  private final byte[] blob;
  private final byte @Nullable [] ed25519;
  private final @Nullable PublicKey jdkKey;
  private final @Nullable String application;
  private final String fingerprint;

  private SshKey(
      String type,
      byte[] blob,
      byte @Nullable [] ed25519,
      @Nullable PublicKey jdkKey,
      @Nullable String application) {
    this.type = type;
    this.blob = blob;
    this.ed25519 = ed25519;
    this.jdkKey = jdkKey;
    this.application = application;
    this.fingerprint = fingerprint(blob);
  }

  /// Reads a whole key blob.
  ///
  /// @throws Malformed if it is none
  /// @throws UnsupportedSshKey if its type is not one we verify
  static SshKey parse(byte[] blob) {
    SshWire wire = new SshWire(blob);
    SshKey key = readFields(wire.text(), wire, blob);
    wire.expectEnd();
    return key;
  }

  /// Reads the fields that follow the type name: the same inside keys and certificates.
  static SshKey readFields(String type, SshWire wire, byte @Nullable [] wholeBlob) {
    int from = wire.position();
    return switch (type) {
      case "ssh-ed25519" -> {
        byte[] point = ed25519Point(wire);
        yield new SshKey(type, blobOf(type, wholeBlob, point), point, null, null);
      }
      case "sk-ssh-ed25519@openssh.com" -> {
        byte[] point = ed25519Point(wire);
        String application = wire.text();
        yield new SshKey(
            type,
            blobOf(type, wholeBlob, point, application.getBytes(UTF_8)),
            point,
            null,
            application);
      }
      case "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521" -> {
        String curve = wire.text();
        byte[] point = wire.string();
        if (!type.endsWith(curve)) {
          throw new Malformed("curve does not match key type");
        }
        yield new SshKey(
            type,
            blobOf(type, wholeBlob, curve.getBytes(UTF_8), point),
            null,
            ecKey(curve, point),
            null);
      }
      case "sk-ecdsa-sha2-nistp256@openssh.com" -> {
        String curve = wire.text();
        byte[] point = wire.string();
        String application = wire.text();
        if (!curve.equals("nistp256")) {
          throw new Malformed("curve does not match key type");
        }
        yield new SshKey(
            type,
            blobOf(type, wholeBlob, curve.getBytes(UTF_8), point, application.getBytes(UTF_8)),
            null,
            ecKey(curve, point),
            application);
      }
      case "ssh-rsa" -> {
        byte[] exponent = wire.string();
        byte[] modulus = wire.string();
        yield new SshKey(
            type,
            blobOf(type, wholeBlob, exponent, modulus),
            null,
            rsaKey(new BigInteger(1, exponent), new BigInteger(1, modulus)),
            null);
      }
      default -> throw new UnsupportedSshKey(type + " at " + from);
    };
  }

  /// A key type or size that is known and not accepted; told apart from bytes that are nonsense.
  static final class UnsupportedSshKey extends RuntimeException {
    UnsupportedSshKey(String what) {
      super(what);
    }
  }

  private static byte[] blobOf(String type, byte @Nullable [] whole, byte[]... fields) {
    if (whole != null) {
      return whole;
    }
    var out = new ByteArrayOutputStream();
    out.writeBytes(SshWire.stringOf(type.getBytes(UTF_8)));
    for (byte[] field : fields) {
      out.writeBytes(SshWire.stringOf(field));
    }
    return out.toByteArray();
  }

  private static byte[] ed25519Point(SshWire wire) {
    byte[] point = wire.string();
    if (point.length != Ed25519.PUBLIC_KEY_SIZE || !Ed25519.validatePublicKeyFull(point, 0)) {
      throw new Malformed("not an Ed25519 key");
    }
    return point;
  }

  private static PublicKey ecKey(String curve, byte[] point) {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(curve.replace("nistp", "secp") + "r1"));
      ECParameterSpec spec = parameters.getParameterSpec(ECParameterSpec.class);
      int size = (spec.getCurve().getField().getFieldSize() + 7) / 8;
      if (point.length != 2 * size + 1 || point[0] != 4) {
        throw new Malformed("not an uncompressed point");
      }
      ECPoint w =
          new ECPoint(
              new BigInteger(1, Arrays.copyOfRange(point, 1, size + 1)),
              new BigInteger(1, Arrays.copyOfRange(point, size + 1, 2 * size + 1)));
      // The JDK's verifier refuses a point that is not on the curve.
      return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(w, spec));
    } catch (GeneralSecurityException e) {
      throw new Malformed("not an EC key");
    }
  }

  private static PublicKey rsaKey(BigInteger exponent, BigInteger modulus) {
    int bits = modulus.bitLength();
    if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
      throw new UnsupportedSshKey("RSA of " + bits + " bits");
    }
    try {
      return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent));
    } catch (GeneralSecurityException e) {
      throw new Malformed("not an RSA key");
    }
  }

  byte[] blob() {
    return blob;
  }

  /// `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it.
  String fingerprint() {
    return fingerprint;
  }

  static String fingerprint(byte[] blob) {
    return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(Hashing.sha256(blob));
  }

  /// Checks an SSH signature blob over `message`.
  ///
  /// @throws Malformed if the blob's bytes are not a signature of this key's type
  /// @throws UnsupportedSshKey if its algorithm is refused (SHA-1, WebAuthn)
  boolean verify(byte[] message, byte[] signatureBlob) {
    SshWire wire = new SshWire(signatureBlob);
    String algorithm = wire.text();
    byte[] signature = wire.string();
    boolean holds =
        switch (type) {
          case "ssh-ed25519" -> {
            expect(algorithm, type);
            yield verifyEd25519(message, signature);
          }
          case "ecdsa-sha2-nistp256" -> ecdsa(algorithm, "SHA256withECDSA", message, signature);
          case "ecdsa-sha2-nistp384" -> ecdsa(algorithm, "SHA384withECDSA", message, signature);
          case "ecdsa-sha2-nistp521" -> ecdsa(algorithm, "SHA512withECDSA", message, signature);
          case "ssh-rsa" -> rsa(algorithm, message, signature);
          case "sk-ssh-ed25519@openssh.com" -> {
            expect(algorithm, type);
            yield verifyEd25519(authenticatorData(message, wire), signature);
          }
          case "sk-ecdsa-sha2-nistp256@openssh.com" -> {
            if (algorithm.startsWith("webauthn-")) {
              throw new UnsupportedSshKey(algorithm);
            }
            yield ecdsa(algorithm, "SHA256withECDSA", authenticatorData(message, wire), signature);
          }
          default -> throw new UnsupportedSshKey(type);
        };
    wire.expectEnd();
    return holds;
  }

  /// PROTOCOL.u2f: SHA256(application) || flags || counter || SHA256(message).
  private byte[] authenticatorData(byte[] message, SshWire wire) {
    byte[] flags = wire.raw(1);
    byte[] counter = wire.raw(4);
    var out = new ByteArrayOutputStream(69);
    out.writeBytes(Hashing.sha256((application == null ? "" : application).getBytes(UTF_8)));
    out.writeBytes(flags);
    out.writeBytes(counter);
    out.writeBytes(Hashing.sha256(message));
    return out.toByteArray();
  }

  private boolean verifyEd25519(byte[] message, byte[] signature) {
    return ed25519 != null
        && signature.length == Ed25519.SIGNATURE_SIZE
        && Ed25519.verify(signature, 0, ed25519, 0, message, 0, message.length);
  }

  private boolean ecdsa(String algorithm, String jcaName, byte[] message, byte[] signature) {
    expect(algorithm, type);
    SshWire wire = new SshWire(signature);
    BigInteger r = wire.mpint();
    BigInteger s = wire.mpint();
    wire.expectEnd();
    return verifyJdk(jcaName, message, Hashing.derSignature(r, s));
  }

  private boolean rsa(String algorithm, byte[] message, byte[] signature) {
    String jcaName =
        switch (algorithm) {
          case "rsa-sha2-256" -> "SHA256withRSA";
          case "rsa-sha2-512" -> "SHA512withRSA";
          case "ssh-rsa" -> throw new UnsupportedSshKey("ssh-rsa with SHA-1");
          default -> throw new Malformed("algorithm does not match key type");
        };
    // OpenSSH pads a signature that lost its leading zeros; the JDK wants the full width.
    int width = jdkKey instanceof RSAPublicKey rsa ? (rsa.getModulus().bitLength() + 7) / 8 : 0;
    byte[] full = signature;
    if (signature.length < width) {
      full = new byte[width];
      System.arraycopy(signature, 0, full, width - signature.length, signature.length);
    }
    return verifyJdk(jcaName, message, full);
  }

  private boolean verifyJdk(String jcaName, byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(jcaName);
      verifier.initVerify(jdkKey);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException malformed) {
      return false;
    }
  }

  private static void expect(String algorithm, String type) {
    if (!algorithm.equals(type)) {
      throw new Malformed("algorithm does not match key type");
    }
  }
}
