package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/// Object ids of commits that tests make up.
final class Ids {
  private Ids() {}

  static String sha1(byte[] raw) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(("commit " + raw.length + "\0").getBytes(UTF_8));
    out.writeBytes(raw);
    return HexFormat.of().formatHex(Hashing.digest("SHA-1", out.toByteArray()));
  }
}
