package dev.sallyport.tlog;

import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/// A SHA-256 value: the hash of a leaf, of a node or of a whole tree.
///
/// Its own type, so that a leaf's bytes and a leaf's hash cannot be swapped by accident.
public final class Hash {
  /// Bytes in a hash.
  public static final int LENGTH = 32;

  private final byte[] bytes;

  private Hash(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Wraps a copy of exactly 32 bytes.
  public static Hash of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a hash has 32 bytes, not " + bytes.length);
    }
    return new Hash(bytes.clone());
  }

  /// Wraps a copy of the 32 bytes that start at `offset`.
  public static Hash of(byte[] bytes, int offset) {
    return new Hash(Arrays.copyOfRange(bytes, offset, offset + LENGTH));
  }

  /// Takes over an array that nobody else holds.
  static Hash owning(byte[] bytes) {
    return new Hash(bytes);
  }

  /// Reads the standard base64 that checkpoints and proofs carry (RFC 4648 section 4, padded).
  public static Hash ofBase64(String text) {
    byte[] bytes = Base64.getDecoder().decode(text);
    if (!Base64.getEncoder().encodeToString(bytes).equals(text)) {
      throw new IllegalArgumentException("not canonical base64");
    }
    return of(bytes);
  }

  /// Reads 64 lower-case hexadecimal digits.
  public static Hash ofHex(String text) {
    if (!text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      throw new IllegalArgumentException("not lower-case hexadecimal");
    }
    return of(HexFormat.of().parseHex(text));
  }

  /// A copy of the bytes.
  public byte[] bytes() {
    return bytes.clone();
  }

  byte[] inner() {
    return bytes;
  }

  /// The form that checkpoints and proofs carry.
  public String base64() {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /// Lower-case hexadecimal.
  public String hex() {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hash that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return base64();
  }
}
