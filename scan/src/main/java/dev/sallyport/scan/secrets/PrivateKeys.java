package dev.sallyport.scan.secrets;

import dev.sallyport.scan.Severity;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Private keys in PEM (RFC 7468) and OpenPGP armour (RFC 9580 6.2), as a file of their own or
/// folded into a string with `\n` in it. An encrypted one is only as good as its passphrase and
/// counts low.
final class PrivateKeys implements Detector {
  private static final Pattern HEADER =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]{0,20}?)PRIVATE KEY(?: BLOCK)?-----");
  private static final int LONGEST_BODY = 16 << 10;
  private static final int SHORTEST_KEY = 40;

  @Override
  public List<String> keywords() {
    return List.of("-----begin ");
  }

  @Override
  public @Nullable Candidate at(FileText text, int keywordStart, int keywordEnd) {
    Matcher header = text.matchAt(HEADER, keywordStart, 64);
    if (header == null) {
      return null;
    }
    String kind = header.group(1).strip();
    int start = header.end();
    int end = bodyEnd(text, start);
    String body = text.slice(start, end);
    String key = base64Of(body);
    if (key.length() < SHORTEST_KEY || Likeness.isMadeUp(key) || Likeness.entropy(key) < 3.5) {
      return null;
    }
    if (kind.contains("ENCRYPTED") || body.contains("ENCRYPTED") || opensshEncrypted(kind, key)) {
      return Candidate.specific(
          "secret/encrypted-private-key", Severity.LOW, "an encrypted private key", start, end);
    }
    return Candidate.specific("secret/private-key", Severity.CRITICAL, "a private key", start, end);
  }

  // The body runs to the footer; a cut one to the last line that may belong to it.
  private static int bodyEnd(FileText text, int start) {
    int limit = Math.min(text.length(), start + LONGEST_BODY);
    for (int at = start; at < limit; at++) {
      if (text.charAt(at) == '-' && text.peek(at + 1) == '-' && text.peek(at + 2) == '-') {
        return at;
      }
    }
    return limit;
  }

  // Lines of Base64 only: headers of RFC 1421, comment marks, quotes and escapes fall away.
  private static String base64Of(String body) {
    var key = new StringBuilder(body.length());
    for (String line : body.replace("\\r", "").replace("\\n", "\n").split("\n")) {
      String bare = line.replaceAll("^[\\s\"'#*/+;,<>|\\\\]+|[\\s\"'#*/+;,<>|\\\\]+$", "");
      if (bare.length() >= 4 && bare.matches("[A-Za-z0-9+/]+={0,2}")) {
        key.append(bare);
      } else if (key.length() >= SHORTEST_KEY && !bare.isEmpty() && !bare.startsWith("=")) {
        break;
      }
    }
    return key.toString();
  }

  // openssh-key-v1: magic, then the cipher's name with its length; `none` means in the clear.
  private static boolean opensshEncrypted(String kind, String key) {
    if (!kind.equals("OPENSSH")) {
      return false;
    }
    try {
      byte[] head = Base64.getDecoder().decode(key.substring(0, 36));
      String clear = new String(head, StandardCharsets.ISO_8859_1);
      return clear.startsWith("openssh-key-v1\0") && !clear.startsWith("none", 19);
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }
}
