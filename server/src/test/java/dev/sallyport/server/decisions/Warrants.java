package dev.sallyport.server.decisions;

import dev.sallyport.gate.Action;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.FactSheet;
import dev.sallyport.gate.Gate;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Profile;
import dev.sallyport.gate.Question;
import dev.sallyport.gate.Ruling;
import dev.sallyport.server.identity.Caller;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Warrants for tests of acts, each with an entry of its own.
public final class Warrants {
  private Warrants() {}

  /// A warrant for just this, by this caller.
  public static Warrant of(Ledger ledger, Caller caller, Asked asked) {
    return of(ledger, caller, asked, null);
  }

  /// The same one for the same retry.
  public static Warrant of(Ledger ledger, Caller caller, Asked asked, @Nullable String retry) {
    var allow =
        (Ruling.Allow)
            Gate.rule(
                new Question(
                    new EntityRef("Person", "administrator"),
                    Action.CONTAIN,
                    new EntityRef("Run", "a")),
                new FactSheet().local(true).facts(),
                PolicySnapshot.builtIn(Profile.BASELINE));
    Ledger.Recorded recorded =
        ledger.append(
            new Ledger.Draft(
                EntryType.DECISION,
                caller.actor(),
                asked.action().word(),
                List.of(new Subject(asked.resource().type(), asked.resource().id())),
                "allowed",
                null,
                List.of(),
                null,
                retry == null ? null : Digest.of(retry),
                CanonicalJson.bytes(Map.of())));
    return new Warrant(caller, asked, allow, recorded, java.util.Set.of());
  }
}
