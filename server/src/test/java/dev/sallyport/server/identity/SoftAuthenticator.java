package dev.sallyport.server.identity;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;

/// An authenticator and the browser around it, byte by byte as WebAuthn sections 6.1, 6.5 and 5.8.1
/// say; every byte that an attacker could turn can be turned.
public final class SoftAuthenticator {
  private static final int USER_PRESENT = 0x01;
  private static final int USER_VERIFIED = 0x04;
  private static final int ATTESTED = 0x40;

  private final KeyPair key;
  private final byte[] id = new byte[16];

  /// What it says next.
  public int counter = 1;

  /// Whether the person showed more than presence.
  public boolean verifiesUser = true;

  /// Makes one with a fresh key.
  public SoftAuthenticator() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      key = generator.generateKeyPair();
      new SecureRandom().nextBytes(id);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// What `navigator.credentials.create` gives, as JSON.
  public String create(String challenge, String relyingParty, String origin) {
    var out = new ByteArrayOutputStream();
    out.write(0xa3);
    text(out, "fmt");
    text(out, "none");
    text(out, "attStmt");
    out.write(0xa0);
    text(out, "authData");
    byte[] data = authenticatorData(relyingParty, true);
    out.write(0x58);
    out.write(data.length);
    out.writeBytes(data);
    return json(
        "\"attestationObject\":\""
            + encoded(out.toByteArray())
            + "\",\"clientDataJSON\":\""
            + encoded(clientData("webauthn.create", challenge, origin))
            + "\"");
  }

  /// What `navigator.credentials.get` gives, as JSON.
  public String get(String challenge, String relyingParty, String origin) {
    byte[] data = authenticatorData(relyingParty, false);
    byte[] client = clientData("webauthn.get", challenge, origin);
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(key.getPrivate());
      signature.update(data);
      signature.update(sha256(client));
      return json(
          "\"authenticatorData\":\""
              + encoded(data)
              + "\",\"clientDataJSON\":\""
              + encoded(client)
              + "\",\"signature\":\""
              + encoded(signature.sign())
              + "\"");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private String json(String response) {
    return "{\"id\":\"%s\",\"rawId\":\"%s\",\"type\":\"public-key\",\"response\":{%s},\"clientExtensionResults\":{}}"
        .formatted(encoded(id), encoded(id), response);
  }

  private static byte[] clientData(String type, String challenge, String origin) {
    return "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\",\"crossOrigin\":false}"
        .formatted(type, challenge, origin)
        .getBytes(StandardCharsets.UTF_8);
  }

  private byte[] authenticatorData(String relyingParty, boolean attested) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(sha256(relyingParty.getBytes(StandardCharsets.UTF_8)));
    out.write(USER_PRESENT | (verifiesUser ? USER_VERIFIED : 0) | (attested ? ATTESTED : 0));
    out.writeBytes(ByteBuffer.allocate(4).putInt(counter++).array());
    if (attested) {
      out.writeBytes(new byte[16]);
      out.write(0);
      out.write(id.length);
      out.writeBytes(id);
      // COSE_Key (RFC 9053 section 7.1): kty EC2, alg ES256, crv P-256, x, y.
      out.writeBytes(new byte[] {(byte) 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32});
      ECPublicKey point = (ECPublicKey) key.getPublic();
      out.writeBytes(coordinate(point.getW().getAffineX()));
      out.writeBytes(new byte[] {0x22, 0x58, 32});
      out.writeBytes(coordinate(point.getW().getAffineY()));
    }
    return out.toByteArray();
  }

  private static byte[] coordinate(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[32];
    int length = Math.min(32, bytes.length);
    System.arraycopy(bytes, bytes.length - length, fixed, 32 - length, length);
    return fixed;
  }

  private static void text(ByteArrayOutputStream out, String text) {
    out.write(0x60 | text.length());
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(Arrays.copyOf(bytes, bytes.length));
  }
}
