package dev.sallyport.credential;

import java.util.Optional;

/// Where an issuer's keys come from: a file, or an address the configuration names. Never from a
/// token.
@FunctionalInterface
public interface KeySource {
  /// The keys of `issuer`, or nothing where they cannot be had.
  ///
  /// @param missed a token named a key that is not among those given last; the source may look
  ///   again, as often as it thinks fit
  Optional<TrustedKeys> keys(Issuer issuer, boolean missed);
}
