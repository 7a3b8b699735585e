package dev.sallyport.gate;

import java.util.List;
import java.util.Map;

/// Fact sheets of tests.
final class FactSheets {
  static final String DIGEST = "sha256:" + "ab".repeat(32);

  private FactSheets() {}

  /// A change in which everything that `verify` checks is good.
  static FactSheet goodChange() {
    return new FactSheet()
        .commits(Map.of("good", 3))
        .secrets(0)
        .pipeline(Map.of())
        .inventory(12, 0)
        .advisories(Map.of(), 0, 0, 0L)
        .change(false, false)
        .trust(true);
  }

  /// An artifact proved by a key in role `build`.
  static FactSheet provedArtifact() {
    return new FactSheet().artifact(DIGEST, true, List.of("build"), "builder", "forge/1", "c0ffee");
  }

  /// Every group that a sheet can fill.
  static Facts everything() {
    return goodChange()
        .artifact(DIGEST, true, List.of("build", "test"), "builder", "forge/1", "c0ffee")
        .tests(10, 0, 0)
        .token(true, true)
        .factor(true, 60)
        .device(true, true)
        .approvals(1, 1)
        .statement(true, true)
        .run("deploy", true, "own-user")
        .build(true, true, true, true, "own-user")
        .release(true, true, false)
        .local(true)
        .replay(0)
        .facts();
  }
}
