package dev.sallyport.scan.secrets;

import dev.sallyport.scan.Severity;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Signed tokens in compact form (RFC 7515 7.1). Most have expired long ago, so they count medium.
final class JsonWebTokens implements Detector {
  private static final Pattern COMPACT =
      Pattern.compile(
          "(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{10,2000}\\.[A-Za-z0-9_-]{2,6000}\\.([A-Za-z0-9_-]{16,1400})"
              + "(?![A-Za-z0-9_-]|\\.[A-Za-z0-9_-]{8})");

  @Override
  public List<String> keywords() {
    return List.of("eyj");
  }

  @Override
  public @Nullable Candidate at(FileText text, int keywordStart, int keywordEnd) {
    Matcher matcher = text.matchAt(COMPACT, keywordStart, 10_000);
    if (matcher == null || !namesAlgorithm(text, keywordStart)) {
      return null;
    }
    if (Likeness.isMadeUp(matcher.group(1))) {
      return null;
    }
    return Candidate.specific(
        "secret/json-web-token", Severity.MEDIUM, "a JSON Web Token", keywordStart, matcher.end());
  }

  // A header without `alg` is some other Base64; `none` protects nothing and so reveals nothing.
  private static boolean namesAlgorithm(FileText text, int start) {
    int dot = start;
    while (text.peek(dot) != '.' && text.peek(dot) != '\n') {
      dot++;
    }
    try {
      String header =
          new String(Base64.getUrlDecoder().decode(text.slice(start, dot)), StandardCharsets.UTF_8);
      return header.contains("\"alg\"") && !header.contains("\"none\"");
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }
}
