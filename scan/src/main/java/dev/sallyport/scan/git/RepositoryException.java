package dev.sallyport.scan.git;

/// A repository that cannot be read as asked; the message is one clause, the hint says what to do
/// next.
public final class RepositoryException extends RuntimeException {
  private final String hint;

  /// A failure, and what would help.
  public RepositoryException(String message, String hint) {
    super(message);
    this.hint = hint;
  }

  /// What the person can do about it.
  public String hint() {
    return hint;
  }
}
