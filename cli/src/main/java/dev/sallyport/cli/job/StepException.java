package dev.sallyport.cli.job;

/// A step's command could not be started: one clause, and what to do next.
public final class StepException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final String hint;

  StepException(String message, String hint) {
    super(message);
    this.hint = hint;
  }

  /// What to do next; empty where there is nothing.
  public String hint() {
    return hint;
  }
}
