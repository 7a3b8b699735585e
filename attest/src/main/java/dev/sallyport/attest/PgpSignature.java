package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sallyport.attest.SshWire.Malformed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Set;
import org.bouncycastle.bcpg.ArmoredInputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.sig.IssuerFingerprint;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;

/// One detached OpenPGP signature (RFC 9580 section 5.2).
record PgpSignature(PGPSignature packet) {
  static final String BEGIN = "-----BEGIN PGP SIGNATURE-----";
  private static final int MAX_CHARS = 256 * 1024;
  // Subpackets whose meaning we apply or that say nothing about validity; another critical one
  // forbids use.
  private static final Set<Integer> UNDERSTOOD = Set.of(2, 3, 4, 16, 22, 25, 26, 28, 33, 35);

  /// Takes the armour off.
  ///
  /// @throws Malformed if it holds anything but exactly one signature
  static PgpSignature parse(String armoured) {
    if (armoured.length() > MAX_CHARS) {
      throw new Malformed("signature is too large");
    }
    try (var in = new ArmoredInputStream(new ByteArrayInputStream(armoured.getBytes(US_ASCII)))) {
      var factory = new BcPGPObjectFactory(in);
      if (!(factory.nextObject() instanceof PGPSignatureList list)
          || list.size() != 1
          || factory.nextObject() != null) {
        throw new Malformed("expected exactly one signature");
      }
      return new PgpSignature(list.get(0));
    } catch (IOException | RuntimeException e) {
      throw new Malformed("not an OpenPGP signature");
    }
  }

  long keyId() {
    return packet.getKeyID();
  }

  /// The issuer's fingerprint where the signature names it, else its key id; upper-case hex.
  String issuer() {
    IssuerFingerprint fingerprint =
        packet.hasSubpackets() ? packet.getHashedSubPackets().getIssuerFingerprint() : null;
    return fingerprint != null
        ? HexFormat.of().withUpperCase().formatHex(fingerprint.getFingerprint())
        : HexFormat.of().withUpperCase().toHexDigits(packet.getKeyID());
  }

  boolean weakHash() {
    return switch (packet.getHashAlgorithm()) {
      case HashAlgorithmTags.SHA256,
          HashAlgorithmTags.SHA384,
          HashAlgorithmTags.SHA512,
          HashAlgorithmTags.SHA224,
          HashAlgorithmTags.SHA3_256,
          HashAlgorithmTags.SHA3_512 ->
          false;
      default -> true;
    };
  }

  boolean ofDocument() {
    return packet.getSignatureType() == PGPSignature.BINARY_DOCUMENT
        || packet.getSignatureType() == PGPSignature.CANONICAL_TEXT_DOCUMENT;
  }

  boolean understood() {
    if (!packet.hasSubpackets()) {
      return true;
    }
    for (int tag : packet.getHashedSubPackets().getCriticalTags()) {
      if (!UNDERSTOOD.contains(tag)) {
        return false;
      }
    }
    return true;
  }

  /// Seconds after creation when the signature itself ends, 0 for never.
  long expiresAfterSeconds() {
    return packet.hasSubpackets() ? packet.getHashedSubPackets().getSignatureExpirationTime() : 0;
  }

  boolean holds(byte[] message, PGPPublicKey key) {
    try {
      packet.init(new BcPGPContentVerifierBuilderProvider(), key);
      packet.update(message);
      return packet.verify();
    } catch (PGPException | RuntimeException malformed) {
      return false;
    }
  }
}
