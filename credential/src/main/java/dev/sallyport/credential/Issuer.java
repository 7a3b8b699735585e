package dev.sallyport.credential;

import com.nimbusds.jose.JWSAlgorithm;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// A party whose tokens are taken, and on what terms: all of it configuration, nothing of it from a
/// token.
///
/// @param url exactly what its tokens say as `iss`
/// @param forge the name its ids are known under, such as `github.com`: two forges may both have a
///   repository 345
/// @param audience the one audience its tokens must be for; ours, never the issuer's default
/// @param algorithms which signatures it may use; asymmetric ones only
/// @param kind how its claims are read
/// @param trusted for each immutable claim, the values that are ours; a token whose claim is not
///   among them is refused. Never empty: an issuer that serves everybody must be narrowed.
/// @param maxAge how long after `iat` its tokens are taken
public record Issuer(
    String url,
    String forge,
    String audience,
    Set<String> algorithms,
    Kind kind,
    Map<String, List<String>> trusted,
    Duration maxAge) {
  /// Whose claims they are.
  public enum Kind {
    /// GitHub Actions.
    GITHUB("github"),
    /// GitLab CI.
    GITLAB("gitlab"),
    /// Any other; identified by `sub` as a whole, which is compared and never parsed.
    GENERIC("generic");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /// How it is spelt in configuration.
    public String word() {
      return word;
    }
  }

  private static final Pattern FORGE = Pattern.compile("[a-z0-9][a-z0-9.:-]{0,126}");
  private static final Set<String> KNOWN_ALGORITHMS =
      Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

  public Issuer {
    algorithms = Set.copyOf(algorithms);
    trusted = Map.copyOf(trusted);
    if (url.isBlank() || audience.isBlank()) {
      throw new IllegalArgumentException("an issuer needs its URL and an audience");
    }
    if (!FORGE.matcher(forge).matches()) {
      throw new IllegalArgumentException("a forge is named by a host, such as github.com");
    }
    if (algorithms.isEmpty() || !KNOWN_ALGORITHMS.containsAll(algorithms)) {
      throw new IllegalArgumentException(
          "algorithms must be some of " + KNOWN_ALGORITHMS.stream().sorted().toList());
    }
    if (trusted.isEmpty() || trusted.values().stream().anyMatch(List::isEmpty)) {
      throw new IllegalArgumentException(
          "an issuer needs at least one trusted claim with a value, such as repository_owner_id");
    }
    if (maxAge.isNegative() || maxAge.isZero() || maxAge.compareTo(Duration.ofHours(24)) > 0) {
      throw new IllegalArgumentException("the greatest age is above zero and at most a day");
    }
  }

  boolean allows(JWSAlgorithm algorithm) {
    return algorithms.contains(algorithm.getName());
  }
}
