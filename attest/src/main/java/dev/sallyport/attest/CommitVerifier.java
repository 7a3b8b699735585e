package dev.sallyport.attest;

import dev.sallyport.attest.CommitVerdict.Format;
import dev.sallyport.attest.CommitVerdict.Outcome;
import dev.sallyport.attest.SshKey.UnsupportedSshKey;
import dev.sallyport.attest.SshWire.Malformed;
import dev.sallyport.keys.CertificatePath;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Judges the signature of a commit: does it hold, who made it, may they, and are they who the
/// commit names?
///
/// Validity is judged at one instant handed in, never at a time the commit tells: git itself takes
/// the committer's date, so that a backdated commit revives an expired key. Signer and author are
/// compared here because git does not: a valid key with a maintainer's name on the commit is `G` to
/// git and `not-author` to us. Instances are immutable and safe to use from many threads.
public final class CommitVerifier {
  private static final int MAX_KEYS = 4_096;
  private static final String NAMESPACE = "git";
  private static final String GITHUB_WEB_FLOW = "noreply@github.com";

  private final SignerTrust trust;
  private final Instant at;

  /// Keys by their blob: a history has few signers, and reading a key checks that its point is
  /// sound, which costs as much as a signature does. Full, it forgets everything, so that a hostile
  /// history cannot make it grow.
  private final Map<ByteBuffer, SshKey> keys = new ConcurrentHashMap<>();

  /// A verifier that trusts `trust` and judges validity at `at`.
  public CommitVerifier(SignerTrust trust, Instant at) {
    this.trust = trust;
    this.at = at;
  }

  /// The verdict on one commit; never throws for what the commit holds.
  public CommitVerdict verify(CommitObject commit) {
    Format format = formatOf(commit.signature());
    if (commit.defect() != null) {
      return new CommitVerdict(commit.id(), format, Outcome.BAD, null, commit.defect());
    }
    try {
      return switch (format) {
        case NONE -> verdict(commit, format, Outcome.UNSIGNED, null, "no-signature");
        case UNKNOWN ->
            verdict(commit, format, Outcome.UNSUPPORTED, null, "unknown-signature-format");
        case SSH -> ssh(commit, signatureOf(commit));
        case OPENPGP -> pgp(commit, signatureOf(commit));
        case X509 -> x509(commit, signatureOf(commit));
      };
    } catch (Malformed malformed) {
      return verdict(commit, format, Outcome.BAD, null, "malformed-signature");
    } catch (UnsupportedSshKey unsupported) {
      return verdict(commit, format, Outcome.UNSUPPORTED, null, "unsupported-key");
    }
  }

  private static String signatureOf(CommitObject commit) {
    String signature = commit.signature();
    if (signature == null) {
      throw new IllegalStateException("a format was found without a signature");
    }
    return signature;
  }

  private static Format formatOf(@Nullable String signature) {
    if (signature == null) {
      return Format.NONE;
    }
    if (signature.startsWith(SshSignature.BEGIN)) {
      return Format.SSH;
    }
    if (signature.startsWith(PgpSignature.BEGIN)) {
      return Format.OPENPGP;
    }
    return signature.startsWith(CmsSignature.BEGIN) ? Format.X509 : Format.UNKNOWN;
  }

  private static CommitVerdict verdict(
      CommitObject commit, Format format, Outcome outcome, @Nullable String signer, String reason) {
    return new CommitVerdict(commit.id(), format, outcome, signer, reason);
  }

  private CommitVerdict ssh(CommitObject commit, String armoured) {
    SshSignature signature = SshSignature.parse(armoured, this::key);
    String fingerprint = signature.key().fingerprint();
    if (!signature.namespace().equals(NAMESPACE)) {
      return verdict(commit, Format.SSH, Outcome.BAD, fingerprint, "wrong-namespace");
    }
    if (!signature.holds(commit.payload())) {
      return verdict(commit, Format.SSH, Outcome.BAD, fingerprint, "signature-does-not-match");
    }
    SshCertificate certificate = signature.certificate();
    if (certificate != null && !certificate.authoritySignatureHolds()) {
      return verdict(commit, Format.SSH, Outcome.BAD, fingerprint, "certificate-forged");
    }
    if (trust.revoked().revokes(signature.key(), certificate)) {
      return verdict(commit, Format.SSH, Outcome.REVOKED, fingerprint, "key-revoked");
    }
    return certificate == null
        ? sshByLines(commit, fingerprint, plainLines(signature.key()), null)
        : sshByCertificate(commit, signature, certificate, fingerprint);
  }

