package dev.sallyport.scan.pipeline;

import dev.sallyport.scan.Severity;
import java.util.regex.Pattern;

/// An image as pipelines write it (OCI distribution, reference grammar). Only a digest says which
/// image will run; a tag says who may decide it later.
record ImageName(String written) {
  private static final Pattern DIGEST =
      Pattern.compile(".+@sha(?:256:[0-9a-fA-F]{64}|512:[0-9a-fA-F]{128})");

  boolean pinned() {
    return DIGEST.matcher(written.strip()).matches();
  }

  /// True where another part of the pipeline decides it: a variable or an expression.
  boolean variable() {
    return written.contains("$");
  }

  private boolean floating() {
    String name = written.substring(written.lastIndexOf('/') + 1);
    return !name.contains(":") || name.endsWith(":latest");
  }

  void judge(Notes notes, int line, String place) {
    if (written.isBlank() || pinned() || variable()) {
      return;
    }
    Severity severity = floating() ? Severity.HIGH : Severity.MEDIUM;
    notes.add(
        Rules.UNPINNED_IMAGE,
        severity,
        line,
        place,
        written,
        "the image `" + written.strip() + "` isn't pinned by digest");
  }
}
