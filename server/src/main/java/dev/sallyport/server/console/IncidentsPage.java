package dev.sallyport.server.console;

import java.util.List;

/// What the sentinel saw, newest first.
///
/// @param automatic whether responses run by themselves
public record IncidentsPage(List<Row> rows, boolean automatic, String formToken) {
  public IncidentsPage {
    rows = List.copyOf(rows);
  }

  /// One incident.
  ///
  /// @param tone how it is coloured: bad while it is open, plain when it was closed
  public record Row(
      String id,
      String title,
      String matter,
      String severity,
      String state,
      String tone,
      String instant,
      String time) {}
}
