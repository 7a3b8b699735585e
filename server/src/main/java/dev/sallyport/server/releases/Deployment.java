package dev.sallyport.server.releases;

import dev.sallyport.credential.BoundTickets.Kind;
import dev.sallyport.gate.EntityRef;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One ticket and what became of it; both bear the same id.
///
/// @param host that serves the place, without `host/`
/// @param artifact `sha256:` and 64 hex digits
/// @param repository of the registry
/// @param caller who asked, as entries name it
/// @param key thumbprint of the key that may start it
/// @param run null where no run asked
/// @param runner null where it is not known
/// @param touched a hold on any of these stops it
/// @param ruling index of the entry that allowed it
/// @param previous digest that ran before; null where none did or it is not known yet
/// @param detail why it ended so, for people
/// @param liveSince when it went live; null where it never did
public record Deployment(
    String id,
    Kind kind,
    Place place,
    String host,
    String artifact,
    String repository,
    String caller,
    String key,
    @Nullable String run,
    @Nullable String runner,
    List<EntityRef> touched,
    long ruling,
    Instant expires,
    TicketState ticket,
    State state,
    @Nullable String previous,
    String detail,
    String health,
    long seconds,
    Instant issued,
    @Nullable Instant liveSince) {
  public Deployment {
    touched = List.copyOf(touched);
  }

  /// What can still be done with the ticket.
  public enum TicketState {
    /// Its caller may start it.
    ISSUED("issued"),
    /// Its host may redeem it.
    STARTED("started"),
    /// Nothing: it was used.
    REDEEMED("redeemed"),
    /// Nothing: something was on hold when it was redeemed.
    REFUSED("refused"),
    /// Nothing: it was taken back.
    REVOKED("revoked");

    private final String word;

    TicketState(String word) {
      this.word = word;
    }

    /// How it is spelt.
    public String word() {
      return word;
    }
  }

  /// How far it is.
  public enum State {
    /// A ticket was issued, nothing was asked of the host.
    ISSUED("issued"),
    /// The host was asked.
    REQUESTED("requested"),
    /// The host is at it.
    REDEEMED("redeemed"),
    /// It runs and is healthy.
    LIVE("live"),
    /// It does not, and nothing runs in its place.
    FAILED("failed"),
    /// It was not healthy, and the release before it runs again.
    UNDONE("undone"),
    /// Another went live after it.
    SUPERSEDED("superseded");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /// How it is spelt in entries and answers.
    public String word() {
      return word;
    }

    /// Whether nothing more comes of it by itself.
    public boolean isOver() {
      return switch (this) {
        case ISSUED, REQUESTED, REDEEMED -> false;
        case LIVE, FAILED, UNDONE, SUPERSEDED -> true;
      };
    }
  }

  /// The host as the vocabulary names it.
  public EntityRef machine() {
    return new EntityRef("Machine", "host/" + host);
  }
}
