package dev.sallyport.cli;

import dev.sallyport.attest.AllowedSigners;
import dev.sallyport.attest.PgpKeys;
import dev.sallyport.attest.RevokedKeys;
import dev.sallyport.attest.SignerFileException;
import dev.sallyport.attest.SignerTrust;
import dev.sallyport.keys.CertificatePath;
import dev.sallyport.keys.KeyException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Who is declared to sign, when the person at the terminal says so.
final class SignerOptions {
  @Option(
      names = "--signers",
      paramLabel = "FILE",
      description = "declared SSH signers, in OpenSSH's allowed_signers format")
  private @Nullable Path signers;

  @Option(
      names = "--revoked",
      paramLabel = "FILE",
      description = "revoked SSH keys: a KRL, or a list of public keys")
  private @Nullable Path revoked;

  @Option(
      names = "--keys",
      paramLabel = "FILE",
      description = "OpenPGP public keys (.asc), may be given more than once")
  private List<Path> keys = new ArrayList<>();

  @Option(
      names = "--roots",
      paramLabel = "FILE",
      description = "X.509 roots (.pem) of commit certificates, may be given more than once")
  private List<Path> roots = new ArrayList<>();

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "judge validity at this time, such as 2026-11-25T12:00:00Z; default: now")
  private @Nullable String at;

  /// Whether the person named any signers, so that the repository's own are not read.
  boolean given() {
    return signers != null || revoked != null || !keys.isEmpty() || !roots.isEmpty();
  }

  Instant at(Clock clock) {
    String text = at;
    if (text == null) {
      return clock.instant();
    }
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException notATime) {
      try {
        return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
      } catch (DateTimeException notADate) {
        throw new UserError(
            "`--at " + text + "` is not a time", "write it as 2026-11-25T12:00:00Z or 2026-11-25");
      }
    }
  }

  /// The trust of the files named.
  SignerTrust read() {
    List<byte[]> pgp = new ArrayList<>();
    for (Path file : keys) {
      pgp.add(bytes(file));
    }
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      for (Path file : roots) {
        certificates.addAll(
            CertificatePath.readPem(new String(bytes(file), StandardCharsets.UTF_8)));
      }
      return new SignerTrust(
          signers == null ? AllowedSigners.none() : allowed(signers),
          revoked == null ? RevokedKeys.none() : RevokedKeys.parse(bytes(revoked)),
          pgp.isEmpty() ? PgpKeys.none() : PgpKeys.parse(pgp),
          certificates);
    } catch (SignerFileException | KeyException e) {
      throw new UserError(String.valueOf(e.getMessage()), "see `sallyport help commits`");
    }
  }

  /// A file that the person names must be right in every line: a signer lost in silence looks like
  /// an attack.
  private static AllowedSigners allowed(Path file) {
    AllowedSigners read =
        AllowedSigners.parse(
            new String(bytes(file), StandardCharsets.UTF_8), ZoneId.systemDefault());
    if (!read.problems().isEmpty()) {
      AllowedSigners.Problem first = read.problems().getFirst();
      throw new UserError(
          file + ":" + first.line() + ": " + first.message(),
          "lines are `principals [options] key-type base64-key`, see ssh-keygen(1), ALLOWED SIGNERS");
    }
    return read;
  }

  private static byte[] bytes(Path file) {
    try {
      if (Files.size(file) > 64L << 20) {
        throw new UserError("`" + file + "` is larger than 64 MiB", "name the right file");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UserError("couldn't read `" + file + "`", "check that it exists and is readable");
    }
  }
}
