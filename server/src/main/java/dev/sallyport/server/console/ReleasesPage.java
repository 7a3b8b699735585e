package dev.sallyport.server.console;

import java.util.List;

/// What runs where.
public record ReleasesPage(List<Row> rows, String formToken) {
  public ReleasesPage {
    rows = List.copyOf(rows);
  }

  /// One place.
  ///
  /// @param tone good where it runs what it should, bad where not, plain where nothing is known
  public record Row(
      String service,
      String environment,
      String host,
      String running,
      String expected,
      String state,
      String tone,
      String heard) {}
}
