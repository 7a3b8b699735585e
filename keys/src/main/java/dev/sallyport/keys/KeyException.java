package dev.sallyport.keys;

/// A key that cannot be read, written or used; the message never holds key material.
public final class KeyException extends RuntimeException {
  /// A failure described by one lower-case clause.
  public KeyException(String message) {
    super(message);
  }

  /// A failure with its cause.
  public KeyException(String message, Throwable cause) {
    super(message, cause);
  }
}
