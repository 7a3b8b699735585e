package dev.sallyport.scan.secrets;

import dev.sallyport.scan.Severity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A password in a URL's user information (RFC 3986 3.2.1): `scheme://user:password@host`.
final class UrlCredentials implements Detector {
  private static final int LONGEST = 200;

  @Override
  public List<String> keywords() {
    return List.of("://");
  }

  @Override
  public @Nullable Candidate at(FileText text, int keywordStart, int keywordEnd) {
    int colon = -1;
    int at = -1;
    int limit = Math.min(text.length(), keywordEnd + LONGEST);
    for (int i = keywordEnd; i < limit; i++) {
      char character = text.charAt(i);
      if (character == '@') {
        at = i;
        break;
      }
      if (character == ':' && colon < 0) {
        colon = i;
      } else if (endsUserInformation(character)) {
        break;
      }
    }
    if (colon < 0 || at < 0 || at - colon < 4 || !Character.isLetter(text.peek(keywordStart - 1))) {
      return null;
    }
    if (!startsHost(text.peek(at + 1))) {
      return null;
    }
    String user = text.slice(keywordEnd, colon);
    String password = text.slice(colon + 1, at);
    if (Likeness.standsIn(password)
        || Likeness.onlyNames(password)
        || password.equalsIgnoreCase(user)
        || wordLike(password)) {
      return null;
    }
    return new Candidate(
        "secret/url-credentials",
        text.test ? Severity.MEDIUM : Severity.HIGH,
        "a password in a URL",
        user,
        colon + 1,
        at,
        true,
        true);
  }

  private static boolean wordLike(String password) {
    return password.chars().allMatch(c -> c >= 'a' && c <= 'z')
        && Likeness.wordiness(password) > 0.8;
  }

  private static boolean endsUserInformation(char character) {
    return character <= ' ' || character >= 0x7F || "/\\\"'`<>{}[]()|,;#?^".indexOf(character) >= 0;
  }

  private static boolean startsHost(char character) {
    return Character.isLetterOrDigit(character) || character == '[' || character == '$';
  }
}
