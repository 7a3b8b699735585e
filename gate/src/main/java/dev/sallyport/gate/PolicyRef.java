package dev.sallyport.gate;

import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A policy that had a part in a ruling, and where its text stands.
///
/// `advice` and `controls` are its `@advice` and the words of its `@control` annotation; `digest`
/// is `sha256:<hex>` of its own text, so that a policy of the same name and another text is
/// another; `shadow` is the last day (UTC) on which it is only tried, null where it is not.
public record PolicyRef(
    String id,
    boolean forbids,
    String file,
    int line,
    int column,
    @Nullable String advice,
    List<String> controls,
    String digest,
    @Nullable LocalDate shadow) {
  public PolicyRef {
    controls = List.copyOf(controls);
  }

  @Override
  public String toString() {
    return id + " (" + file + ":" + line + ")";
  }
}
