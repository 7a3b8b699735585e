package dev.sallyport.detect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Rows of texts by key, of which the least recently written goes when there are too many.
///
/// "Recently" is by the order of events, never by a clock, so that a replay forgets the same rows.
/// What was forgotten counts as never seen.
final class Table {
  /// Most rows of a table.
  static final int MAX_ROWS = 4096;

  /// Most texts in a row.
  static final int MAX_TEXTS = 34;

  /// Most characters of a key or text; longer ones are cut.
  static final int MAX_CHARS = 1100;

  private final LinkedHashMap<String, List<String>> rows = new LinkedHashMap<>();

  /// A row, or null where there is none.
  @Nullable List<String> get(String key) {
    return rows.get(cut(key));
  }

  /// Writes a row, which is now the newest.
  void put(String key, List<String> row) {
    if (row.size() > MAX_TEXTS) {
      throw new IllegalArgumentException("a row has at most " + MAX_TEXTS + " texts");
    }
    rows.putLast(cut(key), row.stream().map(Table::cut).toList());
    if (rows.size() > MAX_ROWS) {
      rows.pollFirstEntry();
    }
  }

  void remove(String key) {
    rows.remove(cut(key));
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /// All rows by key, oldest first; to be read at once.
  Map<String, List<String>> all() {
    return rows;
  }

  /// All rows, oldest first, each with its key in front.
  List<List<String>> rows() {
    var all = new ArrayList<List<String>>();
    rows.forEach((key, row) -> {
      var texts = new ArrayList<String>();
      texts.add(key);
      texts.addAll(row);
      all.add(texts);
    });
    return all;
  }

  private static String cut(String text) {
    return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS);
  }
}
