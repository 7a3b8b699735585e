package dev.sallyport.server.policies;

/// Another version came into force than the one that was looked at before publishing.
public final class OutrunException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutrunException(long expected, long inForce) {
    super("version " + inForce + " is in force, not " + expected + ": look at it first");
  }
}
