package dev.sallyport.cli;

import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Source;
import dev.sallyport.gate.ValidatorProcess;
import java.nio.file.Path;
import java.util.List;

/// Reads a user's policy for use: validated in a process of its own, the good verdict kept by
/// digest.
final class Policies {
  private Policies() {}

  /// The policy in `sources`, validated.
  ///
  /// @throws dev.sallyport.gate.PolicyRefused with every place that is wrong
  static PolicySnapshot read(List<Source> sources) {
    return PolicySnapshot.read(
        sources, ValidatorProcess.installed().keepingVerdictsIn(cacheFolder()));
  }

  /// XDG Base Directory: what may be thrown away at any time.
  private static Path cacheFolder() {
    String told = System.getenv("XDG_CACHE_HOME");
    Path base =
        told == null || !Path.of(told).isAbsolute()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(told);
    return base.resolve("sallyport").resolve("policy-verdicts");
  }
}
