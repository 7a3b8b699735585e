package dev.sallyport.server.db;

/// The database cannot be opened, or another process holds it.
public final class DatabaseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// A failure described by one lower-case clause.
  public DatabaseException(String message) {
    super(message);
  }

  /// A failure with its cause.
  public DatabaseException(String message, Throwable cause) {
    super(message, cause);
  }
}
