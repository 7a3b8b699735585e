package dev.sallyport.scan.secrets;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Finds every keyword in one pass over the bytes, upper and lower case alike (Aho and Corasick,
/// "Efficient string matching", CACM 18, 1975).
///
/// The automaton is a dense table: one look-up for each byte, whatever the number of keywords.
/// Bytes that no keyword uses share a column, which keeps the table in the second-level cache. A
/// state that ends a keyword is written as its complement, so that the loop needs no second table
/// until something was found.
final class KeywordAutomaton {
  private final byte[] columnOf = new byte[256];
  private final int columns;
  private final int[] next;
  private final int[][] endsAt;
  private final int[] lengths;

  /// Hears of each keyword that was seen.
  @FunctionalInterface
  interface Listener {
    /// Keyword number `keyword` stands at `start` to `end`; false ends the pass.
    boolean seen(int keyword, int start, int end);
  }

  KeywordAutomaton(List<String> keywords) {
    lengths = new int[keywords.size()];
    int used = 1;
    for (String keyword : keywords) {
      for (byte character : lower(keyword)) {
        if (columnOf[character & 0xFF] == 0) {
          columnOf[character & 0xFF] = (byte) used;
          columnOf[Character.toUpperCase((char) (character & 0xFF)) & 0xFF] = (byte) used;
          used++;
        }
      }
    }
    columns = used;

    var trie = new ArrayList<int[]>();
    var ends = new ArrayList<List<Integer>>();
    trie.add(emptyRow());
    ends.add(new ArrayList<>());
    for (int keyword = 0; keyword < keywords.size(); keyword++) {
      byte[] characters = lower(keywords.get(keyword));
      lengths[keyword] = characters.length;
      int state = 0;
      for (byte character : characters) {
        int column = columnOf[character & 0xFF];
        int target = trie.get(state)[column];
        if (target < 0) {
          target = trie.size();
          trie.get(state)[column] = target;
          trie.add(emptyRow());
          ends.add(new ArrayList<>());
        }
        state = target;
      }
      ends.get(state).add(keyword);
    }
    completeWithFailures(trie, ends);

    endsAt = ends.stream().map(KeywordAutomaton::array).toArray(int[][]::new);
    next = new int[trie.size() * columns];
    for (int state = 0; state < trie.size(); state++) {
      for (int column = 0; column < columns; column++) {
        int target = trie.get(state)[column];
        int row = target * columns;
        next[state * columns + column] = endsAt[target].length == 0 ? row : ~row;
      }
    }
  }

  private void completeWithFailures(List<int[]> trie, List<List<Integer>> ends) {
    int[] failure = new int[trie.size()];
    var queue = new ArrayDeque<Integer>();
    for (int column = 0; column < columns; column++) {
      int child = trie.getFirst()[column];
      if (child < 0) {
        trie.getFirst()[column] = 0;
      } else {
        queue.add(child);
      }
    }
    while (!queue.isEmpty()) {
      int state = queue.remove();
      ends.get(state).addAll(ends.get(failure[state]));
      for (int column = 0; column < columns; column++) {
        int child = trie.get(state)[column];
        int fallback = trie.get(failure[state])[column];
        if (child < 0) {
          trie.get(state)[column] = fallback;
        } else {
          failure[child] = fallback;
          queue.add(child);
        }
      }
    }
  }

  /// Tells the listener of each keyword, in the order in which they end.
  void run(byte[] text, int length, Listener listener) {
    int state = 0;
    for (int at = 0; at < length; at++) {
      state = next[state + columnOf[text[at] & 0xFF]];
      if (state < 0) {
        state = ~state;
        for (int keyword : endsAt[state / columns]) {
          if (!listener.seen(keyword, at + 1 - lengths[keyword], at + 1)) {
            return;
          }
        }
      }
    }
  }

  private int[] emptyRow() {
    int[] row = new int[columns];
    Arrays.fill(row, -1);
    return row;
  }

  private static byte[] lower(String keyword) {
    byte[] bytes = keyword.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] >= 'A' && bytes[i] <= 'Z') {
        bytes[i] = (byte) (bytes[i] + ('a' - 'A'));
      }
    }
    return bytes;
  }

  private static int[] array(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }
}
