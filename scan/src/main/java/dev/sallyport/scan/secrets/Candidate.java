package dev.sallyport.scan.secrets;

import dev.sallyport.scan.Severity;

/// Something that a detector takes for a secret: where its value stands and what it is.
///
/// @param rule our name for it
/// @param what the thing in a few words, as `a GitHub token`
/// @param name what the text calls it, or empty; part of the identity of a guessable value
/// @param specific true where the format names its maker; such a candidate hides a guess at the
///   same place
/// @param guessable true where the value may be short enough to be found from a plain digest of it
record Candidate(
    String rule,
    Severity severity,
    String what,
    String name,
    int start,
    int end,
    boolean specific,
    boolean guessable) {

  /// A value whose format names its maker.
  static Candidate specific(String rule, Severity severity, String what, int start, int end) {
    return new Candidate(rule, severity, what, "", start, end, true, false);
  }
}
