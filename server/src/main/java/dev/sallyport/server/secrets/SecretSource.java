package dev.sallyport.server.secrets;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Where secrets lie: embedded today, other stores later behind the same door. It decides nothing.
public interface SecretSource {
  /// What is known of one version, without its value.
  record Version(String path, long number, String by, Instant at) {}

  /// The newest version of a secret.
  Optional<Version> newest(String path);

  /// The newest version of each.
  List<Version> all();

  /// The value; whoever gets it overwrites it.
  ///
  /// @throws SealedException if it cannot be opened
  byte[] open(Version version);

  /// Keeps a value as the next version.
  ///
  /// @param number one more than the newest
  /// @throws SealedException if it cannot be sealed
  void put(String path, long number, byte[] value, String by, Instant at);

  /// Refuses, before anything is recorded, where [#put] or [#open] would.
  ///
  /// @throws SealedException if the key is not here
  void requireOpen();
}
