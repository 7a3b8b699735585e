package dev.sallyport.gate;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The three policies that come with the house; ordinary Cedar text that a user may read and copy.
public enum Profile {
  /// Allows, and tells what the others would have refused.
  OBSERVE,
  /// Refuses what is known to be bad; usable on a project that signs only in part.
  BASELINE,
  /// Refuses what is not proved good.
  STRICT;

  /// Its name in files, options and JSON.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The profile that `word` names; empty for any other word.
  public static Optional<Profile> of(String word) {
    return Arrays.stream(values()).filter(profile -> profile.word().equals(word)).findFirst();
  }
}
