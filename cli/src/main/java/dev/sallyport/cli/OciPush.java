package dev.sallyport.cli;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Pushes files as one OCI artifact through the server's registry door (OCI distribution 1.1,
/// "Pushing"; OCI image manifest 1.1 with `artifactType`). What `oras push` does, for machines that
/// have no such tool.
final class OciPush {
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String EMPTY = "application/vnd.oci.empty.v1+json";
  private static final byte[] EMPTY_CONFIG = "{}".getBytes(StandardCharsets.US_ASCII);
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  private final ServerClient client;
  private final String repository;
  private final String authorization;

  /// @param token for this repository alone, as the server's registry desk gave it
  OciPush(ServerClient client, String repository, String token) {
    this.client = client;
    this.repository = repository;
    this.authorization =
        "Basic "
            + Base64.getEncoder()
                .encodeToString(("sallyport:" + token).getBytes(StandardCharsets.US_ASCII));
  }

  /// The door said no.
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /// Pushes the files and then a manifest that names them; its digest.
  ///
  /// @param reference a tag to set, or empty to push by digest alone
  String push(List<Path> files, String artifactType, String reference) throws IOException {
    ObjectNode manifest = Json.object();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", MANIFEST);
    manifest.put("artifactType", artifactType);
    describe(manifest.putObject("config"), EMPTY, digest(EMPTY_CONFIG), EMPTY_CONFIG.length);
    ArrayNode layers = manifest.putArray("layers");
    blob(digest(EMPTY_CONFIG), HttpRequest.BodyPublishers.ofByteArray(EMPTY_CONFIG));
    for (Path file : files) {
      String digest = "sha256:" + ArtifactProof.sha256(file);
      blob(digest, HttpRequest.BodyPublishers.ofFile(file));
      ObjectNode layer = layers.addObject();
      describe(layer, "application/octet-stream", digest, Files.size(file));
      layer
          .putObject("annotations")
          .put("org.opencontainers.image.title", String.valueOf(file.getFileName()));
    }
    byte[] bytes = Json.line(manifest).strip().getBytes(StandardCharsets.UTF_8);
    String digest = digest(bytes);
    ServerClient.Exchanged put =
        client.exchange(
            request(
                    "/v2/"
                        + repository
                        + "/manifests/"
                        + (reference.isEmpty() ? digest : reference))
                .header("Content-Type", MANIFEST)
                .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes))
                .build());
    must(put, 201, "the manifest");
    return digest;
  }

  private static void describe(ObjectNode node, String type, String digest, long size) {
    node.put("mediaType", type);
    node.put("digest", digest);
    node.put("size", size);
  }

  private void blob(String digest, HttpRequest.BodyPublisher content) {
    String blobs = "/v2/" + repository + "/blobs/";
    ServerClient.Exchanged there =
        client.exchange(
            request(blobs + digest).method("HEAD", HttpRequest.BodyPublishers.noBody()).build());
    if (there.status() == 200) {
      return;
    }
    ServerClient.Exchanged begun =
        client.exchange(
            request(blobs + "uploads/").POST(HttpRequest.BodyPublishers.noBody()).build());
    must(begun, 202, "an upload");
    String location =
        begun
            .headers()
            .firstValue("Location")
            .orElseThrow(() -> new Refused("the door named no place to upload to"));
    URI upload = client.at("/").resolve(location);
    String to =
        upload
            + (upload.getRawQuery() == null ? "?" : "&")
            + "digest="
            + URLEncoder.encode(digest, StandardCharsets.UTF_8);
    ServerClient.Exchanged put =
        client.exchange(
            HttpRequest.newBuilder(URI.create(to))
                .timeout(TIMEOUT)
                .header("Authorization", authorization)
                .header("Content-Type", "application/octet-stream")
                .PUT(content)
                .build());
    must(put, 201, "blob " + digest);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(client.at(path))
        .timeout(TIMEOUT)
        .header("Authorization", authorization);
  }

  private static void must(ServerClient.Exchanged answer, int wanted, String what) {
    if (answer.status() != wanted) {
      throw new Refused(what + " was refused (" + answer.status() + "): " + message(answer.body()));
    }
  }

  private static String message(byte[] body) {
    try {
      return Json.MAPPER
          .readTree(body)
          .path("errors")
          .path(0)
          .path("message")
          .asString("no reason");
    } catch (RuntimeException notJson) {
      return "no reason";
    }
  }

  private static String digest(byte[] bytes) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
