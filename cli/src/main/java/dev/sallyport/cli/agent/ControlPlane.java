package dev.sallyport.cli.agent;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What an agent asks its server; every call may throw [UnreachableException].
interface ControlPlane {
  /// A place by its names.
  record PlaceName(String service, String environment) {}

  /// A ticket that waits for one of our places.
  ///
  /// @param id tells it from others; its text does not, for each signature is another
  /// @param rollback whether it brings an earlier release back
  record Offer(String id, String ticket, PlaceName place, boolean rollback) {}

  /// What came of handing in a ticket.
  sealed interface Redemption {
    /// It counts: for this deployment, and now used.
    record Granted(String deployment, PlaceName place, String digest, String repository)
        implements Redemption {}

    /// It does not.
    record Refused(String reason) implements Redemption {}
  }

  /// What one place has to say.
  ///
  /// @param deployment the one that is over and not yet acknowledged; null where there is none
  /// @param digest of the release that runs; null where none does
  /// @param state `live`, `failed` or `undone` with a deployment; else `running`, `altered`,
  ///   `stopped` or `empty`
  /// @param health `healthy`, `unhealthy` or `unknown`
  record PlaceReport(
      PlaceName place,
      @Nullable String deployment,
      @Nullable String digest,
      String state,
      String health,
      long seconds,
      String detail) {}

  /// What the server says to a report.
  ///
  /// @param acknowledged deployments whose end it has written down
  /// @param held places that are on hold, with the reason
  /// @param stop places that must not run this digest any longer, whatever else they run
  record Reply(Set<String> acknowledged, Map<PlaceName, String> held, Map<PlaceName, String> stop) {
    public Reply {
      acknowledged = Set.copyOf(acknowledged);
      held = Map.copyOf(held);
      stop = Map.copyOf(stop);
    }
  }

  /// Waits up to `waitSeconds` for tickets.
  List<Offer> work(List<PlaceName> places, int waitSeconds);

  /// Hands in a ticket; the same nonce gets the same answer again.
  Redemption redeem(String ticket, String nonce);

  /// Says what runs.
  Reply report(List<PlaceReport> places);

  /// Takes a fresh certificate where the present one ends soon.
  void renew();
}
