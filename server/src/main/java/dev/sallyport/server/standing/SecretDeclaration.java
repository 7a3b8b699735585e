package dev.sallyport.server.standing;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What is declared of a secret. Null where nothing is: then policies that ask for it refuse.
///
/// @param path the secret's name
/// @param repositories ids of repositories whose runs may read it
/// @param refs from which they may
/// @param steps that may
/// @param environments to which the secret belongs
public record SecretDeclaration(
    String path,
    @Nullable Set<String> repositories,
    @Nullable Set<String> refs,
    @Nullable Set<String> steps,
    @Nullable Set<String> environments) {
  private static final Pattern PATH =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){0,3}");
  private static final int MAX_WORDS = 100;
  private static final int MAX_WORD = 256;

  /// Checks and copies each part.
  public SecretDeclaration {
    requirePath(path);
    repositories = checked(repositories);
    refs = checked(refs);
    steps = checked(steps);
    environments = checked(environments);
  }

  /// Refuses what is no path of a secret.
  ///
  /// @throws IllegalArgumentException with a sentence for people
  public static String requirePath(String path) {
    if (!PATH.matcher(path).matches()) {
      throw new IllegalArgumentException(
          "a secret's path is one to four words of letters, digits, `.`, `_`, `-`, between slashes");
    }
    return path;
  }

  private static @Nullable Set<String> checked(@Nullable Set<String> words) {
    if (words == null) {
      return null;
    }
    if (words.size() > MAX_WORDS
        || words.stream()
            .anyMatch(word ->
                word.isEmpty()
                    || word.length() > MAX_WORD
                    || word.chars().anyMatch(Character::isISOControl))) {
      throw new IllegalArgumentException(
          "a declaration has at most 100 words of 1 to 256 characters");
    }
    return Set.copyOf(new TreeSet<>(words));
  }
}
