package dev.sallyport.server.decisions;

/// The same retry key came with another question.
public final class RetryMismatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RetryMismatchException() {
    super("this idempotency key was used for another question");
  }
}
