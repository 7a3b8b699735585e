package dev.sallyport.scan.secrets;

import dev.sallyport.scan.Severity;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Credentials written as an HTTP header: `Basic` (RFC 7617) and `Bearer` (RFC 6750).
final class AuthorizationHeaders implements Detector {
  private static final Pattern BASIC =
      Pattern.compile(
          "(?i)(?<![A-Za-z0-9])basic {1,4}([A-Za-z0-9+/]{8,400}={0,2})(?![A-Za-z0-9+/=])");
  private static final Pattern BEARER =
      Pattern.compile("(?i)(?<![A-Za-z0-9])bearer {1,4}([A-Za-z0-9._~+/-]{20,800}={0,2})");

  @Override
  public List<String> keywords() {
    return List.of("basic ", "bearer ");
  }

  @Override
  public @Nullable Candidate at(FileText text, int keywordStart, int keywordEnd) {
    Matcher basic = text.matchAt(BASIC, keywordStart, 420);
    if (basic != null) {
      return basicCredential(basic);
    }
    Matcher bearer = text.matchAt(BEARER, keywordStart, 820);
    return bearer == null ? null : bearerToken(text, bearer);
  }

  private static @Nullable Candidate basicCredential(Matcher matcher) {
    String pair = decoded(matcher.group(1));
    int colon = pair.indexOf(':');
    if (colon < 1 || colon + 3 > pair.length()) {
      return null;
    }
    String password = pair.substring(colon + 1);
    if (Likeness.standsIn(password) || Likeness.onlyNames(password)) {
      return null;
    }
    return new Candidate(
        "secret/basic-authorization",
        Severity.HIGH,
        "a user and password in a Basic header",
        pair.substring(0, colon),
        matcher.start(1),
        matcher.end(1),
        true,
        true);
  }

  private static @Nullable Candidate bearerToken(FileText text, Matcher matcher) {
    String token = matcher.group(1);
    boolean digits = token.chars().anyMatch(c -> c >= '0' && c <= '9');
    if (!digits || Likeness.standsIn(token) || Likeness.entropy(token) < 3.2) {
      return null;
    }
    return new Candidate(
        "secret/bearer-token",
        text.test ? Severity.MEDIUM : Severity.HIGH,
        "a bearer token",
        "",
        matcher.start(1),
        matcher.end(1),
        false,
        false);
  }

  // Printable text, or nothing.
  private static String decoded(String base64) {
    try {
      String text = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
      return text.chars().allMatch(c -> c >= ' ' && c != 0x7F && c != 0xFFFD) ? text : "";
    } catch (IllegalArgumentException notBase64) {
      return "";
    }
  }
}
