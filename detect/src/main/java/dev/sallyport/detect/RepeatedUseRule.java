package dev.sallyport.detect;

import java.util.List;
import java.util.Set;

/// What counts once was shown again: a token at the exchange, or a ticket at any of its doors.
///
/// The door refused it already; the finding says that somebody holds a copy.
final class RepeatedUseRule implements Detector {
  private static final About ABOUT =
      new About(
          "used-twice",
          "A token, proof or ticket that counts once was shown a second time: somebody holds a copy.",
          Severity.HIGH,
          List.of("T1528", "T1550.001"),
          List.of(6));
  private static final Set<String> TICKET_DOORS = Set.of("start", "redeem");
  private static final Set<String> REASONS = Set.of("replayed", "used", "used-before", "redeemed");

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

  private static boolean repeatedTicket(Event event) {
    String reason = event.attribute("reason");
    return event.type().equals("ticket")
        && TICKET_DOORS.contains(event.action())
        && event.outcome().equals("refused")
        && reason != null
        && REASONS.stream().anyMatch(word -> reason.equals(word) || reason.startsWith(word + ":"));
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
        "a " + what + " that counts once was shown again, and refused");
  }
}
