package dev.sallyport.server.db;

import java.util.Map;

/// What differs between the two databases we know; everything else is one SQL text for both.
public enum Dialect {
  /// One file, one process.
  SQLITE("BLOB"),
  /// A server, several processes.
  POSTGRESQL("BYTEA");

  private final String bytes;

  Dialect(String bytes) {
    this.bytes = bytes;
  }

  /// What migrations write as `${...}`.
  Map<String, String> placeholders() {
    return Map.of("bytes", bytes);
  }
}
