package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.Arrays;

/// Reads and writes the data types of RFC 4251 section 5, never past the end of its bytes.
final class SshWire {
  /// Bytes that are not what they claim; caught at the door and turned into an outcome.
  static final class Malformed extends RuntimeException {
    Malformed(String message) {
      super(message);
    }
  }

  private final byte[] bytes;
  private int at;

  SshWire(byte[] bytes) {
    this.bytes = bytes;
  }

  int position() {
    return at;
  }

  boolean atEnd() {
    return at == bytes.length;
  }

  void expectEnd() {
    if (!atEnd()) {
      throw new Malformed("trailing bytes");
    }
  }

  byte[] raw(int length) {
    if (length < 0 || length > bytes.length - at) {
      throw new Malformed("cut short");
    }
    byte[] part = Arrays.copyOfRange(bytes, at, at + length);
    at += length;
    return part;
  }

  int uint8() {
    return raw(1)[0] & 0xff;
  }

  long uint32() {
    byte[] b = raw(4);
    return (b[0] & 0xffL) << 24 | (b[1] & 0xffL) << 16 | (b[2] & 0xffL) << 8 | (b[3] & 0xffL);
  }

  /// The unsigned 64-bit number as Java's signed bits; compare with `Long.compareUnsigned`.
  long uint64() {
    return uint32() << 32 | uint32();
  }

  byte[] string() {
    long length = uint32();
    if (length > bytes.length - at) {
      throw new Malformed("cut short");
    }
    return raw((int) length);
  }

  String text() {
    return new String(string(), UTF_8);
  }

  BigInteger mpint() {
    byte[] magnitude = string();
    if (magnitude.length == 0) {
      return BigInteger.ZERO;
    }
    BigInteger value = new BigInteger(magnitude);
    if (value.signum() < 0) {
      throw new Malformed("negative number");
    }
    return value;
  }

  static byte[] stringOf(byte[] value) {
    var out = new ByteArrayOutputStream(value.length + 4);
    out.write(value.length >>> 24);
    out.write(value.length >>> 16);
    out.write(value.length >>> 8);
    out.write(value.length);
    out.writeBytes(value);
    return out.toByteArray();
  }
}
