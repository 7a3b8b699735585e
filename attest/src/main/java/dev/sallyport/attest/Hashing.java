package dev.sallyport.attest;

import java.io.IOException;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERSequence;

/// The digests and the one DER shape that signature formats share.
final class Hashing {
  private Hashing() {}

  static byte[] sha256(byte[] bytes) {
    return digest("SHA-256", bytes);
  }

  static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm, e);
    }
  }

  /// `Ecdsa-Sig-Value` (RFC 3279 section 2.2.3).
  static byte[] derSignature(BigInteger r, BigInteger s) {
    var values = new ASN1EncodableVector();
    values.add(new ASN1Integer(r));
    values.add(new ASN1Integer(s));
    try {
      return new DERSequence(values).getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException("two integers always encode", e);
    }
  }
}
