package dev.sallyport.server.api;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/// A request that is refused before it becomes a question (RFC 9457).
final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final HttpStatus status;
  private final String word;
  private final @Nullable String challenge;

  ProblemException(HttpStatus status, String word, String detail) {
    this(status, word, detail, null);
  }

  /// With what to put into `WWW-Authenticate`.
  ProblemException(HttpStatus status, String word, String detail, @Nullable String challenge) {
    super(detail);
    this.status = status;
    this.word = word;
    this.challenge = challenge;
  }

  static ProblemException badRequest(String detail) {
    return new ProblemException(HttpStatus.BAD_REQUEST, "bad-request", detail);
  }

  HttpStatus status() {
    return status;
  }

  String word() {
    return word;
  }

  @Nullable String challenge() {
    return challenge;
  }
}
