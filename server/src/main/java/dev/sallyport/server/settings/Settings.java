package dev.sallyport.server.settings;

import dev.sallyport.credential.Issuer;
import dev.sallyport.gate.Profile;
import dev.sallyport.keys.VerifyingKey;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The whole configuration, valid: docs/reference/server-config.md.
///
/// @param profile which built-in policy rules where the data folder has no `policy/`
/// @param postgresql where to keep everything; null for SQLite files in the data folder
/// @param publicUrls under which a proxy in front makes us known
/// @param issuers whose CI tokens are taken
/// @param signers whose statements count, and in which roles
/// @param environments where things are deployed to
/// @param repositories what is known of repositories
public record Settings(
    Profile profile,
    @Nullable Postgresql postgresql,
    List<URI> publicUrls,
    List<TrustedIssuer> issuers,
    List<Signer> signers,
    List<Environment> environments,
    List<Repository> repositories) {
  /// Nothing configured: no issuer, so nobody can ask; the baseline profile.
  public static final Settings NONE =
      new Settings(Profile.BASELINE, null, List.of(), List.of(), List.of(), List.of(), List.of());

  public Settings {
    publicUrls = List.copyOf(publicUrls);
    issuers = List.copyOf(issuers);
    signers = List.copyOf(signers);
    environments = List.copyOf(environments);
    repositories = List.copyOf(repositories);
  }

  /// A PostgreSQL to use.
  ///
  /// @param passwordFile of mode 0600; null where the server asks for none
  public record Postgresql(String url, String user, @Nullable Path passwordFile) {}

  /// An issuer and where its keys come from: exactly one of the two.
  public record TrustedIssuer(Issuer issuer, @Nullable URI jwksUrl, @Nullable Path jwksFile) {}

  /// A key that may make statements.
  ///
  /// @param roles what its statements count as: build, test, scan, review
  public record Signer(String name, Set<String> roles, VerifyingKey key) {
    public Signer {
      roles = Set.copyOf(roles);
    }
  }

  /// An environment.
  ///
  /// @param production whether it serves real users; null where nobody said, which counts as yes
  /// @param sources repositories whose runs may deploy here; null where nobody said
  public record Environment(
      String id, @Nullable Boolean production, @Nullable Set<String> sources) {
    public Environment {
      sources = sources == null ? null : Set.copyOf(sources);
    }
  }

  /// A repository by its immutable id.
  ///
  /// @param urls under which provenance names it
  public record Repository(String id, @Nullable String name, Set<String> urls) {
    public Repository {
      urls = Set.copyOf(urls);
    }
  }

  /// The environment of this id.
  public Optional<Environment> environment(String id) {
    return environments.stream().filter(one -> one.id().equals(id)).findFirst();
  }

  /// The repository of this id.
  public Optional<Repository> repository(String id) {
    return repositories.stream().filter(one -> one.id().equals(id)).findFirst();
  }

  /// The repository that is known under this URL.
  public Optional<Repository> repositoryAt(String url) {
    return repositories.stream().filter(one -> one.urls().contains(url)).findFirst();
  }
}
