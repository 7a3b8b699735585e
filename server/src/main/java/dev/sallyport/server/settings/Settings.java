package dev.sallyport.server.settings;

import dev.sallyport.credential.Issuer;
import dev.sallyport.gate.Profile;
import dev.sallyport.keys.VerifyingKey;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
/// @param agentPort where host agents ask, by mutual TLS; 0 for a free one
/// @param registry the registry behind the door; null where there is none
/// @param runners ids of runners that are known as ours
/// @param respond how the sentinel may act by itself
/// @param exports where entries are told to
public record Settings(
    Profile profile,
    @Nullable Postgresql postgresql,
    List<URI> publicUrls,
    List<TrustedIssuer> issuers,
    List<Signer> signers,
    List<Environment> environments,
    List<Repository> repositories,
    int agentPort,
    @Nullable Registry registry,
    Set<String> runners,
    Respond respond,
    List<Export> exports) {
  /// The name of the control plane's own signer; nobody else may bear it.
  public static final String OWN_SIGNER = "sallyport";

  /// Nothing configured: no issuer, so nobody can ask; the baseline profile.
  public static final Settings NONE =
      new Settings(
          Profile.BASELINE,
          null,
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          0,
          null,
          Set.of(),
          Respond.BY_DEFAULT,
          List.of());

  public Settings {
    publicUrls = List.copyOf(publicUrls);
    issuers = List.copyOf(issuers);
    signers = List.copyOf(signers);
    environments = List.copyOf(environments);
    repositories = List.copyOf(repositories);
    runners = Set.copyOf(runners);
    exports = List.copyOf(exports);
  }

  /// The real registry that the OCI door stands in front of.
  ///
  /// @param upstream its base URL: https, or http on loopback
  /// @param user for Basic authentication there; null where it asks for none
  /// @param passwordFile of mode 0600
  /// @param repositories OCI repository name -> id of the source repository whose runs publish
  ///   there
  public record Registry(
      URI upstream,
      @Nullable String user,
      @Nullable Path passwordFile,
      Map<String, String> repositories) {
    public Registry {
      repositories = Map.copyOf(repositories);
    }
  }

  /// How the sentinel may act by itself.
  ///
  /// @param automatic whether playbooks run without a person
  /// @param perHour most automatic responses in an hour
  public record Respond(boolean automatic, int perHour) {
    /// Automatic, within narrow bounds.
    public static final Respond BY_DEFAULT = new Respond(true, 10);
  }

  /// One place that entries are told to.
  ///
  /// @param name unique; the cursor is kept under it
  /// @param kind `splunk-hec`, `syslog` or `json-lines`
  /// @param target a URL, `tls://host:port` or `tcp://host:port`, or a file
  /// @param tokenFile of mode 0600; null where the kind has none
  /// @param index where Splunk puts them; null for the token's own
  /// @param caFile the authority of the receiver's certificate; null for the JDK's
  public record Export(
      String name,
      String kind,
      String target,
      @Nullable Path tokenFile,
      @Nullable String index,
      @Nullable Path caFile) {}

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
  /// @param starters ids of those who may start runs that deliver; null where nobody said
  public record Repository(
      String id, @Nullable String name, Set<String> urls, @Nullable Set<String> starters) {
    public Repository {
      urls = Set.copyOf(urls);
      starters = starters == null ? null : Set.copyOf(starters);
    }
  }

  /// The same, with the control plane itself as a signer of what it saw of builds and tests.
  public Settings signingAs(VerifyingKey own) {
    var all = new ArrayList<>(signers);
    all.add(new Signer(OWN_SIGNER, Set.of("build", "test"), own));
    return new Settings(
        profile,
        postgresql,
        publicUrls,
        issuers,
        all,
        environments,
        repositories,
        agentPort,
        registry,
        runners,
        respond,
        exports);
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
