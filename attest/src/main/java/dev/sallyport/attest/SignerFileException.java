package dev.sallyport.attest;

/// A file of trust (keys, roots, revocations) that cannot be read in full, so that nothing may lean
/// on it.
public final class SignerFileException extends RuntimeException {
  /// A failure described by one lower-case clause.
  public SignerFileException(String message) {
    super(message);
  }
}
