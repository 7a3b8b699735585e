package dev.sallyport.tlog;

/// A note, key or checkpoint that is malformed or not signed as it must be.
public final class NoteException extends RuntimeException {
  /// A refusal described by one lower-case clause.
  public NoteException(String message) {
    super(message);
  }
}
