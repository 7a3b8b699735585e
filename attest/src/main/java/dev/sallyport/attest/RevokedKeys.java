package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sallyport.attest.SshWire.Malformed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Revoked SSH keys and certificates: OpenSSH's KRL (PROTOCOL.krl) or its plain list of public
/// keys.
///
/// A file that cannot be read in full is refused: half a revocation list would let the other half
/// in.
public final class RevokedKeys {
  private static final byte[] MAGIC = {'S', 'S', 'H', 'K', 'R', 'L', '\n', 0};
  private static final int MAX_BYTES = 64 * 1024 * 1024;
  private static final String ANY_AUTHORITY = "*";

  private final Set<String> keys = new HashSet<>();
  private final Set<String> sha1 = new HashSet<>();
  private final Set<String> sha256 = new HashSet<>();
  private final Map<String, List<Serials>> serials = new HashMap<>();
  private final Map<String, Set<String>> keyIds = new HashMap<>();

  /// Revoked serial numbers of one authority, both ends included, unsigned.
  private record Serials(long from, long to) {}

  private RevokedKeys() {}

  /// None revoked.
  public static RevokedKeys none() {
    return new RevokedKeys();
  }

  /// Reads a KRL or a list of public keys, told apart by the KRL's magic.
  ///
  /// @throws SignerFileException if any part of it is not understood
  public static RevokedKeys parse(byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new SignerFileException("revocation list is larger than " + MAX_BYTES + " bytes");
    }
    RevokedKeys revoked = new RevokedKeys();
    try {
      if (bytes.length >= MAGIC.length
          && Arrays.equals(Arrays.copyOf(bytes, MAGIC.length), MAGIC)) {
        revoked.readKrl(new SshWire(bytes));
      } else {
        revoked.readList(new String(bytes, UTF_8));
      }
    } catch (Malformed | IllegalArgumentException e) {
      throw new SignerFileException("revocation list is malformed: " + e.getMessage());
    }
    return revoked;
  }

  /// What either of the two revokes.
  public RevokedKeys and(RevokedKeys other) {
    RevokedKeys both = new RevokedKeys();
    for (RevokedKeys one : List.of(this, other)) {
      both.keys.addAll(one.keys);
      both.sha1.addAll(one.sha1);
      both.sha256.addAll(one.sha256);
      one.serials.forEach((authority, list) ->
          both.serials.computeIfAbsent(authority, _ -> new ArrayList<>()).addAll(list));
      one.keyIds.forEach((authority, ids) ->
          both.keyIds.computeIfAbsent(authority, _ -> new HashSet<>()).addAll(ids));
    }
    return both;
  }

  private void readList(String text) {
    for (String line : text.lines().toList()) {
      String stripped = line.strip();
      if (stripped.isEmpty() || stripped.startsWith("#")) {
        continue;
      }
      String[] words = stripped.split("\\s+");
      if (words.length < 2) {
        throw new Malformed("expected `key-type base64-key`");
      }
      keys.add(HexFormat.of().formatHex(plain(Base64.getDecoder().decode(words[1]))));
    }
  }

  private void readKrl(SshWire wire) {
    wire.raw(MAGIC.length);
    if (wire.uint32() != 1) {
      throw new Malformed("unknown KRL version");
    }
    wire.uint64(); // krl_version
    wire.uint64(); // generated_date
    wire.uint64(); // flags
    wire.string(); // reserved
    wire.string(); // comment
    while (!wire.atEnd()) {
      int section = wire.uint8();
      if (section == 4) {
        // KRL_SECTION_SIGNATURE: the list lies in the base of the change, which vouches for it.
        wire.string();
        wire.string();
        continue;
      }
      SshWire body = new SshWire(wire.string());
      switch (section) {
        case 1 -> certificates(body);
        case 2 -> strings(body, keys);
        case 3 -> strings(body, sha1);
        case 5 -> strings(body, sha256);
        default -> throw new Malformed("unknown KRL section " + section);
      }
    }
  }

  private static void strings(SshWire body, Set<String> into) {
    while (!body.atEnd()) {
      into.add(HexFormat.of().formatHex(body.string()));
    }
  }

  private void certificates(SshWire body) {
    byte[] authorityKey = body.string();
    String authority =
        authorityKey.length == 0 ? ANY_AUTHORITY : HexFormat.of().formatHex(authorityKey);
    body.string(); // reserved
    while (!body.atEnd()) {
      int kind = body.uint8();
      SshWire part = new SshWire(body.string());
      List<Serials> list = serials.computeIfAbsent(authority, _ -> new ArrayList<>());
      switch (kind) {
        case 0x20 -> {
          while (!part.atEnd()) {
            long serial = part.uint64();
            list.add(new Serials(serial, serial));
          }
        }
        case 0x21 -> list.add(new Serials(part.uint64(), part.uint64()));
        case 0x22 -> bitmap(part, list);
        case 0x23 -> {
          Set<String> ids = keyIds.computeIfAbsent(authority, _ -> new HashSet<>());
          while (!part.atEnd()) {
            ids.add(part.text());
          }
        }
        default -> throw new Malformed("unknown KRL certificate section " + kind);
      }
    }
  }

  private static void bitmap(SshWire part, List<Serials> list) {
    long offset = part.uint64();
    var bits = part.mpint();
    for (int bit = 0; bit < bits.bitLength(); bit++) {
      if (bits.testBit(bit)) {
        list.add(new Serials(offset + bit, offset + bit));
      }
    }
  }

  /// The plain key of a certificate line: revoking a certificate line revokes its key, as OpenSSH
  /// does.
  private static byte[] plain(byte[] blob) {
    String type = new SshWire(blob).text();
    return type.endsWith("-cert-v01@openssh.com") ? SshCertificate.parse(blob).key().blob() : blob;
  }

  boolean revokes(SshKey key, @Nullable SshCertificate certificate) {
    return revokesKey(key)
        || (certificate != null
            && (revokesKey(certificate.authority())
                || revokesCertificate(ANY_AUTHORITY, certificate)
                || revokesCertificate(
                    HexFormat.of().formatHex(certificate.authority().blob()), certificate)));
  }

  private boolean revokesKey(SshKey key) {
    HexFormat hex = HexFormat.of();
    return keys.contains(hex.formatHex(key.blob()))
        || sha256.contains(hex.formatHex(Hashing.sha256(key.blob())))
        || (!sha1.isEmpty() && sha1.contains(hex.formatHex(Hashing.digest("SHA-1", key.blob()))));
  }

  private boolean revokesCertificate(String authority, SshCertificate certificate) {
    if (keyIds.getOrDefault(authority, Set.of()).contains(certificate.keyId())) {
      return true;
    }
    // Serial 0 means "no serial": OpenSSH never revokes it by number.
    long serial = certificate.serial();
    return serial != 0
        && serials.getOrDefault(authority, List.of()).stream()
            .anyMatch(range ->
                Long.compareUnsigned(range.from(), serial) <= 0
                    && Long.compareUnsigned(serial, range.to()) <= 0);
  }
}
