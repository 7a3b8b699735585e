package dev.sallyport.server.sentinel;

import dev.sallyport.gate.Ruling;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.Digest;
import java.util.List;

/// What responses ask of the room that keeps tickets and deployments.
interface Places {
  /// A service in an environment.
  record At(String service, String environment) {}

  /// Where this digest runs, is on its way to, or has a ticket for that still counts.
  List<At> with(Digest digest);

  /// Digests that were live there before, newest first, each once.
  List<Digest> earlier(At place);

  /// Asks the host to go back. The same retry gives the same deployment.
  ///
  /// @return the deployment's id
  String rollBack(Warrant warrant, At place, Digest to, String reason, String retry);

  /// How far a deployment is.
  Progress progress(String deployment);

  /// What came of a roll-back so far.
  enum Progress {
    /// Not there yet.
    UNDER_WAY,
    /// It runs and is healthy.
    LIVE,
    /// It does not.
    FAILED
  }

  /// Revokes tickets for a digest that still count, and gives their ids.
  List<String> revokeTickets(Ruling.Allow allow, Actor by, Digest digest, String reason);

  /// Whether a ticket would still be taken.
  boolean isTaken(String ticket);
}
