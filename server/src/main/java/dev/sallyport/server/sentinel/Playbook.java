package dev.sallyport.server.sentinel;

import dev.sallyport.detect.Finding;
import dev.sallyport.detect.Severity;
import java.util.Set;

/// What is done by itself when a rule speaks.
///
/// @param name unique
/// @param rules ids of rules; empty for all
/// @param severity at least so bad
/// @param tier how far it goes
/// @param perHour most responses by it in an hour
/// @param mayStop a place may be stopped when no good release is left
public record Playbook(
    String name, Set<String> rules, Severity severity, Tier tier, int perHour, boolean mayStop) {
  public Playbook {
    rules = Set.copyOf(rules);
  }

  /// How far a response goes; each does what the one before does.
  public enum Tier {
    /// Only says so.
    NOTE("note"),
    /// Holds what it is about.
    HOLD("hold"),
    /// Revokes what its runs were handed.
    REVOKE("revoke"),
    /// Withdraws what they built, and takes places back.
    ROLL_BACK("rollback");

    private final String word;

    Tier(String word) {
      this.word = word;
    }

    /// How it is spelt.
    public String word() {
      return word;
    }

    /// Reads a word.
    ///
    /// @throws IllegalArgumentException if there is none such
    public static Tier of(String word) {
      for (Tier tier : values()) {
        if (tier.word.equals(word)) {
          return tier;
        }
      }
      throw new IllegalArgumentException("no tier `" + word + "`");
    }
  }

  /// Whether it is for this finding.
  boolean fits(Finding finding) {
    return (rules.isEmpty() || rules.contains(finding.rule()))
        && finding.severity().compareTo(severity) >= 0;
  }
}
