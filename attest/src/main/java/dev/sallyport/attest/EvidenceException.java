package dev.sallyport.attest;

/// Evidence that is not what it claims to be; the message says which part, in one clause.
public final class EvidenceException extends RuntimeException {
  /// A refusal described by one lower-case clause.
  public EvidenceException(String message) {
    super(message);
  }

  /// A refusal with its cause.
  public EvidenceException(String message, Throwable cause) {
    super(message, cause);
  }
}
