package dev.sallyport.cli;

/// Something the person can mend: one clause, and what to do next.
class UserError extends RuntimeException {
  private final String hint;

  UserError(String message, String hint) {
    super(message);
    this.hint = hint;
  }

  String hint() {
    return hint;
  }
}
