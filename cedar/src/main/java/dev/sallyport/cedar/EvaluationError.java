package dev.sallyport.cedar;

/// A policy erred while it was evaluated: wrong type, missing attribute, overflow. It never leaves
/// the package; the policy is skipped and named in [Answer#errors].
final class EvaluationError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EvaluationError(String message) {
    super(message, null, false, false);
  }
}