  private SshKey key(byte[] blob) {
    if (keys.size() >= MAX_KEYS) {
      keys.clear();
    }
    return keys.computeIfAbsent(ByteBuffer.wrap(blob), _ -> SshKey.parse(blob));
  }

  private List<AllowedSigners.Signer> plainLines(SshKey key) {
    return trust.ssh().of(key).stream().filter(line -> !line.certAuthority()).toList();
  }

  private CommitVerdict sshByCertificate(
      CommitObject commit, SshSignature signature, SshCertificate certificate, String fingerprint) {
    List<AllowedSigners.Signer> authorities =
        trust.ssh().of(certificate.authority()).stream()
            .filter(AllowedSigners.Signer::certAuthority)
            .toList();
    if (authorities.isEmpty()) {
      // The key may also be declared by itself, without its certificate.
      return sshByLines(commit, fingerprint, plainLines(signature.key()), null);
    }
    if (!certificate.understood()) {
      return verdict(
          commit, Format.SSH, Outcome.UNSUPPORTED, fingerprint, "unknown-critical-option");
    }
    if (!certificate.validAt(at)) {
      return verdict(
          commit, Format.SSH, Outcome.EXPIRED, fingerprint, "certificate-outside-validity");
    }
    return sshByLines(commit, fingerprint, authorities, certificate);
  }

  /// Any line may let the commit in; when none does, the reason is that of the line that came
  /// nearest.
  private CommitVerdict sshByLines(
      CommitObject commit,
      String fingerprint,
      List<AllowedSigners.Signer> lines,
      @Nullable SshCertificate certificate) {
    boolean declared = false;
    boolean inTime = false;
    for (AllowedSigners.Signer line : lines) {
      if (!line.allowsNamespace(NAMESPACE)) {
        continue;
      }
      declared = true;
      if (!line.validAt(at)) {
        continue;
      }
      inTime = true;
      if (isSigner(line, certificate, commit.author().email())
          && isSigner(line, certificate, commit.committer().email())) {
        return verdict(commit, Format.SSH, Outcome.GOOD, commit.author().email(), "verified");
      }
    }
    if (!declared) {
      return verdict(commit, Format.SSH, Outcome.UNKNOWN_SIGNER, fingerprint, "key-not-declared");
    }
    if (!inTime) {
      return verdict(commit, Format.SSH, Outcome.EXPIRED, fingerprint, "key-outside-validity");
    }
    boolean author =
        lines.stream().anyMatch(line -> isSigner(line, certificate, commit.author().email()));
    String who = declaredName(lines, certificate, fingerprint);
    return verdict(
        commit,
        Format.SSH,
        Outcome.NOT_AUTHOR,
        who,
        author ? "committer-is-not-signer" : "author-is-not-signer");
  }

  private static boolean isSigner(
      AllowedSigners.Signer line, @Nullable SshCertificate certificate, String email) {
    return line.names(email) && (certificate == null || certificate.principals().contains(email));
  }

  private static String declaredName(
      List<AllowedSigners.Signer> lines, @Nullable SshCertificate certificate, String otherwise) {
    if (certificate != null) {
      return certificate.principals().isEmpty()
          ? otherwise
          : String.join(",", certificate.principals());
    }
    return lines.isEmpty() ? otherwise : String.join(",", lines.getFirst().patterns());
  }

