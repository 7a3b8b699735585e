package dev.sallyport.server.releases;

/// No host was let in for this service in this environment, or no such release ran there.
public final class NoSuchPlaceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NoSuchPlaceException(String message) {
    super(message);
  }
}
