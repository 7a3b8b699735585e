package dev.sallyport.scan;

import java.util.List;
import java.util.function.Consumer;

/// Where files come from: a bounded walk of a working tree, the blobs of a range, a list in a test.
@FunctionalInterface
public interface Source {
  /// Hands over each file once, on the caller's thread. What the source itself cannot read it
  /// returns as gaps.
  List<NotChecked> forEach(Consumer<TextFile> consumer);

  /// A source of files that are already in memory.
  static Source of(List<TextFile> files) {
    var kept = List.copyOf(files);
    return consumer -> {
      kept.forEach(consumer);
      return List.of();
    };
  }
}
