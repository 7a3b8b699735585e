package dev.sallyport.server.console;

import java.util.List;

/// One place: what runs there, and what ran before.
public record ReleasePage(ReleasesPage.Row place, List<Earlier> earlier, String formToken) {
  public ReleasePage {
    earlier = List.copyOf(earlier);
  }

  /// A release that was live here.
  ///
  /// @param run its run, linked; empty where none asked
  /// @param current whether it runs now
  /// @param withdrawn whether it can never come back
  public record Earlier(
      String digest,
      String run,
      String instant,
      String time,
      String state,
      boolean current,
      boolean withdrawn) {}
}
