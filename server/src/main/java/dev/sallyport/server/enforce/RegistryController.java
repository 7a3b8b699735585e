package dev.sallyport.server.enforce;

import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.settings.Settings;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// The OCI distribution specification 1.1 in front of the registry: reads the wire, asks
/// [RegistryDoor], and streams between the two in bounded memory.
@RestController
final class RegistryController {
  private static final int BUFFER = 64 * 1024;
  private static final long MAX_BLOB_BYTES = 16L << 30;
  private static final Pattern LISTING =
      Pattern.compile("(?:n=[0-9]{1,5}|last=[A-Za-z0-9._-]{1,128})");
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,15})-([0-9]{1,15})");
  private static final String OCTETS = "application/octet-stream";
  private static final String ACCEPTED =
      "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json,"
          + " application/vnd.docker.distribution.manifest.list.v2+json,"
          + " application/vnd.docker.distribution.manifest.v2+json";

  private final RegistryDoor door;
  private final @Nullable Upstream upstream;
  private final Uploads uploads;

  RegistryController(RegistryDoor door, Settings settings, Clock clock, SecureRandom random) {
    this.door = door;
    this.upstream = settings.registry() == null ? null : new Upstream(settings.registry());
    this.uploads = new Uploads(clock, random);
  }

  @RequestMapping({"/v2", "/v2/**"})
  @AskedBy(AskedBy.Who.REGISTRY_CLIENT)
  void answer(Visitor visitor, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setHeader("Docker-Distribution-Api-Version", "registry/2.0");
    String method = request.getMethod();
    switch (Target.parse(request.getRequestURI())) {
      case Target.Base _ -> {
        requireMethod(method, "GET", "HEAD");
        body(response, 200, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
      }
      case Target.Blob blob -> {
        requireMethod(method, "GET", "HEAD");
        readBlob(visitor, blob, method, response);
      }
      case Target.Uploads begin -> {
        requireMethod(method, "POST");
        begin(visitor, begin, request, response);
      }
      case Target.Upload upload -> {
        requireMethod(method, "GET", "PATCH", "PUT", "DELETE");
        upload(visitor, upload, request, response);
      }
      case Target.Manifest manifest -> {
        requireMethod(method, "GET", "HEAD", "PUT");
        if (method.equals("PUT")) {
          putManifest(visitor, manifest, request, response);
        } else {
          readManifest(visitor, manifest, response);
        }
      }
      case Target.Tags tags -> {
        requireMethod(method, "GET");
        door.requirePull(visitor, tags.name(), List.of());
        list(tags.name() + "/tags/list" + listing(request), tags.name(), "NAME_UNKNOWN", response);
      }
      case Target.Referrers referrers -> {
        requireMethod(method, "GET");
        door.requirePull(visitor, referrers.name(), List.of(referrers.digest()));
        // A registry without this API answers 404, and clients then fall back to the tag that the
        // specification names; a repository that is said to be unknown they would give up on.
        list(
            referrers.name() + "/referrers/" + referrers.digest(),
            referrers.name(),
            "UNSUPPORTED",
            response);
      }
    }
  }

  private static void requireMethod(String method, String... known) {
    if (!List.of(known).contains(method)) {
      throw new OciException(405, "UNSUPPORTED", "this door does not know " + method + " here");
    }
  }

  private Upstream upstream() {
    if (upstream == null) {
      throw new OciException(404, "NAME_UNKNOWN", "no registry is behind this door");
    }
    return upstream;
  }

  // ---- out ----

  private void readBlob(
      Visitor visitor, Target.Blob blob, String method, HttpServletResponse response)
      throws IOException {
    door.requirePull(visitor, blob.name(), List.of(blob.digest()));
    URI address = upstream().at(blob.name() + "/blobs/" + blob.digest());
    HttpResponse<InputStream> answer = upstream().send(method, address, Map.of());
    try (InputStream in = answer.body()) {
      requireStatus(answer, 200, "BLOB_UNKNOWN");
      long length = answer.headers().firstValueAsLong("Content-Length").orElse(-1);
      response.setStatus(200);
      response.setContentType(OCTETS);
      response.setHeader("Docker-Content-Digest", blob.digest().text());
      if (length >= 0) {
        response.setContentLengthLong(length);
      }
      if (method.equals("GET")) {
        verified(in, blob.digest(), response.getOutputStream());
      }
    }
  }

  /// Hands on as it comes, but for the last piece, which waits until the digest holds: whoever gets
  /// other bytes gets them cut short.
  private static void verified(InputStream in, Digest wanted, OutputStream out) throws IOException {
    MessageDigest digest = Uploads.sha256();
    byte[] held = in.readNBytes(BUFFER);
    digest.update(held);
    while (held.length == BUFFER) {
      byte[] next = in.readNBytes(BUFFER);
      if (next.length == 0) {
        break;
      }
      digest.update(next);
      out.write(held);
      held = next;
    }
    if (!wanted.text().equals("sha256:" + HexFormat.of().formatHex(digest.digest()))) {
      throw new IOException("the registry gave other bytes than `" + wanted + "`");
    }
    out.write(held);
  }

  private void readManifest(Visitor visitor, Target.Manifest manifest, HttpServletResponse response)
      throws IOException {
    door.requirePull(visitor, manifest.name(), manifest.digest().map(List::of).orElse(List.of()));
    URI address = upstream().at(manifest.name() + "/manifests/" + manifest.reference());
    HttpResponse<InputStream> answer = upstream().send("GET", address, Map.of("Accept", ACCEPTED));
    byte[] bytes = bounded(answer, "MANIFEST_UNKNOWN");
    // A tag is only a word for a digest: what comes out is judged by its bytes.
    Digest digest = Digest.of(bytes);
    if (manifest.digest().isPresent() && !manifest.digest().get().equals(digest)) {
      throw OciException.upstream("the registry gave another manifest than was asked for", null);
    }
    door.requireFree(visitor, List.of(digest));
    String type = answer.headers().firstValue("Content-Type").orElse("");
    if (!ManifestText.isKnown(type)) {
      throw OciException.upstream("the registry gave a manifest of an unknown type", null);
    }
    response.setHeader("Docker-Content-Digest", digest.text());
    body(response, 200, type, bytes);
  }

  private void list(String path, String name, String unknown, HttpServletResponse response)
      throws IOException {
    HttpResponse<InputStream> answer =
        upstream().send("GET", upstream().at(path), Map.of("Accept", "application/json"));
    byte[] bytes = bounded(answer, unknown);
    answer
        .headers()
        .firstValue("Link")
        .filter(link -> link.startsWith("</v2/" + name + "/") && link.length() < 1024)
        .ifPresent(link -> response.setHeader("Link", link));
    body(
        response,
        200,
        path.contains("/referrers/")
            ? "application/vnd.oci.image.index.v1+json"
            : "application/json",
        bytes);
  }

  private static String listing(HttpServletRequest request) {
    String query = request.getQueryString();
    if (query == null || query.isEmpty()) {
      return "";
    }
    for (String pair : query.split("&", -1)) {
      if (!LISTING.matcher(pair).matches()) {
        throw new OciException(400, "UNSUPPORTED", "wanted n and last, and nothing else");
      }
    }
    return "?" + query;
  }

  private static byte[] bounded(HttpResponse<InputStream> answer, String unknown)
      throws IOException {
    try (InputStream in = answer.body()) {
      requireStatus(answer, 200, unknown);
      byte[] bytes = in.readNBytes(ManifestText.MAX_BYTES + 1);
      if (bytes.length > ManifestText.MAX_BYTES) {
        throw OciException.upstream("the registry gave too much", null);
      }
      return bytes;
    }
  }

  // ---- in: blobs ----

  /// A mount from another repository is never made: the token names one repository, and the
  /// specification lets a registry answer with an upload instead.
  private void begin(
      Visitor visitor,
      Target.Uploads begin,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    Visitor.Run run = door.requirePush(visitor, begin.name());
    URI address = upstream().at(begin.name() + "/blobs/uploads/");
    HttpResponse<InputStream> answer = upstream().send("POST", address, Map.of(), new byte[0]);
    answer.body().close();
    requireStatus(answer, 202, "NAME_UNKNOWN");
    Uploads.Session session =
        uploads.begin(begin.name(), owner(run), upstream().location(address, answer));
    String digest = query(request).get("digest");
    if (digest != null) {
      locked(session, () -> finish(run, session, digest, request, response));
    } else {
      accepted(session, 202, response);
    }
  }

  /// The run and its key: other tokens of the same run go on with an upload, other runs never.
  private static String owner(Visitor.Run run) {
    return run.caller().id()
        + "\n"
        + run.caller().run().orElse("")
        + "\n"
        + run.caller().seen().key();
  }

  private void upload(
      Visitor visitor,
      Target.Upload upload,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    Visitor.Run run = door.requirePush(visitor, upload.name());
    Uploads.Session session =
        uploads
            .find(upload.name(), upload.id(), owner(run))
            .orElseThrow(
                () -> new OciException(404, "BLOB_UPLOAD_UNKNOWN", "no such upload of this run"));
    locked(
        session,
        () -> {
          switch (request.getMethod()) {
            case "GET" -> accepted(session, 204, response);
            case "PATCH" -> {
              append(session, request);
              accepted(session, 202, response);
            }
            case "PUT" ->
                finish(run, session, query(request).getOrDefault("digest", ""), request, response);
            default -> {
              cancel(session);
              response.setStatus(204);
            }
          }
        });
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void locked(Uploads.Session session, Work work) throws IOException {
    if (!session.lock.tryLock()) {
      throw new OciException(409, "BLOB_UPLOAD_INVALID", "this upload is being written");
    }
    try {
      work.run();
    } finally {
      session.lock.unlock();
    }
  }

  /// One more piece. Whatever goes wrong half-way ends the upload: how much of it the registry has
  /// is not known.
  private void append(Uploads.Session session, HttpServletRequest request) throws IOException {
    String range = single(request, "Content-Range");
    var found = range == null ? null : RANGE.matcher(range);
    if (found != null && (!found.matches() || Long.parseLong(found.group(1)) != session.size)) {
      throw new OciException(416, "BLOB_UPLOAD_INVALID", "the next byte is " + session.size);
    }
    var body = new PushbackInputStream(request.getInputStream(), 1);
    int first = body.read();
    if (first < 0) {
      return;
    }
    body.unread(first);
    var measured = new Measured(body, session.digest, MAX_BLOB_BYTES - session.size);
    boolean whole = false;
    try {
      HttpResponse<InputStream> answer =
          upstream()
              .send(
                  "PATCH",
                  session.upstream,
                  Map.of("Content-Type", OCTETS),
                  measured,
                  request.getContentLengthLong());
      answer.body().close();
      requireStatus(answer, 202, "BLOB_UPLOAD_UNKNOWN");
      session.upstream = upstream().location(session.upstream, answer);
      session.size += measured.count();
      whole = true;
    } finally {
      if (!whole) {
        cancel(session);
      }
    }
  }

  /// The digest is compared here before the registry is told to keep the blob.
  private void finish(
      Visitor.Run run,
      Uploads.Session session,
      String wanted,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    if (!Digest.isDigest(wanted)) {
      throw new OciException(400, "DIGEST_INVALID", "wanted sha256: and 64 hexadecimal digits");
    }
    append(session, request);
    Digest digest = new Digest("sha256:" + HexFormat.of().formatHex(session.digest.digest()));
    if (!digest.text().equals(wanted)) {
      cancel(session);
      throw new OciException(400, "DIGEST_INVALID", "the bytes are `" + digest + "`");
    }
    try {
      door.requireFree(run, List.of(digest));
    } catch (OciException e) {
      cancel(session);
      throw e;
    }
    uploads.end(session);
    String place = session.upstream.toString();
    URI address =
        URI.create(place + (place.indexOf('?') < 0 ? '?' : '&') + "digest=" + digest.text());
    HttpResponse<InputStream> answer =
        upstream().send("PUT", address, Map.of("Content-Type", OCTETS), new byte[0]);
    answer.body().close();
    requireStatus(answer, 201, "BLOB_UPLOAD_INVALID");
    door.streamed(run, digest);
    stored(response, "/v2/" + session.name + "/blobs/" + digest, digest);
  }

  private void cancel(Uploads.Session session) {
    uploads.end(session);
    try {
      upstream().send("DELETE", session.upstream, Map.of()).body().close();
    } catch (OciException | IOException e) {
      // The registry clears uploads that nobody ends; ours is gone whatever it says.
      return;
    }
  }

  private static void accepted(Uploads.Session session, int status, HttpServletResponse response) {
    response.setStatus(status);
    response.setHeader("Location", "/v2/" + session.name + "/blobs/uploads/" + session.id);
    response.setHeader("Docker-Upload-UUID", session.id);
    response.setHeader("Range", "0-" + Math.max(0, session.size - 1));
    response.setContentLengthLong(0);
  }

  private static void stored(HttpServletResponse response, String location, Digest digest) {
    response.setStatus(201);
    response.setHeader("Location", location);
    response.setHeader("Docker-Content-Digest", digest.text());
    response.setContentLengthLong(0);
  }

  // ---- in: manifests ----

  /// Ruled on by the digest of its bytes, kept under that digest, noted, and only then is the tag
  /// moved to it.
  private void putManifest(
      Visitor visitor,
      Target.Manifest target,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    Visitor.Run run = door.requirePush(visitor, target.name());
    if (request.getContentLengthLong() > ManifestText.MAX_BYTES) {
      throw new OciException(413, "SIZE_INVALID", "a manifest has at most 4 MiB");
    }
    byte[] bytes = request.getInputStream().readNBytes(ManifestText.MAX_BYTES + 1);
    if (bytes.length > ManifestText.MAX_BYTES) {
      throw new OciException(413, "SIZE_INVALID", "a manifest has at most 4 MiB");
    }
    String type = single(request, "Content-Type");
    ManifestText manifest = ManifestText.parse(bytes, type == null ? "" : type);
    boolean byDigest = target.digest().isPresent();
    if (byDigest && !target.digest().get().equals(manifest.digest())) {
      throw new OciException(400, "DIGEST_INVALID", "the bytes are `" + manifest.digest() + "`");
    }
    Warrant warrant =
        door.publish(run, target.name(), manifest, byDigest ? null : target.reference());
    Optional<String> subject = send(target.name(), manifest.digest().text(), manifest);
    door.published(target.name(), warrant, manifest);
    if (!byDigest) {
      send(target.name(), target.reference(), manifest);
    }
    // Only where the registry says that it keeps referrers: else the client does, under a tag.
    subject
        .filter(said -> manifest.subject() != null && said.equals(manifest.subject().text()))
        .ifPresent(said -> response.setHeader("OCI-Subject", said));
    stored(response, "/v2/" + target.name() + "/manifests/" + manifest.digest(), manifest.digest());
  }

  /// The subject that the registry says it took note of, if any.
  private Optional<String> send(String name, String reference, ManifestText manifest)
      throws IOException {
    HttpResponse<InputStream> answer =
        upstream()
            .send(
                "PUT",
                upstream().at(name + "/manifests/" + reference),
                Map.of("Content-Type", manifest.type()),
                manifest.bytes());
    answer.body().close();
    requireStatus(answer, 201, "MANIFEST_BLOB_UNKNOWN");
    return answer.headers().firstValue("OCI-Subject");
  }

  // ---- wire ----

  private static void requireStatus(HttpResponse<?> answer, int wanted, String unknown) {
    int status = answer.statusCode();
    if (status == wanted) {
      return;
    }
    if (status == 404 || status == 400) {
      throw new OciException(status, unknown, "the registry does not know it");
    }
    throw OciException.upstream("the registry behind the door answered " + status, null);
  }

  private static @Nullable String single(HttpServletRequest request, String name) {
    List<String> values = Collections.list(request.getHeaders(name));
    if (values.size() > 1) {
      throw new OciException(400, "UNSUPPORTED", "`" + name + "` stands there twice");
    }
    return values.isEmpty() ? null : values.getFirst();
  }

  /// The query, undecoded but for the colon of a digest; a name that stands there twice is refused.
  private static Map<String, String> query(HttpServletRequest request) {
    Map<String, String> query = new LinkedHashMap<>();
    String text = request.getQueryString();
    if (text != null && !text.isEmpty()) {
      for (String pair : text.split("&", -1)) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1).replaceFirst("%3[aA]", ":");
        if (query.put(name, value) != null) {
          throw new OciException(400, "UNSUPPORTED", "`" + name + "` stands there twice");
        }
      }
    }
    return query;
  }

  private static void body(HttpServletResponse response, int status, String type, byte[] bytes)
      throws IOException {
    response.setStatus(status);
    response.setContentType(type);
    response.setContentLengthLong(bytes.length);
    response.getOutputStream().write(bytes);
  }
}
