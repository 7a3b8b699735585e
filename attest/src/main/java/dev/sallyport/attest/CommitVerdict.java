package dev.sallyport.attest;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What was proved of one commit's signature.
///
/// @param id the object id in lower-case hex
/// @param format the kind of signature found
/// @param outcome what was proved
/// @param signer the principal that signed where it is known, else the key's fingerprint, else null
/// @param reason one kebab-case word that tells apart the ways to reach the outcome, such as
///   `no-trusted-time`
public record CommitVerdict(
    String id, Format format, Outcome outcome, @Nullable String signer, String reason) {

  /// The kinds of commit signature.
  public enum Format {
    /// SSHSIG (OpenSSH PROTOCOL.sshsig), FIDO keys and certificates included.
    SSH("ssh"),
    /// OpenPGP (RFC 9580 and RFC 4880).
    OPENPGP("pgp"),
    /// CMS (RFC 5652) as `gpgsm` and gitsign write it.
    X509("x509"),
    /// No signature.
    NONE("none"),
    /// A signature header of a kind nobody here knows.
    UNKNOWN("unknown");

    private final String wireName;

    Format(String wireName) {
      this.wireName = wireName;
    }

    /// The name in the published JSON.
    public String wireName() {
      return wireName;
    }
  }

  /// The outcomes, told apart because a policy treats them differently.
  public enum Outcome {
    /// The signature holds and its declared signer is both author and committer.
    GOOD,
    /// There is no signature.
    UNSIGNED,
    /// The signature or the commit is malformed or does not hold.
    BAD,
    /// The signature holds; nobody declared this key.
    UNKNOWN_SIGNER,
    /// The signature holds; the key or certificate is outside its validity at the time of
    /// judgement.
    EXPIRED,
    /// The signature holds; the key is revoked.
    REVOKED,
    /// The signature holds; its signer is not who the commit names.
    NOT_AUTHOR,
    /// The signature holds and is the declared forge's own, which speaks for an author we cannot
    /// check.
    WEB_FLOW,
    /// The signature cannot be judged here.
    UNSUPPORTED;

    /// The name in the published JSON.
    public String wireName() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
