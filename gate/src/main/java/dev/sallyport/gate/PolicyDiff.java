package dev.sallyport.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// What differs between two sets of policies: which were added, removed and changed, by their ids,
/// each with the lines that differ.
///
/// Where a policy stands, and what is written between policies, decides nothing and is no change.
public final class PolicyDiff {
  /// Lines shown around what differs.
  private static final int AROUND = 3;

  /// Two texts with more lines than this between them are shown one after the other: the table of
  /// the comparison grows with their product.
  private static final int MOST_LINES = 4_000;

  private PolicyDiff() {}

  /// How a policy differs.
  public enum Kind {
    ADDED,
    REMOVED,
    CHANGED;

    /// Its name in JSON.
    public String word() {
      return switch (this) {
        case ADDED -> "added";
        case REMOVED -> "removed";
        case CHANGED -> "changed";
      };
    }
  }

  /// One policy that differs.
  ///
  /// @param forbids whether it forbids, as it is after; before, where it is removed
  /// @param lines what differs, each line behind a space, `-` or `+`; `@@` where lines were left
  ///   out
  public record Change(String id, Kind kind, boolean forbids, List<String> lines) {
    public Change {
      lines = List.copyOf(lines);
    }
  }

  /// From one set to another, by id.
  public static List<Change> between(PolicySnapshot before, PolicySnapshot after) {
    var ids = new TreeSet<String>();
    before.policies().forEach(policy -> ids.add(policy.id()));
    after.policies().forEach(policy -> ids.add(policy.id()));
    var changes = new ArrayList<Change>();
    for (String id : ids) {
      boolean was = before.holds(id);
      boolean is = after.holds(id);
      List<String> old = was ? before.text(id).lines().toList() : List.of();
      List<String> fresh = is ? after.text(id).lines().toList() : List.of();
      if (was && is && old.equals(fresh)) {
        continue;
      }
      changes.add(
          new Change(
              id,
              !was ? Kind.ADDED : is ? Kind.CHANGED : Kind.REMOVED,
              (is ? after : before).ref(id).forbids(),
              lines(old, fresh)));
    }
    return List.copyOf(changes);
  }

  /// Every line of both in order; what is the same far from a difference is left out.
  static List<String> lines(List<String> old, List<String> fresh) {
    List<String> all = merged(old, fresh);
    var near = new boolean[all.size()];
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).charAt(0) != ' ') {
        for (int j = Math.max(0, i - AROUND); j <= Math.min(all.size() - 1, i + AROUND); j++) {
          near[j] = true;
        }
      }
    }
    var shown = new ArrayList<String>();
    for (int i = 0; i < all.size(); i++) {
      if (near[i]) {
        shown.add(all.get(i));
      } else if (i == 0 || near[i - 1]) {
        shown.add("@@");
      }
    }
    return shown;
  }

  /// By the longest common subsequence.
  private static List<String> merged(List<String> old, List<String> fresh) {
    var all = new ArrayList<String>();
    if (old.size() + fresh.size() > MOST_LINES) {
      old.forEach(line -> all.add("-" + line));
      fresh.forEach(line -> all.add("+" + line));
      return all;
    }
    var common = new int[old.size() + 1][fresh.size() + 1];
    for (int i = old.size() - 1; i >= 0; i--) {
      for (int j = fresh.size() - 1; j >= 0; j--) {
        common[i][j] =
            old.get(i).equals(fresh.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    int i = 0;
    int j = 0;
    while (i < old.size() || j < fresh.size()) {
      if (i < old.size() && j < fresh.size() && old.get(i).equals(fresh.get(j))) {
        all.add(" " + old.get(i));
        i++;
        j++;
      } else if (i < old.size() && (j == fresh.size() || common[i + 1][j] >= common[i][j + 1])) {
        all.add("-" + old.get(i++));
      } else {
        all.add("+" + fresh.get(j++));
      }
    }
    return all;
  }
}
