package dev.sallyport.tlog;

import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.VerifyingKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A named key whose signatures on notes are checked: `name+keyid+base64(type || key)` (C2SP
/// signed-note, verifier keys).
///
/// Only type 1, Ed25519 over the note's text, is known here; cosignatures come with the witnesses.
public record NoteKey(String name, VerifyingKey key) {
  private static final int MAX_CHARS = 1024;
  private static final byte ED25519 = 1;
  private static final Pattern ENCODED =
      Pattern.compile("([^+]+)\\+([0-9a-f]{8})\\+([A-Za-z0-9+/]+={0,2})");

  public NoteKey {
    if (!isName(name)) {
      throw new NoteException("not a key name: `" + name + "`");
    }
    // Refuses another algorithm.
    byte[] raw = key.rawEd25519();
    Arrays.fill(raw, (byte) 0);
  }

  /// Reads an encoded verifier key; its key id must be the one its bytes give.
  public static NoteKey parse(String encoded) {
    Matcher matcher = ENCODED.matcher(encoded);
    if (encoded.length() > MAX_CHARS || !matcher.matches()) {
      throw new NoteException("not a verifier key");
    }
    byte[] typed = decode(matcher.group(3));
    if (typed.length != 33 || typed[0] != ED25519) {
      throw new NoteException("verifier key has a type other than Ed25519");
    }
    NoteKey parsed;
    try {
      parsed =
          new NoteKey(
              matcher.group(1), VerifyingKey.ofEd25519(Arrays.copyOfRange(typed, 1, typed.length)));
    } catch (KeyException e) {
      throw new NoteException("verifier key holds " + e.getMessage());
    }
    if (!parsed.keyIdHex().equals(matcher.group(2))) {
      throw new NoteException("verifier key's id is not the one of its bytes");
    }
    return parsed;
  }

  static byte[] decode(String base64) {
    try {
      byte[] bytes = Base64.getDecoder().decode(base64);
      if (!Base64.getEncoder().encodeToString(bytes).equals(base64)) {
        throw new NoteException("not canonical base64");
      }
      return bytes;
    } catch (IllegalArgumentException e) {
      throw new NoteException("not base64");
    }
  }

  /// Not empty, no white space, no plus sign (C2SP signed-note).
  static boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= 255
        && name.codePoints()
            .noneMatch(c ->
                c == '+'
                    || Character.isWhitespace(c)
                    || Character.isSpaceChar(c)
                    || Character.isISOControl(c));
  }

  /// The first four bytes of `SHA-256(name || 0x0A || 0x01 || key)`.
  public byte[] keyId() {
    MessageDigest digest = Tree.sha256();
    digest.update(name.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) '\n');
    digest.update(ED25519);
    return Arrays.copyOf(digest.digest(key.rawEd25519()), 4);
  }

  private String keyIdHex() {
    return HexFormat.of().formatHex(keyId());
  }

  /// The encoded verifier key, as clients keep it.
  public String encoded() {
    byte[] raw = key.rawEd25519();
    byte[] typed = new byte[raw.length + 1];
    typed[0] = ED25519;
    System.arraycopy(raw, 0, typed, 1, raw.length);
    return name + "+" + keyIdHex() + "+" + Base64.getEncoder().encodeToString(typed);
  }

  @Override
  public String toString() {
    return name + "+" + keyIdHex();
  }
}
