package dev.sallyport.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A small OCI registry (OCI distribution specification 1.1: pull and push), for the demo and for
/// trying things out on one machine. Not for production: no sign-in, no referrers, no clean-up.
///
/// Blobs lie by digest in `blobs/`, what a repository has of manifests and tags in
/// `repositories/NAME/`. It listens on the loopback interface only.
final class ExampleRegistry implements AutoCloseable {
  private static final String NAME =
      "[a-z0-9]+(?:[._-][a-z0-9]+)*(?:/[a-z0-9]+(?:[._-][a-z0-9]+)*)*";
  private static final Pattern BLOB =
      Pattern.compile("/v2/(" + NAME + ")/blobs/sha256:([0-9a-f]{64})");
  private static final Pattern UPLOADS = Pattern.compile("/v2/(" + NAME + ")/blobs/uploads/?");
  private static final Pattern UPLOAD =
      Pattern.compile("/v2/(" + NAME + ")/blobs/uploads/([0-9a-f-]{36})");
  private static final Pattern MANIFEST =
      Pattern.compile(
          "/v2/(" + NAME + ")/manifests/(sha256:[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9._-]{0,127})");
  private static final Pattern TAGS = Pattern.compile("/v2/(" + NAME + ")/tags/list");
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final int MAX_MANIFEST_BYTES = 4 << 20;
  private static final long MAX_BLOB_BYTES = 4L << 30;

  private final Path folder;
  private final HttpServer server;
  private final ExecutorService threads;

  private ExampleRegistry(Path folder, HttpServer server, ExecutorService threads) {
    this.folder = folder;
    this.server = server;
    this.threads = threads;
  }

  /// Starts one over `folder`.
  ///
  /// @param port 0 for a free one
  static ExampleRegistry start(Path folder, int port) throws IOException {
    for (String below : List.of("blobs", "uploads", "repositories")) {
      Files.createDirectories(folder.resolve(below));
    }
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    var registry = new ExampleRegistry(folder, server, threads);
    server.setExecutor(threads);
    server.createContext("/", registry::answer);
    server.start();
    return registry;
  }

  /// Where it listens.
  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  /// A refusal of the specification's table of error codes.
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String code;

