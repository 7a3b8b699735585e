package dev.sallyport.server.enforce;

import dev.sallyport.server.ledger.Digest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a request is about, read from its path in the one spelling that we take (OCI distribution
/// specification 1.1, "Endpoints").
///
/// Nothing is decoded and nothing is normalised: a path with an escape, an empty or a dotted part
/// is no path of ours, so that we and the registry behind us can't read one path differently.
sealed interface Target {
  /// Whether somebody is there.
  record Base() implements Target {}

  /// A blob.
  record Blob(String name, Digest digest) implements Target {}

  /// Where uploads begin.
  record Uploads(String name) implements Target {}

  /// An upload that began.
  record Upload(String name, String id) implements Target {}

  /// A manifest by digest or by tag.
  record Manifest(String name, String reference) implements Target {
    /// The digest, where it is named by that.
    Optional<Digest> digest() {
      return Digest.isDigest(reference) ? Optional.of(new Digest(reference)) : Optional.empty();
    }
  }

  /// The tags of a repository.
  record Tags(String name) implements Target {}

  /// What refers to a manifest.
  record Referrers(String name, Digest digest) implements Target {}

  /// The specification's form of a repository's name.
  Pattern NAME =
      Pattern.compile(
          "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*");

  /// The specification's form of a tag, or a digest.
  Pattern REFERENCE = Pattern.compile("sha256:[0-9a-f]{64}|[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

  /// The longest name that is taken; the specification asks clients to stay below 255.
  int MAX_NAME = 200;

  /// Reads a path as the request spelt it.
  ///
  /// @throws OciException if it is none of these
  static Target parse(String path) {
    if (path.equals("/v2/") || path.equals("/v2")) {
      return new Base();
    }
    Matcher parts = Parts.FORM.matcher(path);
    if (path.length() > Parts.MAX_PATH || !parts.matches()) {
      throw new OciException(404, "NAME_INVALID", "there is nothing under this path");
    }
    String name = parts.group(1);
    String rest = parts.group(3);
    if (name.length() > MAX_NAME || !NAME.matcher(name).matches()) {
      throw new OciException(404, "NAME_INVALID", "this is no name of a repository");
    }
    return switch (parts.group(2)) {
      case "blobs" -> blob(name, rest);
      case "manifests" ->
          REFERENCE.matcher(rest).matches()
              ? new Manifest(name, rest)
              : unknown("MANIFEST_INVALID");
      case "referrers" -> new Referrers(name, digest(rest));
      case "tags" -> rest.equals("list") ? new Tags(name) : unknown("NAME_INVALID");
      default -> unknown("NAME_INVALID");
    };
  }

  private static Target blob(String name, String rest) {
    if (rest.equals("uploads") || rest.equals("uploads/")) {
      return new Uploads(name);
    }
    if (rest.startsWith("uploads/")) {
      String id = rest.substring("uploads/".length());
      return Parts.UPLOAD.matcher(id).matches()
          ? new Upload(name, id)
          : unknown("BLOB_UPLOAD_UNKNOWN");
    }
    return new Blob(name, digest(rest));
  }

  private static Digest digest(String text) {
    if (!Digest.isDigest(text)) {
      throw new OciException(404, "DIGEST_INVALID", "wanted sha256: and 64 hexadecimal digits");
    }
    return new Digest(text);
  }

  private static Target unknown(String code) {
    throw new OciException(404, code, "there is nothing under this path");
  }

  /// How paths come apart.
  final class Parts {
    private static final int MAX_PATH = 512;
    private static final Pattern UPLOAD = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern FORM =
        Pattern.compile(
            "/v2/([a-z0-9._/-]{1,255})/(blobs|manifests|tags|referrers)/([A-Za-z0-9:._/-]{1,200})");

    private Parts() {}
  }
}
