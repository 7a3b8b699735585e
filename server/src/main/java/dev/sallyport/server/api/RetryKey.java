package dev.sallyport.server.api;

import jakarta.servlet.http.HttpServletRequest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a caller sends along so that asking again after a lost answer is the same asking.
final class RetryKey {
  private static final Pattern FORM = Pattern.compile("[\\x21-\\x7e]{1,128}");

  private RetryKey() {}

  /// The request's key; null where it has none.
  static @Nullable String of(HttpServletRequest request) {
    String key = request.getHeader("Idempotency-Key");
    if (key != null && !FORM.matcher(key).matches()) {
      throw ProblemException.badRequest("Idempotency-Key has 1 to 128 visible ASCII characters");
    }
    return key;
  }
}
