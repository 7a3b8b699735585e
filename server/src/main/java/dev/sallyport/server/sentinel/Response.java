package dev.sallyport.server.sentinel;

import dev.sallyport.gate.EntityRef;
import dev.sallyport.server.ledger.Actor;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A response: what it is against, who or which playbook wants it, and how far it got.
///
/// @param avoid things that share the matter: held too, and no release that touches one of them is
///   gone back to
/// @param playbook which, or `contain` where a person asked
/// @param automatic nobody asked: the kill switch and the caps stop it
/// @param mayStop a place may be stopped when no good release is left
/// @param asker who it is for in entries
public record Response(
    String id,
    EntityRef target,
    List<EntityRef> avoid,
    Playbook.Tier tier,
    String playbook,
    boolean automatic,
    boolean mayStop,
    @Nullable String incident,
    String reason,
    Actor asker,
    State state,
    Instant due) {
  public Response {
    avoid = List.copyOf(avoid);
  }

  /// How far it got.
  public enum State {
    /// Wanted, its steps not yet worked out.
    DUE("due"),
    /// Its steps are being taken.
    RUNNING("running"),
    /// All steps were taken, well or not.
    FINISHED("finished"),
    /// Stopped before its end: by the kill switch, a cap, or a refusal.
    STOPPED("stopped");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /// How it is spelt.
    public String word() {
      return word;
    }

    static State of(String word) {
      for (State state : values()) {
        if (state.word.equals(word)) {
          return state;
        }
      }
      throw new IllegalArgumentException("no state `" + word + "`");
    }
  }

  /// One step.
  ///
  /// @param place its number, from 0
  /// @param kind what is done
  /// @param thing to what
  /// @param detail what the kind needs besides, a line for each
  /// @param state `pending`, `done`, `failed` or `skipped`
  /// @param result for people: what came of it
  /// @param entry of the ledger that says so; -1 before
  public record Step(
      int place,
      Kind kind,
      EntityRef thing,
      List<String> detail,
      String state,
      String result,
      long entry) {
    public Step {
      detail = List.copyOf(detail);
    }

    /// A step that was not taken yet.
    static Step pending(int place, Kind kind, EntityRef thing, List<String> detail) {
      return new Step(place, kind, thing, detail, "pending", "", -1);
    }

    Step ended(String how, String what, long at) {
      return new Step(place, kind, thing, detail, how, what, at);
    }
  }

  /// What a step does.
  public enum Kind {
    /// Puts a thing on hold.
    HOLD("hold"),
    /// Goes round a thing that cannot be held: no release that touches it is gone back to.
    AVOID("avoid"),
    /// Revokes tokens of a run, or one token, and sees them dead.
    REVOKE_TOKENS("revoke-tokens"),
    /// Ends leases of a run's secrets, and sees them dead.
    REVOKE_LEASES("revoke-leases"),
    /// Revokes tickets that have to do with a run or a digest, and sees them dead.
    REVOKE_TICKETS("revoke-tickets"),
    /// Withdraws a digest for ever.
    TOMBSTONE("tombstone"),
    /// Takes a place back to the newest earlier release that holds today.
    ROLL_BACK("roll-back"),
    /// Lifts a hold that an earlier response set.
    LIFT("lift");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /// How it is spelt.
    public String word() {
      return word;
    }

    static Kind of(String word) {
      for (Kind kind : values()) {
        if (kind.word.equals(word)) {
          return kind;
        }
      }
      throw new IllegalArgumentException("no step `" + word + "`");
    }
  }
}
