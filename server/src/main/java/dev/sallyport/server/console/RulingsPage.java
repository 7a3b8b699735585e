package dev.sallyport.server.console;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the log holds, newest first.
///
/// @param all whether every entry is shown, or rulings only
/// @param older where the next page begins; null on the last one
public record RulingsPage(
    List<Row> rows, boolean all, @Nullable Long older, long treeSize, String formToken) {
  public RulingsPage {
    rows = List.copyOf(rows);
  }

  /// One entry.
  ///
  /// @param tone how its outcome is coloured: good, bad or plain
  public record Row(
      long index,
      String instant,
      String time,
      String type,
      String action,
      String subject,
      String actor,
      String outcome,
      String tone) {}
}
