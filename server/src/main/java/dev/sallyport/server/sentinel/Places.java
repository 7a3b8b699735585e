package dev.sallyport.server.sentinel;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.ledger.Digest;
import java.util.List;
import java.util.Optional;

/// What responses ask of the room that keeps tickets and deployments.
interface Places {
  /// A service in an environment.
  record At(String service, String environment) {}

  /// Where this digest runs, is on its way to, or has a ticket for that still counts.
  List<At> with(Digest digest);

  /// Digests that run there now or are on their way.
  List<Digest> at(At place);

  /// Digests that were live there, newest first, each once.
  List<Digest> earlier(At place);

  /// Asks the host to go back. The same warrant gives the same deployment.
  ///
  /// @return the deployment's id; empty where it was never live there
  Optional<String> rollBack(Warrant warrant, At place, Digest to);

  /// Stops a place, until another ticket is redeemed for it.
  ///
  /// @param warrant to contain the service
  /// @return false where nothing is known to run there
  boolean stop(Warrant warrant, At place, String reason);

  /// How far a deployment is.
  Progress progress(String deployment);

  /// What came of a roll-back so far.
  sealed interface Progress {
    /// Not there yet.
    record UnderWay() implements Progress {}

    /// It runs and is healthy.
    record Live() implements Progress {}

    /// It does not.
    record Failed(String why) implements Progress {}
  }

  /// Revokes tickets that have to do with a thing and still count, and gives their ids.
  List<String> revokeTickets(Warrant warrant, EntityRef thing, String reason);

  /// Whether a ticket would still be taken, by trying it.
  boolean isTaken(String ticket);
}
