package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sallyport.testdata.Bent;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/// The readers of evidence against hostile bytes: commits with each kind of signature, signer
/// files, KRLs, envelopes and statements. The first byte chooses the reader.
public final class EvidenceFuzz {
  private static final CommitVerifier VERIFIER =
      new CommitVerifier(SignerTrust.none(), Instant.parse("2026-11-25T00:00:00Z"));

  private EvidenceFuzz() {}

  /// No exception but the declared ones.
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(input, 1, input.length);
    try {
      switch (input[0]) {
        case 'c' -> VERIFIER.verify(CommitObject.parse(Ids.sha1(rest), rest));
        case 's' -> AllowedSigners.parse(new String(rest, UTF_8), ZoneOffset.UTC);
        case 'r' -> RevokedKeys.parse(rest);
        case 'p' -> PgpKeys.parse(List.of(rest));
        case 'e' -> Statement.of(Envelope.parse(rest));
        default -> Statement.parse(rest);
      }
    } catch (EvidenceException | SignerFileException declared) {
      // As it should be.
    }
  }

  private static byte[] seed(String text) {
    return text.getBytes(UTF_8);
  }

  static List<byte[]> seeds() {
    String key =
        "ssh-ed25519" + " AAAAC3NzaC1lZDI1NTE5AAAAIGtQUDZWhs8k/cZcykMkaoX7ZE7DXld8TP79HyddVhZT";
    String statement =
        """
        {"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a","digest":{"sha256":"%s"}}],\
        "predicateType":"https://slsa.dev/provenance/v1","predicate":{"buildDefinition":{}}}\
        """
            .formatted("0".repeat(64));
    String envelope =
        "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\""
            + Base64.getEncoder().encodeToString(seed(statement))
            + "\",\"signatures\":[{\"keyid\":\"a\",\"sig\":\"AAAA\"}]}";
    String head =
        "ctree " + "0".repeat(40) + "\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n";
    Stream<byte[]> own =
        Stream.of(
            seed(head + "\nplain\n"),
            seed(head + "gpgsig " + sshSignature() + "\n\nsigned\n"),
            seed(
                head
                    + "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQEzBAABCAAdFiEE\n"
                    + " -----END PGP SIGNATURE-----\n\nsigned\n"),
            seed(
                head
                    + "gpgsig -----BEGIN SIGNED MESSAGE-----\n MIAGCSqGSIb3DQEHAqCAMIACAQExDTALBgkq\n"
                    + " -----END SIGNED MESSAGE-----\n\nsigned\n"),
            seed(
                "s# comment\n*@b,!x@b namespaces=\"git\",valid-before=\"20250101Z\" " + key + "\n"),
            seed("scert-authority *@b " + key + " comment\n"),
            seed("r" + key + "\n"),
            concat(
                "rSSHKRL\n\0".getBytes(ISO_8859_1),
                new byte[] {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}),
            seed(
                "p-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZ\n-----END PGP PUBLIC KEY BLOCK-----\n"),
            seed("e" + envelope),
            seed("t" + statement));
    return Stream.concat(own, real()).toList();
  }

  private static String sshSignature() {
    byte[] blob = {
      'S', 'S', 'H', 'S', 'I', 'G', 0, 0, 0, 1, 0, 0, 0, 51, 0, 0, 0, 11, 's', 's', 'h', '-', 'e',
      'd', '2', '5', '5', '1', '9', 0, 0, 0, 32
    };
    return "-----BEGIN SSH SIGNATURE-----\n "
        + Base64.getEncoder().encodeToString(Arrays.copyOf(blob, 180))
        + "\n -----END SSH SIGNATURE-----";
  }

  private static byte[] concat(byte[] one, byte[] two) {
    byte[] both = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, both, one.length, two.length);
    return both;
  }

  /// A few real commits of each kind, where they lie beside the checkout.
  private static Stream<byte[]> real() {
    Path archive =
        dev.sallyport.testdata.SharedData.projectRoot()
            .resolve("../shared/data/git-commits.tgz")
            .normalize();
    if (!archive.toFile().isFile()) {
      return Stream.empty();
    }
    RealCommits commits = RealCommits.read();
    return Stream.of("ssh", "x509", "pgp", "pgp-webflow")
        .flatMap(kind -> commits.of(kind).stream().limit(6))
        .map(one -> concat(new byte[] {'c'}, one.raw()));
  }

  /// Writes the seeds into the folder named, for `./build fuzz`.
  public static void main(String[] arguments) {
    Bent.write(seeds(), Path.of(arguments[0]));
  }
}