  private CommitVerdict pgp(CommitObject commit, String armoured) {
    PgpSignature signature = PgpSignature.parse(armoured);
    String issuer = "pgp:" + signature.issuer();
    if (!signature.ofDocument()) {
      return verdict(commit, Format.OPENPGP, Outcome.BAD, issuer, "not-a-document-signature");
    }
    PgpKeys.Signer signer = null;
    List<PgpKeys.Signer> candidates = trust.pgp().byKeyId(signature.keyId());
    for (PgpKeys.Signer candidate : candidates) {
      if (signature.holds(commit.payload(), candidate.key())) {
        signer = candidate;
      }
    }
    if (candidates.isEmpty()) {
      String reason =
          commit.committer().email().equals(GITHUB_WEB_FLOW)
              ? "web-flow-key-not-declared"
              : "key-not-declared";
      return verdict(commit, Format.OPENPGP, Outcome.UNKNOWN_SIGNER, issuer, reason);
    }
    if (signer == null) {
      return verdict(commit, Format.OPENPGP, Outcome.BAD, issuer, "signature-does-not-match");
    }
    if (signature.weakHash()) {
      return verdict(commit, Format.OPENPGP, Outcome.UNSUPPORTED, issuer, "weak-hash");
    }
    if (!signature.understood()) {
      return verdict(
          commit, Format.OPENPGP, Outcome.UNSUPPORTED, issuer, "unknown-critical-subpacket");
    }
    Instant revoked = signer.revoked();
    if (revoked != null && !at.isBefore(revoked)) {
      return verdict(commit, Format.OPENPGP, Outcome.REVOKED, issuer, "key-revoked");
    }
    Instant expires = signer.expires();
    if (at.isBefore(signer.created()) || (expires != null && !at.isBefore(expires))) {
      return verdict(commit, Format.OPENPGP, Outcome.EXPIRED, issuer, "key-outside-validity");
    }
    Instant made = signature.packet().getCreationTime().toInstant();
    long lives = signature.expiresAfterSeconds();
    if (lives != 0 && !at.isBefore(made.plusSeconds(lives))) {
      return verdict(commit, Format.OPENPGP, Outcome.EXPIRED, issuer, "signature-expired");
    }
    if (commit.committer().email().equals(GITHUB_WEB_FLOW)
        && signer.emails().contains(GITHUB_WEB_FLOW)) {
      return verdict(
          commit, Format.OPENPGP, Outcome.WEB_FLOW, GITHUB_WEB_FLOW, "signed-by-the-forge");
    }
    return bound(commit, Format.OPENPGP, List.copyOf(signer.emails()), issuer);
  }

  private CommitVerdict x509(CommitObject commit, String armoured) {
    CmsSignature signature = CmsSignature.parse(armoured, commit.payload());
    String subject = signature.subject();
    if (!signature.holds()) {
      return verdict(commit, Format.X509, Outcome.BAD, subject, "signature-does-not-match");
    }
    if (!signature.meantForSigning()) {
      return verdict(commit, Format.X509, Outcome.BAD, subject, "certificate-not-for-signing");
    }
    if (signature.needsTrustedTime(at)) {
      return verdict(commit, Format.X509, Outcome.UNSUPPORTED, subject, "no-trusted-time");
    }
    return switch (CertificatePath.judge(
        signature.certificate(), signature.others(), trust.roots(), at)) {
      case UNTRUSTED ->
          verdict(commit, Format.X509, Outcome.UNKNOWN_SIGNER, subject, "no-path-to-declared-root");
      case OUTSIDE_VALIDITY ->
          verdict(commit, Format.X509, Outcome.EXPIRED, subject, "certificate-outside-validity");
      case TRUSTED -> bound(commit, Format.X509, signature.emails(), subject);
    };
  }

  private static CommitVerdict bound(
      CommitObject commit, Format format, List<String> emails, String signer) {
    boolean author = emails.contains(commit.author().email().toLowerCase(Locale.ROOT));
    boolean committer = emails.contains(commit.committer().email().toLowerCase(Locale.ROOT));
    if (author && committer) {
      return verdict(commit, format, Outcome.GOOD, commit.author().email(), "verified");
    }
    String reason = author ? "committer-is-not-signer" : "author-is-not-signer";
    return verdict(commit, format, Outcome.NOT_AUTHOR, signer, reason);
  }
}
