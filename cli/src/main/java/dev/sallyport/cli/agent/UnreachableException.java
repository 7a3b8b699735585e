package dev.sallyport.cli.agent;

/// The control plane or registry gives no answer now: try again later, what runs keeps running.
final class UnreachableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnreachableException(String message, Throwable cause) {
    super(message, cause);
  }

  UnreachableException(String message) {
    super(message);
  }
}
