package dev.sallyport.server.enforce;

import dev.sallyport.server.ledger.Digest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A manifest that wants to go in, read strictly: one meaning, and of the type that its sender says
/// (CVE-2021-41190: one body, two types, two meanings).
///
/// @param digest of its bytes, computed here
/// @param children the manifests that an index lists
/// @param blobs what an image is made of: its configuration and its layers
/// @param subject the manifest that it is about; null where it is about none
record ManifestText(
    Digest digest,
    String type,
    byte[] bytes,
    List<Digest> children,
    List<Digest> blobs,
    @Nullable Digest subject) {
  /// Most bytes of one (the specification's own limit for registries).
  static final int MAX_BYTES = 4 * 1024 * 1024;

  private static final int MAX_CHILDREN = 100;
  private static final Set<String> INDEXES =
      Set.of(
          "application/vnd.oci.image.index.v1+json",
          "application/vnd.docker.distribution.manifest.list.v2+json");
  private static final Set<String> IMAGES =
      Set.of(
          "application/vnd.oci.image.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.v2+json");
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(32)
                          .maxDocumentLength(MAX_BYTES)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /// The types that are taken.
  static boolean isKnown(String type) {
    return INDEXES.contains(type) || IMAGES.contains(type);
  }

  /// Reads one.
  ///
  /// @param type as the request's `Content-Type` says
  /// @throws OciException if it is no manifest of this type
  static ManifestText parse(byte[] bytes, String type) {
    if (!isKnown(type)) {
      throw new OciException(415, "MANIFEST_INVALID", "this type of manifest is not taken");
    }
    try {
      JsonNode root = JSON.readTree(bytes);
      boolean index = INDEXES.contains(type);
      if (!root.isObject()
          || root.path("schemaVersion").asInt(0) != 2
          || !root.path("mediaType").asString(type).equals(type)
          || root.has("manifests") != index
          || root.has("layers") == index
          || root.has("config") == index) {
        throw invalid("it is not what its type says");
      }
      Set<Digest> children = new LinkedHashSet<>();
      for (JsonNode child : root.path("manifests")) {
        children.add(digest(child).orElseThrow(() -> invalid("a child has no sha256 digest")));
      }
      if (children.size() > MAX_CHILDREN) {
        throw invalid("it lists more than " + MAX_CHILDREN + " manifests");
      }
      Set<Digest> blobs = new LinkedHashSet<>();
      for (JsonNode layer : root.path("layers")) {
        blobs.add(digest(layer).orElseThrow(() -> invalid("a layer has no sha256 digest")));
      }
      if (root.has("config")) {
        blobs.add(
            digest(root.path("config"))
                .orElseThrow(() -> invalid("its configuration has no sha256 digest")));
      }
      Digest subject =
          root.has("subject")
              ? digest(root.path("subject"))
                  .orElseThrow(() -> invalid("its subject has no sha256 digest"))
              : null;
      return new ManifestText(
          Digest.of(bytes), type, bytes, List.copyOf(children), List.copyOf(blobs), subject);
    } catch (JacksonException e) {
      throw invalid("it is not strict JSON");
    }
  }

  private static Optional<Digest> digest(JsonNode descriptor) {
    String text = descriptor.path("digest").asString("");
    return Digest.isDigest(text) ? Optional.of(new Digest(text)) : Optional.empty();
  }

  private static OciException invalid(String why) {
    return new OciException(400, "MANIFEST_INVALID", why);
  }
}
