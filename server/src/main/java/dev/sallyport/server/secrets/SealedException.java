package dev.sallyport.server.secrets;

/// The secrets cannot be opened: their key is not here. Everything else runs on.
public final class SealedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SealedException() {
    super("sealed: the key of the secrets is not here");
  }

  SealedException(Throwable cause) {
    super("sealed: the key of the secrets does not open this", cause);
  }
}
