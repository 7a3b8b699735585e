package dev.sallyport.server.api;

import dev.sallyport.server.decisions.Enforced;

/// A question that was asked, ruled on, recorded, and denied.
final class DeniedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Enforced.Denied denied;

  DeniedException(Enforced.Denied denied) {
    super(String.join("; ", denied.ruling().reasons()));
    this.denied = denied;
  }

  Enforced.Denied denied() {
    return denied;
  }
}
