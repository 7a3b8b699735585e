package dev.sallyport.detect;

import java.util.List;
import java.util.Set;

/// What counts once, and for one alone, was shown again or by another: a token at the exchange, or
/// a ticket at any of its doors.
///
/// The door refused it already; the finding says that somebody holds a copy.
final class RepeatedUseRule implements Detector {
  private static final About ABOUT =
      new About(
          "used-twice",
          "A token, proof or ticket that counts once was shown a second time or by another: somebody holds a copy.",
          Severity.HIGH,
          List.of("T1528", "T1550.001"),
          List.of(6));
  private static final Set<String> TICKET_DOORS = Set.of("start", "redeem");
  private static final Set<String> REASONS =
      Set.of(
          "ticket was used before", "ticket is bound to another key", "ticket is for another host");

  @Override
  public About about() {
    return ABOUT;
  }

  @Override
  public List<Finding> step(Memory memory, Input input) {
    return switch (input) {
      case Tick _ -> List.of();
      case Event event when repeatedToken(event) -> List.of(found(event, "token"));
      case Event event when repeatedTicket(event) -> List.of(found(event, "ticket"));
      case Event _ -> List.of();
    };
  }

  private static boolean repeatedToken(Event event) {
    return event.is("token", "mint")
        && event.outcome().equals("refused")
        && "replayed".equals(event.id("Token"));
  }

  /// The house itself tries dead tickets, to prove that they are.
  private static boolean repeatedTicket(Event event) {
    String reason = event.attribute("reason");
    return event.type().equals("ticket")
        && TICKET_DOORS.contains(event.action())
        && event.outcome().equals("refused")
        && !event.actor().type().equals("server")
        && reason != null
        && REASONS.contains(reason);
  }

  private static Finding found(Event event, String what) {
    List<Thing> about =
        what.equals("ticket") ? event.subjects() : List.of(event.actor(), event.resource());
    return new Finding(
        ABOUT.id(),
        ABOUT.severity(),
        event.time(),
        event.index(),
        about,
        List.of(event.index()),
        what.equals("ticket")
            ? "a ticket was shown by whoever must not have it, and refused: "
                + event.attribute("reason")
            : "a token that counts once was shown again, and refused");
  }
}
