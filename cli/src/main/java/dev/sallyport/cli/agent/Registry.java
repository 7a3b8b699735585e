package dev.sallyport.cli.agent;

import java.io.IOException;
import java.io.InputStream;

/// Where releases come from, by digest (OCI Distribution Specification 1.1, "Pulling manifests" and
/// "Pulling blobs"). What it gives is verified by whoever asks.
@FunctionalInterface
interface Registry {
  /// The kinds of thing it has.
  enum Kind {
    MANIFEST("manifests"),
    BLOB("blobs");

    final String path;

    Kind(String path) {
      this.path = path;
    }
  }

  /// Opens the bytes of `digest`, unverified.
  InputStream open(String repository, Kind kind, String digest) throws IOException;
}
