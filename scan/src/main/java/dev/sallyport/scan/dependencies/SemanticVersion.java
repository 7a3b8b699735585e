package dev.sallyport.scan.dependencies;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The order of Semantic Versioning 2.0.0, clause 11, for npm, Go and Cargo. A leading `v` and
/// missing parts are borne, since advisories write both.
final class SemanticVersion {
  private static final Pattern SHAPE =
      Pattern.compile(
          "[vV=]?\\s*(\\d{1,40})(?:\\.(\\d{1,40}))?(?:\\.(\\d{1,40}))?((?:\\.\\d{1,40})*)"
              + "(?:-([0-9A-Za-z.-]{1,200}))?(?:\\+[0-9A-Za-z.-]{0,200})?");

  private SemanticVersion() {}

  static int compare(String left, String right) {
    Matcher first = parsed(left);
    Matcher second = parsed(right);
    for (int group = 1; group <= 3; group++) {
      int order = number(first.group(group)).compareTo(number(second.group(group)));
      if (order != 0) {
        return order;
      }
    }
    int order = moreParts(first.group(4), second.group(4));
    return order != 0 ? order : prerelease(first.group(5), second.group(5));
  }

  private static Matcher parsed(String version) {
    Matcher matcher = SHAPE.matcher(version.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no semantic version: `" + version + "`");
    }
    return matcher;
  }

  private static BigInteger number(@Nullable String digits) {
    return digits == null ? BigInteger.ZERO : new BigInteger(digits);
  }

  // A fourth part and more are outside the standard; they order as numbers.
  private static int moreParts(String left, String right) {
    String[] first = left.split("\\.");
    String[] second = right.split("\\.");
    for (int i = 1; i < Math.max(first.length, second.length); i++) {
      int order =
          number(i < first.length ? first[i] : null)
              .compareTo(number(i < second.length ? second[i] : null));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  // 11.3 and 11.4: a prerelease comes before its release; identifiers compare one by one, numbers
  // before words.
  private static int prerelease(@Nullable String left, @Nullable String right) {
    if (left == null || right == null) {
      return left == null ? (right == null ? 0 : 1) : -1;
    }
    String[] first = left.split("\\.", -1);
    String[] second = right.split("\\.", -1);
    for (int i = 0; i < Math.min(first.length, second.length); i++) {
      int order = identifier(first[i], second[i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(first.length, second.length);
  }

  private static int identifier(String left, String right) {
    boolean leftNumber = !left.isEmpty() && left.chars().allMatch(c -> c >= '0' && c <= '9');
    boolean rightNumber = !right.isEmpty() && right.chars().allMatch(c -> c >= '0' && c <= '9');
    if (leftNumber && rightNumber) {
      return new BigInteger(left).compareTo(new BigInteger(right));
    }
    if (leftNumber != rightNumber) {
      return leftNumber ? -1 : 1;
    }
    return left.compareTo(right);
  }
}
