package dev.sallyport.server.standing;

/// How things stand could not be looked up within the last second: whoever asks must refuse.
public final class StandingUnknownException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StandingUnknownException(String message, Throwable cause) {
    super(message, cause);
  }
}
