package dev.sallyport.server.policies;

/// Which policy is in force could not be looked up within the last second: whoever asks must
/// refuse.
public final class PolicyUnknownException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PolicyUnknownException(String message, Throwable cause) {
    super(message, cause);
  }
}
