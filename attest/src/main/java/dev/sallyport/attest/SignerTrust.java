package dev.sallyport.attest;

import java.security.cert.X509Certificate;
import java.util.List;

/// Everything declared about who may sign, read from one place: the base of a change, or the
/// server.
///
/// @param ssh the allowed signers
/// @param revoked revoked SSH keys and certificates
/// @param pgp OpenPGP keys with what they vouch for
/// @param roots X.509 roots that commit certificates may chain to
public record SignerTrust(
    AllowedSigners ssh, RevokedKeys revoked, PgpKeys pgp, List<X509Certificate> roots) {

  /// Copies the roots.
  public SignerTrust {
    roots = List.copyOf(roots);
  }

  /// Nobody is trusted.
  public static SignerTrust none() {
    return new SignerTrust(AllowedSigners.none(), RevokedKeys.none(), PgpKeys.none(), List.of());
  }
}
