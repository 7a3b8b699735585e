package dev.sallyport.server.settings;

import dev.sallyport.credential.Issuer;
import dev.sallyport.gate.Profile;
import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.VerifyingKey;
import dev.sallyport.server.settings.Settings.Environment;
import dev.sallyport.server.settings.Settings.Export;
import dev.sallyport.server.settings.Settings.Postgresql;
import dev.sallyport.server.settings.Settings.Registry;
import dev.sallyport.server.settings.Settings.Repository;
import dev.sallyport.server.settings.Settings.Respond;
import dev.sallyport.server.settings.Settings.Signer;
import dev.sallyport.server.settings.Settings.TrustedIssuer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Reads `config.yaml` or `config.json` of the data folder, strictly: an unknown name, a doubled
/// one, a wrong type or a value that cannot be meant stops the start and says where it stands.
public final class SettingsReader {
  private static final int MAX_BYTES = 1024 * 1024;
  private static final Set<String> EXPORTS = Set.of("splunk-hec", "syslog", "json-lines");
  private static final Set<String> ROLES = Set.of("build", "test", "scan", "review");
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(16).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path folder;
  private final String name;

  private SettingsReader(Path folder, String name) {
    this.folder = folder;
    this.name = name;
  }

  /// The configuration in `folder`, or [Settings#NONE] where there is no file.
  public static Settings read(Path folder) {
    boolean yaml = Files.exists(folder.resolve("config.yaml"));
    boolean json = Files.exists(folder.resolve("config.json"));
    if (yaml && json) {
      throw new SettingsException("config.yaml and config.json: only one of them may be there");
    }
    if (!yaml && !json) {
      return Settings.NONE;
    }
    return new SettingsReader(folder, yaml ? "config.yaml" : "config.json").read();
  }

  private Settings read() {
    Place root =
        new Place(name + ":", parse())
            .object(
                "profile",
                "postgresql",
                "publicUrls",
                "issuers",
                "signers",
                "environments",
                "repositories",
                "agentPort",
                "registry",
                "runners",
                "respond",
                "exports");
    Place profile = root.at("profile");
    Place postgresql = root.at("postgresql");
    return new Settings(
        profile.isAbsent()
            ? Profile.BASELINE
            : Profile.of(profile.text())
                .orElseThrow(() -> profile.refuse("wanted observe, baseline or strict")),
        postgresql.isAbsent() ? null : postgresql(postgresql),
        root.at("publicUrls").list().stream().map(SettingsReader::httpsUrl).toList(),
        distinct(
            root.at("issuers"),
            this::issuer,
            List.of(one -> one.issuer().url(), one -> one.issuer().forge())),
        distinct(root.at("signers"), this::signer, List.of(Signer::name, one -> one.key().keyId())),
        distinct(root.at("environments"), this::environment, List.of(Environment::id)),
        distinct(root.at("repositories"), this::repository, List.of(Repository::id)),
        root.at("agentPort").number(0, 65_535, 0),
        root.at("registry").isAbsent() ? null : registry(root.at("registry")),
        root.at("runners").ids(),
        respond(root.at("respond")),
        distinct(root.at("exports"), this::export, List.of(Export::name)));
  }

