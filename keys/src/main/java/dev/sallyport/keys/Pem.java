package dev.sallyport.keys;

import java.util.Base64;

/// One PEM block, strictly: the label wanted, nothing before or after it but white space (RFC 7468
/// section 3).
final class Pem {
  private Pem() {}

  static byte[] decode(String text, String label) {
    String begin = "-----BEGIN " + label + "-----";
    String end = "-----END " + label + "-----";
    String block = text.strip();
    if (!block.startsWith(begin) || !block.endsWith(end)) {
      throw new KeyException("expected one PEM block `" + label + "`");
    }
    String body = block.substring(begin.length(), block.length() - end.length());
    try {
      return Base64.getDecoder().decode(body.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      // The cause is dropped: its message would quote the key's characters.
      throw new KeyException("PEM block `" + label + "` is not base64");
    }
  }

  static String encode(String label, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }
}
