package dev.sallyport.scan;

import org.jspecify.annotations.Nullable;

/// A file as the scanners see it: a path and bytes, wherever both came from.
///
/// The bytes are handed over, not copied: whoever makes a `TextFile` does not touch them again, and
/// no scanner writes to them.
///
/// @param path relative to the repository, with `/` between its parts
/// @param commit the id of the commit whose blob this is; null in a working tree
public record TextFile(String path, byte[] bytes, @Nullable String commit) {
  /// No scanner looks into a larger file; a source need not read one, but must name it as a gap.
  public static final int LARGEST_BYTES = 32 << 20;

  /// A file of a working tree.
  public TextFile(String path, byte[] bytes) {
    this(path, bytes, null);
  }

  /// The last part of the path.
  public String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  @Override
  public String toString() {
    return path + (commit == null ? "" : "@" + commit) + " (" + bytes.length + " bytes)";
  }
}
