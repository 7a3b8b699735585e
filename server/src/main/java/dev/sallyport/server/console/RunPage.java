package dev.sallyport.server.console;

import java.util.List;

/// A run as a path of doors: what it asked for, what it was told, and when.
///
/// @param indexed up to which entry the log was read for this page
public record RunPage(
    String run, List<Door> doors, boolean held, long indexed, boolean cut, String formToken) {
  public RunPage {
    doors = List.copyOf(doors);
  }

  /// One door it came to.
  ///
  /// @param after milliseconds since the door before
  /// @param enforced whether a credential or a door hung on the answer
  public record Door(
      long entry,
      String instant,
      String time,
      String after,
      String name,
      String about,
      String outcome,
      String tone,
      boolean enforced) {}
}
