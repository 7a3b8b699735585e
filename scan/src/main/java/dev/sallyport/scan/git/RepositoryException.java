package dev.sallyport.scan.git;

/// A repository that cannot be read as asked; the message is one clause, the hint says what to do
/// next.
public sealed class RepositoryException extends RuntimeException {
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

  /// History itself is missing or corrupt, so that no other question would be answered: a caller
  /// looks at the working files and names history as not checked.
  public static final class Unreadable extends RepositoryException {
    Unreadable(String message, String hint) {
      super(message, hint);
    }
  }
}
