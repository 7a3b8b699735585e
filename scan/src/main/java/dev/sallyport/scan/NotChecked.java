package dev.sallyport.scan;

/// A gap, named: what was not looked at and why. A scan with gaps is never "clean".
///
/// @param what a path, or the subject in a few words
/// @param why one clause, lower case
public record NotChecked(String what, String why) {
  public NotChecked {
    if (what.isBlank() || why.isBlank()) {
      throw new IllegalArgumentException("a gap is named with its reason");
    }
  }
}
