package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sallyport.attest.SshWire.Malformed;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// An SSHSIG signature (OpenSSH PROTOCOL.sshsig), armoured, in the namespace `git`.
///
/// @param key the key that signed: a plain key, or the one inside `certificate`
/// @param certificate the certificate that carries the key, or null
/// @param namespace what the signature is for
/// @param hash `sha256` or `sha512`
/// @param signature the SSH signature blob
record SshSignature(
    SshKey key,
    @Nullable SshCertificate certificate,
    String namespace,
    String hash,
    byte[] signature) {

  static final String BEGIN = "-----BEGIN SSH SIGNATURE-----";
  private static final String END = "-----END SSH SIGNATURE-----";
  private static final byte[] MAGIC = "SSHSIG".getBytes(US_ASCII);

  /// Takes the armour off and the blob apart.
  ///
  /// @throws Malformed if it is no such signature
  /// @throws SshKey.UnsupportedSshKey if the key's type is not one we verify
  static SshSignature parse(String armoured) {
    return parse(armoured, SshKey::parse);
  }

  /// The same with a reader of keys that remembers those it read.
  static SshSignature parse(String armoured, Function<byte[], SshKey> keys) {
    String text = armoured.strip();
    if (!text.startsWith(BEGIN) || !text.endsWith(END)) {
      throw new Malformed("no SSH signature armour");
    }
    byte[] blob;
    try {
      blob =
          Base64.getDecoder()
              .decode(
                  text.substring(BEGIN.length(), text.length() - END.length())
                      .replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw new Malformed("armour is not base64");
    }
    SshWire wire = new SshWire(blob);
    if (!new String(wire.raw(MAGIC.length), US_ASCII).equals("SSHSIG") || wire.uint32() != 1) {
      throw new Malformed("not version 1 of SSHSIG");
    }
    byte[] publicKey = wire.string();
    String namespace = wire.text();
    wire.string(); // reserved: ignored when read, empty when signed
    String hash = wire.text();
    byte[] signature = wire.string();
    wire.expectEnd();
    if (!hash.equals("sha256") && !hash.equals("sha512")) {
      throw new Malformed("unknown hash");
    }
    String type = new SshWire(publicKey).text();
    if (type.endsWith("-cert-v01@openssh.com")) {
      SshCertificate certificate = SshCertificate.parse(publicKey);
      return new SshSignature(certificate.key(), certificate, namespace, hash, signature);
    }
    return new SshSignature(keys.apply(publicKey), null, namespace, hash, signature);
  }

  /// Whether the signature holds over `message`; namespace and certificate are the caller's to
  /// judge.
  boolean holds(byte[] message) {
    var signed = new ByteArrayOutputStream(128);
    signed.writeBytes(MAGIC);
    signed.writeBytes(SshWire.stringOf(namespace.getBytes(UTF_8)));
    signed.writeBytes(SshWire.stringOf(new byte[0]));
    signed.writeBytes(SshWire.stringOf(hash.getBytes(UTF_8)));
    String algorithm = hash.equals("sha256") ? "SHA-256" : "SHA-512";
    signed.writeBytes(SshWire.stringOf(Hashing.digest(algorithm, message)));
    return key.verify(signed.toByteArray(), signature);
  }
}
