package dev.sallyport.server.decisions;

import dev.sallyport.gate.Ruling;

/// What a door is told.
public sealed interface Enforced {
  /// The ruling as it was recorded.
  Decision decision();

  /// It may open; acts take the warrant.
  record Allowed(Warrant warrant, Decision decision) implements Enforced {}

  /// It stays shut.
  ///
  /// @param ruling today's, which is another than the recorded one where a retry was allowed before
  record Denied(Decision decision, Ruling ruling) implements Enforced {}
}
