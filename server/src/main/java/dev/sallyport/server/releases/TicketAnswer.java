package dev.sallyport.server.releases;

/// What somebody who shows a ticket is told. Either way it was recorded.
public sealed interface TicketAnswer {
  /// It counts.
  record Granted(Deployment deployment) implements TicketAnswer {}

  /// It does not; the reason is for whoever showed it.
  record Refused(String reason) implements TicketAnswer {}
}