  private @Nullable Object parse() {
    Path file = folder.resolve(name);
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new SettingsException(name + ": is larger than " + MAX_BYTES + " bytes");
      }
      byte[] bytes = Files.readAllBytes(file);
      if (name.endsWith(".json")) {
        return JSON.readValue(bytes, Object.class);
      }
      var load =
          new Load(
              LoadSettings.builder()
                  .setLabel(name)
                  .setAllowDuplicateKeys(false)
                  .setAllowRecursiveKeys(false)
                  .setMaxAliasesForCollections(0)
                  .build());
      Object read = load.loadFromString(new String(bytes, StandardCharsets.UTF_8));
      return read == null ? Map.of() : read;
    } catch (JacksonException e) {
      throw new SettingsException(name + ": " + e.getOriginalMessage(), e);
    } catch (YamlEngineException e) {
      throw new SettingsException(name + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SettingsException("couldn't read `" + file + "`", e);
    }
  }

  /// Reads a list in which none of `names` may come twice.
  private static <T> List<T> distinct(
      Place list, Function<Place, T> reader, List<Function<T, String>> names) {
    var seen = new HashSet<String>();
    return list.list().stream()
        .map(place -> {
          T value = reader.apply(place);
          for (int i = 0; i < names.size(); i++) {
            if (!seen.add(i + " " + names.get(i).apply(value))) {
              throw place.refuse("`" + names.get(i).apply(value) + "` stands here twice");
            }
          }
          return value;
        })
        .toList();
  }

  private Postgresql postgresql(Place place) {
    place.object("url", "user", "passwordFile");
    String url = place.at("url").text();
    if (!url.startsWith("jdbc:postgresql:")) {
      throw place.at("url").refuse("wanted jdbc:postgresql://host/database");
    }
    if (url.contains("password=")) {
      throw place.at("url").refuse("a password belongs into passwordFile");
    }
    Place password = place.at("passwordFile");
    return new Postgresql(
        url, place.at("user").text(), password.isAbsent() ? null : folder.resolve(password.text()));
  }

  private static URI httpsUrl(Place place) {
    URI url = place.as(URI::create);
    if (!"https".equals(url.getScheme())
        || url.getHost() == null
        || url.getUserInfo() != null
        || url.getFragment() != null) {
      throw place.refuse("wanted an https URL");
    }
    return url;
  }

  private TrustedIssuer issuer(Place place) {
    place.object(
        "url",
        "forge",
        "kind",
        "audience",
        "algorithms",
        "jwksUrl",
        "jwksFile",
        "trusted",
        "maxAgeSeconds");
    Place url = place.at("jwksUrl");
    Place file = place.at("jwksFile");
    if (url.isAbsent() == file.isAbsent()) {
      throw place.refuse("wanted one of jwksUrl and jwksFile");
    }
    Set<String> algorithms = place.at("algorithms").ids();
    Issuer.Kind kind = kind(place.at("kind"));
    Map<String, List<String>> trusted = place.at("trusted").idsByName();
    Duration maxAge = Duration.ofSeconds(place.at("maxAgeSeconds").number(1, 86_400, 600));
    String issuer = place.at("url").text();
    String forge = place.at("forge").text();
    String audience = place.at("audience").text();
    try {
      return new TrustedIssuer(
          new Issuer(
              issuer,
              forge,
              audience,
              algorithms.isEmpty() ? Set.of("RS256") : algorithms,
              kind,
              trusted,
              maxAge),
          url.isAbsent() ? null : httpsUrl(url),
          file.isAbsent() ? null : folder.resolve(file.text()));
    } catch (IllegalArgumentException e) {
      throw new SettingsException(place.path() + ": " + e.getMessage(), e);
    }
  }

  private static Issuer.Kind kind(Place place) {
    String word = place.text();
    for (Issuer.Kind kind : Issuer.Kind.values()) {
      if (kind.word().equals(word)) {
        return kind;
      }
    }
    throw place.refuse("wanted github, gitlab or generic");
  }

  private Signer signer(Place place) {
    place.object("name", "roles", "key", "keyFile");
    if (place.at("name").text().equals(Settings.OWN_SIGNER)) {
      throw place.at("name").refuse("this is the control plane's own name");
    }
    Set<String> roles = place.at("roles").ids();
    if (roles.isEmpty() || !ROLES.containsAll(roles)) {
      throw place.at("roles").refuse("wanted some of build, test, scan, review");
    }
    Place key = place.at("key");
    Place file = place.at("keyFile");
    if (key.isAbsent() == file.isAbsent()) {
      throw place.refuse("wanted one of key and keyFile");
    }
    Place source = key.isAbsent() ? file : key;
    try {
      String pem = key.isAbsent() ? Files.readString(folder.resolve(file.text())) : key.text();
      return new Signer(place.at("name").text(), roles, VerifyingKey.ofPem(pem));
    } catch (KeyException e) {
      throw new SettingsException(source.path() + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SettingsException(source.path() + ": couldn't be read", e);
    }
  }

  private Environment environment(Place place) {
    place.object("id", "production", "sources");
    Place sources = place.at("sources");
    return new Environment(
        place.at("id").text(),
        place.at("production").truthOrNull(),
        sources.isAbsent() ? null : sources.ids());
  }

  private Repository repository(Place place) {
    place.object("id", "name", "urls", "starters");
    Place named = place.at("name");
    Place starters = place.at("starters");
    return new Repository(
        place.at("id").text(),
        named.isAbsent() ? null : named.text(),
        place.at("urls").ids(),
        starters.isAbsent() ? null : starters.ids());
  }

  private Registry registry(Place place) {
    place.object("upstream", "user", "passwordFile", "repositories");
    Place upstream = place.at("upstream");
    URI url = upstream.as(URI::create);
    boolean loopback =
        "http".equals(url.getScheme()) && Set.of("127.0.0.1", "localhost").contains(url.getHost());
    if (url.getHost() == null
        || url.getUserInfo() != null
        || !("https".equals(url.getScheme()) || loopback)) {
      throw upstream.refuse("wanted an https URL, or http on loopback");
    }
    Place user = place.at("user");
    Place password = place.at("passwordFile");
    if (user.isAbsent() != password.isAbsent()) {
      throw place.refuse("wanted both of user and passwordFile, or neither");
    }
    var repositories = new TreeMap<String, String>();
    place
        .at("repositories")
        .idsByName()
        .forEach((name, ids) -> {
          if (ids.size() != 1) {
            throw place
                .at("repositories")
                .refuse("wanted one source repository for `" + name + "`");
          }
          repositories.put(name, ids.getFirst());
        });
    return new Registry(
        url,
        user.isAbsent() ? null : user.text(),
        password.isAbsent() ? null : folder.resolve(password.text()),
        repositories);
  }

  private static Respond respond(Place place) {
    if (place.isAbsent()) {
      return Respond.BY_DEFAULT;
    }
    place.object("automatic", "perHour");
    Boolean automatic = place.at("automatic").truthOrNull();
    return new Respond(
        automatic == null || automatic,
        place.at("perHour").number(0, 10_000, Respond.BY_DEFAULT.perHour()));
  }

  private Export export(Place place) {
    place.object("name", "kind", "target", "tokenFile", "index", "caFile");
    Place kind = place.at("kind");
    if (!EXPORTS.contains(kind.text())) {
      throw kind.refuse("wanted splunk-hec, syslog or json-lines");
    }
    Place token = place.at("tokenFile");
    if (token.isAbsent() == kind.text().equals("splunk-hec")) {
      throw token.refuse("splunk-hec has a tokenFile, the others have none");
    }
    Place index = place.at("index");
    Place authority = place.at("caFile");
    return new Export(
        place.at("name").text(),
        kind.text(),
        place.at("target").text(),
        token.isAbsent() ? null : folder.resolve(token.text()),
        index.isAbsent() ? null : index.text(),
        authority.isAbsent() ? null : folder.resolve(authority.text()));
  }
}
