package dev.sallyport.attest;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.bcpg.sig.RevocationReason;
import org.bouncycastle.bcpg.sig.RevocationReasonTags;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPPublicKeyRingCollection;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.operator.bc.BcKeyFingerprintCalculator;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;
import org.jspecify.annotations.Nullable;

/// The declared OpenPGP keys, judged once when read: which may sign, for whom, from when to when
/// (RFC 9580 section 10).
///
/// Only what the primary key itself vouches for counts: user ids and subkeys without a valid
/// self-signature do not.
public final class PgpKeys {
  private static final int MAX_BYTES = 16 * 1024 * 1024;
  private static final int MAX_RINGS = 10_000;

  /// A key that may sign.
  ///
  /// @param fingerprint of the key itself, upper-case hex
  /// @param emails what the ring's valid user ids name, lower-case
  /// @param expires the end of its validity, or null
  /// @param revoked from when it is revoked, `Instant.MIN` for a compromised key, or null
  record Signer(
      PGPPublicKey key,
      String fingerprint,
      Set<String> emails,
      @Nullable Instant expires,
      @Nullable Instant revoked) {

    Instant created() {
      return key.getCreationTime().toInstant();
    }
  }

  private final Map<Long, List<Signer>> byKeyId = new HashMap<>();

  private PgpKeys() {}

  /// Nobody.
  public static PgpKeys none() {
    return new PgpKeys();
  }

  /// Reads armoured or binary key files.
  ///
  /// @throws SignerFileException if one is not a list of public keys; its position in `files` is
  ///   named
  public static PgpKeys parse(List<byte[]> files) {
    PgpKeys keys = new PgpKeys();
    for (int i = 0; i < files.size(); i++) {
      keys.add(files.get(i), i);
    }
    return keys;
  }

  List<Signer> byKeyId(long keyId) {
    return byKeyId.getOrDefault(keyId, List.of());
  }

  private void add(byte[] file, int index) {
    if (file.length > MAX_BYTES) {
      throw new SignerFileException("OpenPGP key file is larger than " + MAX_BYTES + " bytes");
    }
    try (InputStream in = PGPUtil.getDecoderStream(new ByteArrayInputStream(file))) {
      var rings = new PGPPublicKeyRingCollection(in, new BcKeyFingerprintCalculator());
      if (rings.size() == 0 || rings.size() > MAX_RINGS) {
        throw new SignerFileException("OpenPGP key file " + index + " holds no public key");
      }
      for (PGPPublicKeyRing ring : rings) {
        addRing(ring);
      }
    } catch (IOException | PGPException | RuntimeException e) {
      throw new SignerFileException("OpenPGP key file is malformed: " + e.getMessage());
    }
  }

  private void addRing(PGPPublicKeyRing ring) throws PGPException {
    PGPPublicKey primary = ring.getPublicKey();
    List<PGPSignature> selfSignatures = new ArrayList<>();
    Set<String> emails = new LinkedHashSet<>();
    for (Iterator<byte[]> ids = primary.getRawUserIDs(); ids.hasNext(); ) {
      byte[] id = ids.next();
      PGPSignature newest = newestUserIdSignature(primary, id);
      if (newest != null) {
        selfSignatures.add(newest);
        emails.add(email(new String(id, StandardCharsets.UTF_8)));
      }
    }
    for (Iterator<PGPSignature> direct = primary.getSignaturesOfType(PGPSignature.DIRECT_KEY);
        direct.hasNext(); ) {
      PGPSignature signature = direct.next();
      if (verifiesKey(signature, primary, primary)) {
        selfSignatures.add(signature);
      }
    }
    if (selfSignatures.isEmpty()) {
      return; // nobody vouches for this key, not even itself
    }
    PGPSignature newest =
        selfSignatures.stream().max(Comparator.comparing(PgpKeys::made)).orElseThrow();
    Instant primaryExpires = expiry(primary, newest);
    Instant primaryRevoked = revocation(primary, primary, PGPSignature.KEY_REVOCATION);
    if (maySign(newest, true)) {
      register(primary, emails, primaryExpires, primaryRevoked);
    }
    for (Iterator<PGPPublicKey> keys = ring.getPublicKeys(); keys.hasNext(); ) {
      PGPPublicKey subkey = keys.next();
      if (subkey.isMasterKey()) {
        continue;
      }
      PGPSignature binding = newestBinding(primary, subkey);
      if (binding == null || !maySign(binding, false) || !backSigned(binding, primary, subkey)) {
        continue;
      }
      Instant revoked = revocation(primary, subkey, PGPSignature.SUBKEY_REVOCATION);
      register(
          subkey,
          emails,
          earlier(primaryExpires, expiry(subkey, binding)),
          earlier(primaryRevoked, revoked));
    }
  }

  private void register(
      PGPPublicKey key, Set<String> emails, @Nullable Instant expires, @Nullable Instant revoked) {
    String fingerprint = HexFormat.of().withUpperCase().formatHex(key.getFingerprint());
    byKeyId
        .computeIfAbsent(key.getKeyID(), _ -> new ArrayList<>())
        .add(new Signer(key, fingerprint, Set.copyOf(emails), expires, revoked));
  }

