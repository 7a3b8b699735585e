package dev.sallyport.attest;

import dev.sallyport.attest.SshWire.Malformed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// An OpenSSH user certificate (PROTOCOL.certkeys).
///
/// @param key the certified key
/// @param serial the number the authority gave it, unsigned
/// @param keyId the authority's name for it
/// @param principals who it speaks for; empty speaks for nobody here
/// @param validAfter first second of validity, unsigned epoch seconds
/// @param validBefore first second after validity, unsigned epoch seconds
/// @param criticalOptions the names that must be understood
/// @param authority the key that certified it
/// @param body the bytes under the authority's signature
/// @param signature the authority's signature blob
record SshCertificate(
    SshKey key,
    long serial,
    String keyId,
    List<String> principals,
    long validAfter,
    long validBefore,
    List<String> criticalOptions,
    SshKey authority,
    byte[] body,
    byte[] signature) {

  private static final int USER = 1;
  private static final int MAX_PRINCIPALS = 256;
  // Options about logging in say nothing about signing; anything else is a condition we cannot
  // check.
  private static final Set<String> HARMLESS = Set.of("force-command", "source-address");

  /// Takes a certificate blob apart.
  ///
  /// @throws Malformed if it is none, or a host's
  static SshCertificate parse(byte[] blob) {
    SshWire wire = new SshWire(blob);
    String type = wire.text();
    wire.string(); // nonce
    String keyType =
        switch (type) {
          case "sk-ssh-ed25519-cert-v01@openssh.com" -> "sk-ssh-ed25519@openssh.com";
          case "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com" ->
              "sk-ecdsa-sha2-nistp256@openssh.com";
          default -> type.replace("-cert-v01@openssh.com", "");
        };
    SshKey key = SshKey.readFields(keyType, wire, null);
    long serial = wire.uint64();
    if (wire.uint32() != USER) {
      throw new Malformed("not a user certificate");
    }
    String keyId = wire.text();
    List<String> principals = new ArrayList<>();
    SshWire names = new SshWire(wire.string());
    while (!names.atEnd()) {
      if (principals.size() == MAX_PRINCIPALS) {
        throw new Malformed("too many principals");
      }
      principals.add(names.text());
    }
    long validAfter = wire.uint64();
    long validBefore = wire.uint64();
    List<String> critical = optionNames(wire.string());
    optionNames(wire.string()); // extensions may be ignored, their form may not
    wire.string(); // reserved
    SshKey authority = SshKey.parse(wire.string());
    byte[] body = Arrays.copyOf(blob, wire.position());
    byte[] signature = wire.string();
    wire.expectEnd();
    return new SshCertificate(
        key,
        serial,
        keyId,
        List.copyOf(principals),
        validAfter,
        validBefore,
        critical,
        authority,
        body,
        signature);
  }

  private static List<String> optionNames(byte[] options) {
    List<String> names = new ArrayList<>();
    SshWire wire = new SshWire(options);
    while (!wire.atEnd()) {
      names.add(wire.text());
      wire.string();
    }
    return List.copyOf(names);
  }

  boolean authoritySignatureHolds() {
    return authority.verify(body, signature);
  }

  boolean validAt(Instant at) {
    long now = at.getEpochSecond();
    return Long.compareUnsigned(validAfter, now) <= 0 && Long.compareUnsigned(now, validBefore) < 0;
  }

  boolean understood() {
    return HARMLESS.containsAll(criticalOptions);
  }
}
