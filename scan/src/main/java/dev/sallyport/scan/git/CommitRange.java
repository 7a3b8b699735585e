package dev.sallyport.scan.git;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The commits that are judged: those reachable from `head` and not from `base`.
///
/// @param base the commit that trust is read from, or null where there is none
/// @param head the newest commit, or null in an empty repository
/// @param commits their ids, newest first
/// @param chosenBy how the range came about, for people
public record CommitRange(
    @Nullable String base, @Nullable String head, List<String> commits, String chosenBy) {
  /// Copies the list.
  public CommitRange {
    commits = List.copyOf(commits);
  }
}
