package dev.sallyport.server.ledger;

/// The ledger cannot take or give an entry now; nothing was acknowledged.
public class LedgerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// A failure described by one lower-case clause.
  public LedgerException(String message) {
    super(message);
  }

  /// A failure with its cause.
  public LedgerException(String message, Throwable cause) {
    super(message, cause);
  }
}