    Refused(int status, String code) {
      super(code);
      this.status = status;
      this.code = code;
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      try {
        route(exchange, exchange.getRequestURI().getRawPath());
      } catch (Refused refused) {
        ObjectNode error = Json.object();
        error.putArray("errors").addObject().put("code", refused.code).put("message", refused.code);
        byte[] body = Json.line(error).getBytes(StandardCharsets.UTF_8);
        send(exchange, refused.status, "application/json", body);
      }
    }
  }

  private void route(HttpExchange exchange, String path) throws IOException {
    String method = exchange.getRequestMethod();
    if (path.equals("/v2/") || path.equals("/v2")) {
      send(exchange, 200, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
      return;
    }
    Matcher blob = BLOB.matcher(path);
    Matcher uploads = UPLOADS.matcher(path);
    Matcher upload = UPLOAD.matcher(path);
    Matcher manifest = MANIFEST.matcher(path);
    Matcher tags = TAGS.matcher(path);
    if (blob.matches()) {
      readBlob(exchange, method, blob.group(2));
    } else if (uploads.matches() && method.equals("POST")) {
      begin(exchange, uploads.group(1));
    } else if (upload.matches()) {
      upload(exchange, method, upload.group(1), upload.group(2));
    } else if (manifest.matches()) {
      manifest(exchange, method, manifest.group(1), manifest.group(2));
    } else if (tags.matches() && method.equals("GET")) {
      tags(exchange, tags.group(1));
    } else {
      throw new Refused(404, "NAME_UNKNOWN");
    }
  }

  // ---- blobs ----

  private Path blob(String hex) {
    return folder.resolve("blobs").resolve(hex);
  }

  private void readBlob(HttpExchange exchange, String method, String hex) throws IOException {
    if (!method.equals("GET") && !method.equals("HEAD")) {
      throw new Refused(405, "UNSUPPORTED");
    }
    Path file = blob(hex);
    if (!Files.isRegularFile(file)) {
      throw new Refused(404, "BLOB_UNKNOWN");
    }
    exchange.getResponseHeaders().set("Docker-Content-Digest", "sha256:" + hex);
    sendFile(exchange, method, "application/octet-stream", file);
  }

  private void begin(HttpExchange exchange, String name) throws IOException {
    Map<String, String> query = query(exchange);
    String mount = query.get("mount");
    if (mount != null
        && DIGEST.matcher(mount).matches()
        && Files.exists(blob(mount.substring(7)))) {
      stored(exchange, name, mount);
      return;
    }
    String id = UUID.randomUUID().toString();
    Files.createFile(folder.resolve("uploads").resolve(id));
    String digest = query.get("digest");
    if (digest != null) {
      append(exchange, id);
      finish(exchange, name, id, digest);
      return;
    }
    accepted(exchange, name, id, 202);
  }

  private void upload(HttpExchange exchange, String method, String name, String id)
      throws IOException {
    Path file = folder.resolve("uploads").resolve(id);
    if (!Files.isRegularFile(file)) {
      throw new Refused(404, "BLOB_UPLOAD_UNKNOWN");
    }
    switch (method) {
      case "PATCH" -> {
        append(exchange, id);
        accepted(exchange, name, id, 202);
      }
      case "PUT" -> {
        append(exchange, id);
        finish(exchange, name, id, query(exchange).getOrDefault("digest", ""));
      }
      case "GET" -> accepted(exchange, name, id, 204);
      case "DELETE" -> {
        Files.delete(file);
        exchange.sendResponseHeaders(204, -1);
      }
      default -> throw new Refused(405, "UNSUPPORTED");
    }
  }

  private void append(HttpExchange exchange, String id) throws IOException {
    Path file = folder.resolve("uploads").resolve(id);
    String range = exchange.getRequestHeaders().getFirst("Content-Range");
    long size = Files.size(file);
    if (range != null && !range.startsWith(size + "-")) {
      throw new Refused(416, "RANGE_INVALID");
    }
    try (OutputStream out = Files.newOutputStream(file, java.nio.file.StandardOpenOption.APPEND)) {
      InputStream in = exchange.getRequestBody();
      byte[] buffer = new byte[1 << 16];
      for (int read; (read = in.read(buffer)) >= 0; ) {
        size += read;
        if (size > MAX_BLOB_BYTES) {
          throw new Refused(413, "SIZE_INVALID");
        }
        out.write(buffer, 0, read);
      }
    }
  }

  private void finish(HttpExchange exchange, String name, String id, String digest)
      throws IOException {
    Path file = folder.resolve("uploads").resolve(id);
    if (!digest.equals("sha256:" + sha256(file))) {
      Files.delete(file);
      throw new Refused(400, "DIGEST_INVALID");
    }
    Files.move(
        file,
        blob(digest.substring(7)),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    stored(exchange, name, digest);
  }

  private static void accepted(HttpExchange exchange, String name, String id, int status)
      throws IOException {
    var headers = exchange.getResponseHeaders();
    headers.set("Location", "/v2/" + name + "/blobs/uploads/" + id);
    headers.set("Docker-Upload-UUID", id);
    headers.set("Range", "0-0");
    exchange.sendResponseHeaders(status, -1);
  }

  private static void stored(HttpExchange exchange, String name, String digest) throws IOException {
    exchange.getResponseHeaders().set("Location", "/v2/" + name + "/blobs/" + digest);
    exchange.getResponseHeaders().set("Docker-Content-Digest", digest);
    exchange.sendResponseHeaders(201, -1);
  }

  // ---- manifests and tags ----

  private Path repository(String name) {
    // Components can't begin with `_`, so no repository lies inside another one's folders.
    return folder.resolve("repositories").resolve(name);
  }

  private void manifest(HttpExchange exchange, String method, String name, String reference)
      throws IOException {
    switch (method) {
      case "PUT" -> putManifest(exchange, name, reference);
      case "GET", "HEAD" -> readManifest(exchange, method, name, reference);
      case "DELETE" -> {
        Path file = manifestFile(name, reference);
        Files.delete(file);
        exchange.sendResponseHeaders(202, -1);
      }
      default -> throw new Refused(405, "UNSUPPORTED");
    }
  }

  private void putManifest(HttpExchange exchange, String name, String reference)
      throws IOException {
    byte[] body = exchange.getRequestBody().readNBytes(MAX_MANIFEST_BYTES + 1);
    if (body.length > MAX_MANIFEST_BYTES) {
      throw new Refused(413, "SIZE_INVALID");
    }
    String hex = HexFormat.of().formatHex(digest().digest(body));
    if (DIGEST.matcher(reference).matches() && !reference.equals("sha256:" + hex)) {
      throw new Refused(400, "DIGEST_INVALID");
    }
    String type = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type"));
    requireParts(name, body);
    Path manifests = Files.createDirectories(repository(name).resolve("_manifests"));
    write(manifests.resolve(hex), body);
    write(manifests.resolve(hex + ".type"), type.getBytes(StandardCharsets.UTF_8));
    if (!reference.startsWith("sha256:")) {
      Path tags = Files.createDirectories(repository(name).resolve("_tags"));
      write(tags.resolve(reference), hex.getBytes(StandardCharsets.UTF_8));
    }
    exchange.getResponseHeaders().set("Location", "/v2/" + name + "/manifests/sha256:" + hex);
    exchange.getResponseHeaders().set("Docker-Content-Digest", "sha256:" + hex);
    exchange.sendResponseHeaders(201, -1);
  }

  /// What a manifest names must be here.
  private void requireParts(String name, byte[] body) {
    try {
      var root = Json.MAPPER.readTree(body);
      requirePart(root.path("config"), folder.resolve("blobs"));
      root.path("layers").forEach(layer -> requirePart(layer, folder.resolve("blobs")));
      Path manifests = repository(name).resolve("_manifests");
      root.path("manifests").forEach(child -> requirePart(child, manifests));
    } catch (JacksonException e) {
      throw new Refused(400, "MANIFEST_INVALID");
    }
  }

  private static void requirePart(JsonNode part, Path where) {
    String digest = part.path("digest").asString("");
    if (!digest.isEmpty()
        && (!DIGEST.matcher(digest).matches()
            || !Files.exists(where.resolve(digest.substring(7))))) {
      throw new Refused(404, "MANIFEST_BLOB_UNKNOWN");
    }
  }

  private Path manifestFile(String name, String reference) throws IOException {
    String hex;
    if (reference.startsWith("sha256:")) {
      hex = reference.substring(7);
    } else {
      Path tag = repository(name).resolve("_tags").resolve(reference);
      if (!Files.isRegularFile(tag)) {
        throw new Refused(404, "MANIFEST_UNKNOWN");
      }
      hex = Files.readString(tag);
    }
    Path file = repository(name).resolve("_manifests").resolve(hex);
    if (!Files.isRegularFile(file)) {
      throw new Refused(404, "MANIFEST_UNKNOWN");
    }
    return file;
  }

  private void readManifest(HttpExchange exchange, String method, String name, String reference)
      throws IOException {
    Path file = manifestFile(name, reference);
    String hex = String.valueOf(file.getFileName());
    exchange.getResponseHeaders().set("Docker-Content-Digest", "sha256:" + hex);
    sendFile(exchange, method, Files.readString(file.resolveSibling(hex + ".type")), file);
  }

  private void tags(HttpExchange exchange, String name) throws IOException {
    Path tags = repository(name).resolve("_tags");
    if (!Files.isDirectory(repository(name))) {
      throw new Refused(404, "NAME_UNKNOWN");
    }
    ObjectNode answer = Json.object();
    answer.put("name", name);
    var list = answer.putArray("tags");
    if (Files.isDirectory(tags)) {
      try (Stream<Path> files = Files.list(tags)) {
        files
            .map(file -> String.valueOf(file.getFileName()))
            .filter(tag -> !tag.startsWith("."))
            .sorted()
            .forEach(list::add);
      }
    }
    send(exchange, 200, "application/json", Json.line(answer).getBytes(StandardCharsets.UTF_8));
  }

  // ---- wire and disk ----

  private static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> query = new LinkedHashMap<>();
    @Nullable String raw = exchange.getRequestURI().getRawQuery();
    if (raw != null) {
      for (String pair : raw.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          query.put(
              pair.substring(0, equals),
              URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
      }
    }
    return query;
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  private static void sendFile(HttpExchange exchange, String method, String type, Path file)
      throws IOException {
    long size = Files.size(file);
    exchange.getResponseHeaders().set("Content-Type", type);
    if (method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Long.toString(size));
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    exchange.sendResponseHeaders(200, size == 0 ? -1 : size);
    Files.copy(file, exchange.getResponseBody());
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Path fresh = Files.createTempFile(file.getParent(), ".new", "");
    Files.write(fresh, bytes);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String sha256(Path file) throws IOException {
    try (var in = new DigestInputStream(Files.newInputStream(file), digest())) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    }
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
