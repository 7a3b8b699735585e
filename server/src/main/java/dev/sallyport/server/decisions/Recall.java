package dev.sallyport.server.decisions;

import dev.sallyport.gate.Case;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.policies.Policies;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Finds again what was asked in a recorded decision and by which policy, so that it can be asked
/// why.
@Component
public final class Recall {
  /// Most versions that are looked through for the one that ruled.
  private static final int MOST_VERSIONS = 10_000;

  private final Ledger ledger;
  private final Policies policies;

  Recall(Ledger ledger, Policies policies) {
    this.ledger = ledger;
    this.policies = policies;
  }

  /// A decision as it was asked.
  ///
  /// @param stood whether something besides policy refused: a hold, or that nobody could say how
  ///   things stood
  /// @param policy the policy that ruled, with what was in shadow then; empty where its text is not
  ///   here
  public record Recalled(
      Ledger.Recorded recorded, Case asked, boolean stood, Optional<PolicySnapshot> policy) {}

  /// The decision of an entry; empty where it is none, or too little of it was kept.
  public Optional<Recalled> of(Ledger.Recorded recorded) {
    Digest body = recorded.entry().body();
    if (body == null) {
      return Optional.empty();
    }
    return ledger
        .body(body)
        .flatMap(Bodies::kept)
        .map(kept ->
            new Recalled(
                recorded,
                kept.asked(),
                kept.stood(),
                policy(recorded).map(policy -> policy.at(recorded.entry().time()))));
  }

  private Optional<PolicySnapshot> policy(Ledger.Recorded recorded) {
    Digest digest = recorded.entry().policy();
    return policies.versions(MOST_VERSIONS).stream()
        .filter(version -> version.digest().equals(digest))
        .findFirst()
        .map(policies::snapshot);
  }
}