  private static @Nullable PGPSignature newestUserIdSignature(PGPPublicKey primary, byte[] id)
      throws PGPException {
    PGPSignature newest = null;
    PGPSignature newestRevocation = null;
    for (Iterator<PGPSignature> all = primary.getSignaturesForID(id);
        all != null && all.hasNext(); ) {
      PGPSignature signature = all.next();
      boolean revocation = signature.getSignatureType() == PGPSignature.CERTIFICATION_REVOCATION;
      if (signature.getKeyID() != primary.getKeyID()
          || !(revocation || signature.isCertification())) {
        continue;
      }
      signature.init(new BcPGPContentVerifierBuilderProvider(), primary);
      if (!signature.verifyCertification(id, primary)) {
        continue;
      }
      if (revocation) {
        newestRevocation = newer(newestRevocation, signature);
      } else {
        newest = newer(newest, signature);
      }
    }
    boolean revoked =
        newest != null
            && newestRevocation != null
            && !made(newestRevocation).isBefore(made(newest));
    return revoked ? null : newest;
  }

  private static PGPSignature newer(@Nullable PGPSignature a, PGPSignature b) {
    return a == null || made(b).isAfter(made(a)) ? b : a;
  }

  private static Instant made(PGPSignature signature) {
    return signature.getCreationTime().toInstant();
  }

  private static @Nullable PGPSignature newestBinding(PGPPublicKey primary, PGPPublicKey subkey)
      throws PGPException {
    PGPSignature newest = null;
    for (Iterator<PGPSignature> all = subkey.getSignaturesOfType(PGPSignature.SUBKEY_BINDING);
        all.hasNext(); ) {
      PGPSignature signature = all.next();
      signature.init(new BcPGPContentVerifierBuilderProvider(), primary);
      if (signature.verifyCertification(primary, subkey)) {
        newest = newer(newest, signature);
      }
    }
    return newest;
  }

  /// A signing subkey must itself say whose it is (RFC 9580 section 5.2.1.9), else it could be
  /// claimed by anyone.
  private static boolean backSigned(PGPSignature binding, PGPPublicKey primary, PGPPublicKey subkey)
      throws PGPException {
    PGPSignatureList embedded = binding.getHashedSubPackets().getEmbeddedSignatures();
    if (embedded.isEmpty() && binding.getUnhashedSubPackets() != null) {
      embedded = binding.getUnhashedSubPackets().getEmbeddedSignatures();
    }
    for (PGPSignature signature : embedded) {
      if (signature.getSignatureType() == PGPSignature.PRIMARYKEY_BINDING) {
        signature.init(new BcPGPContentVerifierBuilderProvider(), subkey);
        if (signature.verifyCertification(primary, subkey)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean maySign(PGPSignature selfSignature, boolean ifUnsaid) {
    if (!selfSignature.hasSubpackets()
        || selfSignature.getHashedSubPackets().getSubpacket(27) == null) {
      return ifUnsaid;
    }
    return (selfSignature.getHashedSubPackets().getKeyFlags() & KeyFlags.SIGN_DATA) != 0;
  }

  private static @Nullable Instant expiry(PGPPublicKey key, PGPSignature selfSignature) {
    long seconds =
        selfSignature.hasSubpackets()
            ? selfSignature.getHashedSubPackets().getKeyExpirationTime()
            : 0;
    return seconds == 0 ? null : key.getCreationTime().toInstant().plusSeconds(seconds);
  }

  private static @Nullable Instant revocation(PGPPublicKey primary, PGPPublicKey key, int type)
      throws PGPException {
    Instant earliest = null;
    for (Iterator<PGPSignature> all = key.getSignaturesOfType(type); all.hasNext(); ) {
      PGPSignature signature = all.next();
      if (verifiesKey(signature, primary, key)) {
        earliest = earlier(earliest, revokedFrom(signature));
      }
    }
    return earliest;
  }

  private static boolean verifiesKey(PGPSignature signature, PGPPublicKey primary, PGPPublicKey key)
      throws PGPException {
    if (signature.getKeyID() != 0 && signature.getKeyID() != primary.getKeyID()) {
      return false; // a designated revoker: not supported, and never a way to un-revoke
    }
    signature.init(new BcPGPContentVerifierBuilderProvider(), primary);
    return key.isMasterKey()
        ? signature.verifyCertification(key)
        : signature.verifyCertification(primary, key);
  }

  /// A retired or superseded key is bad from then on; for any other reason, or none, it always was.
  private static Instant revokedFrom(PGPSignature signature) {
    RevocationReason reason =
        signature.hasSubpackets() ? signature.getHashedSubPackets().getRevocationReason() : null;
    boolean soft =
        reason != null
            && (reason.getRevocationReason() == RevocationReasonTags.KEY_RETIRED
                || reason.getRevocationReason() == RevocationReasonTags.KEY_SUPERSEDED);
    return soft ? signature.getCreationTime().toInstant() : Instant.MIN;
  }

  private static @Nullable Instant earlier(@Nullable Instant a, @Nullable Instant b) {
    if (a == null) {
      return b;
    }
    return b == null || a.isBefore(b) ? a : b;
  }

  private static String email(String userId) {
    int open = userId.lastIndexOf('<');
    int close = userId.lastIndexOf('>');
    String email = open >= 0 && close > open ? userId.substring(open + 1, close) : userId;
    return email.strip().toLowerCase(Locale.ROOT);
  }
}
