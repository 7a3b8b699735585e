package dev.sallyport.server.decisions;

import dev.sallyport.gate.Case;
import dev.sallyport.gate.Entity;
import dev.sallyport.gate.EntityRef;
import dev.sallyport.gate.Ruling;
import dev.sallyport.gate.Waiver;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.springframework.stereotype.Component;

/// Recorded refusals, as far as one can be waived.
@Component
public final class Refusals {
  private final Ledger ledger;

  Refusals(Ledger ledger) {
    this.ledger = ledger;
  }

  /// What was found under an index.
  public sealed interface Found {
    /// A refusal that can be waived.
    ///
    /// @param policies those that refused, by id, with the digests of their texts
    /// @param permits whether it was for want of a permit
    record Refusal(long index, Case asked, Map<String, String> policies, boolean permits)
        implements Found {
      public Refusal {
        policies = Map.copyOf(policies);
      }

      /// What the question of waiving it is about.
      public EntityRef record() {
        return new EntityRef("Record", Long.toString(index));
      }

      /// For whom a waiver would be, and for what.
      public Waiver.Scope scope() {
        return Waiver.Scope.of(asked.question());
      }

      /// What policy may want to know of it before anybody waives it; a hold on anything that it is
      /// about is in the way.
      public Known known() {
        Waiver.Scope scope = scope();
        var touches = new ArrayList<EntityRef>(List.of(scope.who(), scope.resource()));
        String artifact = scope.claimed().get("artifact");
        if (artifact != null) {
          touches.add(new EntityRef("Artifact", artifact));
        }
        var parents = new HashSet<EntityRef>();
        for (EntityRef thing : touches) {
          if (Set.of("Repository", "Environment").contains(thing.type())) {
            parents.add(thing);
          }
        }
        var entity =
            new Entity(
                record(),
                parents,
                Map.of("action", scope.action().word(), "policies", policies.keySet()));
        return new Known(touches, List.of(entity), _ -> {});
      }
    }

    /// None.
    ///
    /// @param why for people, one clause
    record None(String why) implements Found {}
  }

  /// What stands under `index`: the ledger says it, nobody else.
  public Found at(long index) {
    Optional<Ledger.Recorded> recorded = ledger.entry(index);
    if (recorded.isEmpty() || recorded.get().entry().type() != EntryType.DECISION) {
      return new Found.None("entry " + index + " is no ruling on a question");
    }
    String outcome = recorded.get().entry().outcome();
    if (outcome.equals(Ruling.Outcome.ALLOWED.word())) {
      return new Found.None("entry " + index + " was allowed");
    }
    var digest = recorded.get().entry().body();
    Optional<Bodies.Kept> kept =
        digest == null ? Optional.empty() : ledger.body(digest).flatMap(Bodies::kept);
    if (kept.isEmpty()) {
      return new Found.None(
          "what entry " + index + " was about was not kept: ask again, and waive that refusal");
    }
    return refusal(index, outcome, kept.get());
  }

  private static Found refusal(long index, String outcome, Bodies.Kept kept) {
    if (kept.stood()) {
      return new Found.None("a hold refused, no policy: it is lifted, not waived");
    }
    if (outcome.equals(Ruling.Outcome.COULD_NOT_EVALUATE.word()) && kept.missing().isEmpty()) {
      return new Found.None("what could not be evaluated is mended, not waived");
    }
    var policies = new TreeMap<String, String>();
    boolean permits = true;
    for (Map<String, Object> policy : kept.policies()) {
      if (!(policy.get("id") instanceof String id)
          || !(policy.get("digest") instanceof String text)) {
        return new Found.None(
            "the texts of the policies that refused were not kept: ask again, and waive that");
      }
      permits &= !"forbid".equals(policy.get("effect"));
      policies.put(id, text);
    }
    return new Found.Refusal(index, kept.asked(), policies, permits);
  }
}
