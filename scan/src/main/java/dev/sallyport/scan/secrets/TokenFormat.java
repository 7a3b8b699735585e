package dev.sallyport.scan.secrets;

import dev.sallyport.scan.Severity;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// A token whose maker published its shape: a literal that marks it and a pattern that begins at
/// the literal. Group 1, where there is one, is the secret; else all that matched.
///
/// @param exact the literals in their true case, each of which starts what `pattern` matches
/// @param leastEntropy bits a character below which the token is a drawing, not a token
/// @param checked true where the last six characters are the CRC-32 of the rest in base 62
record TokenFormat(
    String rule,
    Severity severity,
    String what,
    List<String> exact,
    Pattern pattern,
    double leastEntropy,
    boolean checked)
    implements Detector {
  // The longest token read; private keys have a detector of their own.
  private static final int SPAN = 1200;
  private static final String BASE62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  @Override
  public List<String> keywords() {
    return exact;
  }

  @Override
  public @Nullable Candidate at(FileText text, int keywordStart, int keywordEnd) {
    if (!writtenAsPublished(text, keywordStart, keywordEnd)) {
      return null;
    }
    Matcher matcher = text.matchAt(pattern, keywordStart, SPAN);
    if (matcher == null) {
      return null;
    }
    int group = matcher.groupCount() == 0 ? 0 : 1;
    int start = matcher.start(group);
    int end = matcher.end(group);
    String token = text.slice(start, end);
    if (Likeness.isMadeUp(token) || Likeness.entropy(token) < leastEntropy) {
      return null;
    }
    if (checked && checksumHolds(token)) {
      return Candidate.specific(
          rule, Severity.CRITICAL, what + " whose checksum holds", start, end);
    }
    return Candidate.specific(rule, severity, what, start, end);
  }

  private boolean writtenAsPublished(FileText text, int start, int end) {
    for (String literal : exact) {
      if (literal.length() == end - start && matches(text, start, literal)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(FileText text, int start, String literal) {
    for (int i = 0; i < literal.length(); i++) {
      if (text.charAt(start + i) != literal.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /// The checksum that GitHub describes ("Behind GitHub's new authentication token formats", 2021)
  /// and npm shares. A token that fails it is reported all the same: makers change their minds.
  static boolean checksumHolds(String token) {
    int underscore = token.indexOf('_');
    int payloadEnd = token.length() - 6;
    if (underscore < 0 || payloadEnd <= underscore) {
      return false;
    }
    var crc = new CRC32();
    crc.update(token.substring(underscore + 1, payloadEnd).getBytes(StandardCharsets.US_ASCII));
    return token.substring(payloadEnd).equals(base62(crc.getValue()));
  }

  /// Six digits of base 62, leading zeros kept.
  static String base62(long number) {
    var digits = new char[6];
    long rest = number;
    for (int i = digits.length - 1; i >= 0; i--) {
      digits[i] = BASE62.charAt((int) (rest % 62));
      rest /= 62;
    }
    return new String(digits);
  }
}
