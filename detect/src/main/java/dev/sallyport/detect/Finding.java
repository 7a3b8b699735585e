package dev.sallyport.detect;

import java.time.Instant;
import java.util.List;

/// A detector saw something.
///
/// @param rule whose
/// @param time of the event that completed it, or the deadline that passed
/// @param at index of that event; with `rule` and `about` it names the finding for ever
/// @param about the things it is about, the foremost first
/// @param evidence indices of the entries that show it, ascending
/// @param text one sentence for people; never a secret
public record Finding(
    String rule,
    Severity severity,
    Instant time,
    long at,
    List<Thing> about,
    List<Long> evidence,
    String text) {
  static final int MAX_EVIDENCE = 16;

  public Finding {
    about = List.copyOf(about);
    evidence =
        evidence.stream()
            .distinct()
            .sorted()
            .skip(Math.max(0, evidence.stream().distinct().count() - MAX_EVIDENCE))
            .toList();
    if (about.isEmpty() || evidence.isEmpty()) {
      throw new IllegalArgumentException("a finding is about something and shows why");
    }
  }

  /// Equal for the same finding and no other, however often it is found again.
  public String identity() {
    Thing first = about.getFirst();
    return rule + "\n" + at + "\n" + first.type() + "\n" + first.id();
  }
}
