package dev.sallyport.server.evidence;

import dev.sallyport.attest.Statement;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What SLSA provenance says of where an artifact came from (slsa.dev/provenance/v1 and v0.2).
///
/// @param sourceId the repository by its forge's own number, such as `github.com/345`
record Provenance(
    Optional<String> builder,
    Optional<String> sourceUrl,
    Optional<String> sourceId,
    Optional<String> commit) {

  static Optional<Provenance> read(Statement statement) {
    return switch (statement.predicateType()) {
      case PredicateTypes.SLSA_V1 -> Optional.of(v1(statement.predicate()));
      case PredicateTypes.SLSA_V02 -> Optional.of(v02(statement.predicate()));
      default -> Optional.empty();
    };
  }

  private static Provenance v1(JsonNode predicate) {
    JsonNode definition = predicate.path("buildDefinition");
    List<Material> materials = materials(definition.path("resolvedDependencies"));
    Optional<String> named =
        text(definition.path("externalParameters").path("workflow").path("repository"))
            .map(Provenance::plain);
    Optional<String> url = named.isPresent() ? named : onlyUrl(materials);
    Optional<String> number =
        text(definition.path("internalParameters").path("github").path("repository_id"));
    // As our own control plane writes it: the id as tokens of that forge say it.
    Optional<String> ours =
        text(definition.path("internalParameters").path("sallyport").path("repository"));
    return new Provenance(
        text(predicate.path("runDetails").path("builder").path("id")),
        url,
        ours.or(
            () -> url.flatMap(Provenance::host).flatMap(host -> number.map(id -> host + "/" + id))),
        onlyCommit(materials, url));
  }

  private static Provenance v02(JsonNode predicate) {
    List<Material> materials = materials(predicate.path("materials"));
    material(predicate.path("invocation").path("configSource")).ifPresent(materials::add);
    Optional<String> url = onlyUrl(materials);
    return new Provenance(
        text(predicate.path("builder").path("id")),
        url,
        Optional.empty(),
        onlyCommit(materials, url));
  }

  private record Material(String url, String commit) {}

  private static List<Material> materials(JsonNode list) {
    var found = new ArrayList<Material>();
    for (JsonNode one : list) {
      material(one).ifPresent(found::add);
    }
    return found;
  }

  private static Optional<Material> material(JsonNode node) {
    Optional<String> uri = text(node.path("uri"));
    // `gitCommit` says by itself that this is source (in-toto DigestSet); `sha1` may be anything's.
    Optional<String> commit =
        text(node.path("digest").path("gitCommit"))
            .or(() ->
                uri.filter(text -> text.startsWith("git+"))
                    .flatMap(_ -> text(node.path("digest").path("sha1"))));
    return uri.flatMap(
        url -> commit.map(id -> new Material(plain(url), id.toLowerCase(Locale.ROOT))));
  }

  private static Optional<String> onlyUrl(List<Material> materials) {
    return only(materials.stream().map(Material::url).distinct().toList());
  }

  private static Optional<String> onlyCommit(List<Material> materials, Optional<String> url) {
    return only(
        materials.stream()
            .filter(material -> url.equals(Optional.of(material.url())))
            .map(Material::commit)
            .distinct()
            .toList());
  }

  private static Optional<String> only(List<String> values) {
    return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
  }

  /// Without `git+`, `@ref` and `.git`: as people write the address of a repository.
  private static String plain(String uri) {
    String plain = uri.startsWith("git+") ? uri.substring(4) : uri;
    int at = plain.indexOf('@', plain.indexOf("://") + 3);
    plain = at > 0 ? plain.substring(0, at) : plain;
    return plain.endsWith(".git") ? plain.substring(0, plain.length() - 4) : plain;
  }

  private static Optional<String> host(String url) {
    try {
      return Optional.ofNullable(URI.create(url).getHost())
          .map(name -> name.toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> text(JsonNode node) {
    return node.isString() && !node.stringValue().isBlank()
        ? Optional.of(node.stringValue())
        : Optional.empty();
  }
}
