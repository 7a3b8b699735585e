package dev.sallyport.server.sentinel;

import dev.sallyport.server.decisions.Asked;
import dev.sallyport.server.decisions.Decide;
import dev.sallyport.server.decisions.Enforced;
import dev.sallyport.server.decisions.Known;
import dev.sallyport.server.identity.Caller;
import org.springframework.stereotype.Component;

/// What responses ask of the room that rules.
interface Rulings {
  /// Asks for the sentinel; the same retry is one ruling.
  Enforced ask(Asked asked, Known known, String retry);

  /// By policy.
  @Component
  final class ByPolicy implements Rulings {
    /// Each step is ruled on for the sentinel, whoever asked for the response: he was ruled on when
    /// he asked, and may be gone when a restarted process goes on. One asker makes one ruling.
    private static final Caller SENTINEL =
        new Caller.Machine(Sentinel.ACTOR.id(), Caller.Seen.NOTHING);

    private final Decide decide;

    ByPolicy(Decide decide) {
      this.decide = decide;
    }

    @Override
    public Enforced ask(Asked asked, Known known, String retry) {
      return decide.enforce(SENTINEL, asked, known, retry);
    }
  }
}
