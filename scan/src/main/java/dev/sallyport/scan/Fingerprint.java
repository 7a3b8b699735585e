package dev.sallyport.scan;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The identity of a finding over time: a digest of its rule and of what it is about.
///
/// The parts are length-prefixed, so that no two lists of parts share an encoding; the leading
/// version lets a later scheme stand beside this one.
public final class Fingerprint {
  private Fingerprint() {}

  /// `1:` and half a SHA-256, in hex, over the parts in their order.
  public static String of(String rule, String... parts) {
    MessageDigest digest = sha256();
    update(digest, rule);
    for (String part : parts) {
      update(digest, part);
    }
    return "1:" + HexFormat.of().formatHex(digest.digest(), 0, 16);
  }

  private static void update(MessageDigest digest, String part) {
    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}
