package dev.sallyport.cli;

import dev.sallyport.gate.Profile;
import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.VerifyingKey;
import dev.sallyport.scan.git.Repository;
import dev.sallyport.scan.git.RepositoryException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sallyport verify`: a repository or an artifact, where it lies, without server and network.
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Check a repository where it lies: who signed, what leaks, what its pipeline lets strangers do, what it"
          + " depends on, and what the policy says of it. No server, no network.",
      "",
      "Trust (signers, keys, policy, profile) is read from `.sallyport/` at the base of the range, never from the"
          + " change itself.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  sallyport verify                              what is not on the upstream default branch",
      "  sallyport verify --range origin/main..HEAD    what this branch adds",
      "  sallyport verify --format sarif --out s.sarif for code scanning",
      "  sallyport verify --artifact app.jar --attestation app.intoto.json --trust build=build.pem",
      "",
      "Exit codes: 0 allowed, 1 denied, 2 could not tell."
    })
final class VerifyCommand implements Runnable, CommandLine.IExitCodeGenerator {
  /// The forms of the answer.
  enum Format {
    TEXT,
    JSON,
    SARIF,
    HTML
  }

  @Parameters(
      arity = "0..1",
      paramLabel = "PATH",
      defaultValue = ".",
      description = "a folder inside the repository; default: here")
  private Path path = Path.of(".");

  @Option(
      names = "--range",
      paramLabel = "A..B",
      description =
          "judge the commits of B that A lacks; default: what is not on the upstream default branch, else"
              + " the last 50")
  private @Nullable String range;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "judge by this built-in profile: observe, baseline or strict")
  private @Nullable String profile;

  @Option(
      names = "--trust-here",
      description =
          "let the judged tree supply its own trust, where there is no base (a first look)")
  private boolean trustHere;

  @Option(names = "--artifact", paramLabel = "FILE", description = "prove this file too")
  private @Nullable Path artifact;

  @Option(
      names = "--attestation",
      paramLabel = "FILE",
      description = "a DSSE envelope about the artifact, may be given more than once")
  private List<Path> attestations = new ArrayList<>();

  @Option(
      names = "--trust",
      paramLabel = "ROLE=KEY.pem",
      description =
          "a public key that attests in a role, may be given more than once; default:"
              + " `.sallyport/trust/ROLE/*.pem` of the base")
  private Map<String, Path> trust = new LinkedHashMap<>();

  @Option(
      names = "--advisories",
      paramLabel = "DIR|ZIP",
      description =
          "OSV-format advisories to match dependencies against; without, they are not checked")
  private @Nullable Path advisories;

  @Option(
      names = "--sbom",
      paramLabel = "FILE",
      description = "write the CycloneDX SBOM of the dependencies here")
  private @Nullable Path sbom;

  @Mixin private SignerOptions signers = new SignerOptions();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "TEXT",
      description = "text, json, sarif or html; default: text")
  private Format format = Format.TEXT;

  @Option(names = "--json", description = "the same as --format json")
  private boolean json;

  @Option(names = "--out", paramLabel = "FILE", description = "write the answer here")
  private @Nullable Path out;

  @Option(
      names = "--attest",
      paramLabel = "FILE",
      description = "write the result as a signed SLSA VSA (in-toto, DSSE) here; needs --key")
  private @Nullable Path attest;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "the private key that signs it (PEM, mode 0600)")
  private @Nullable Path key;

  @Option(
      names = {"-v", "--verbose"},
      description = "list everything, not just what is wrong")
  private boolean verbose;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private int exitCode = 2;

  @Override
  public void run() {
    if (attest != null && key == null) {
      throw new UserError(
          "--attest needs a key to sign with", "make one with `sallyport key new FILE`");
    }
    PrintWriter err = spec.commandLine().getErr();
    Progress progress = new Progress(err, Terminal.colours());
    Instant at = signers.at(Clock.systemUTC());
    VerifyReport report;
    try (Repository repository = Repository.open(path)) {
      report = new Verification(request(), at, progress).run(repository);
    } catch (RepositoryException e) {
      throw new UserError(Terminal.safe(String.valueOf(e.getMessage())), e.hint());
    } catch (Repository.Sha256Repository e) {
      Path folder = e.top().getFileName();
      report =
          new Verification(request(), at, progress)
              .withoutHistory(
                  folder == null ? "repository" : folder.toString(),
                  Repository.filesBelow(e.top()),
                  String.valueOf(e.getMessage()),
                  "only its working files were looked at");
    } finally {
      progress.done();
    }
    if (sbom != null) {
      OutFile.write(
          sbom,
          report
              .dependencies()
              .sbom(report.repository().name(), String.valueOf(report.repository().head()))
              .getBytes(StandardCharsets.UTF_8));
    }
    if (attest != null && key != null) {
      ReportAttestation.write(report, key, attest);
    }
    // Last: who reads an answer can rely on the files that were asked for with it.
    write(report);
    exitCode = report.exitCode();
  }

  private Verification.Request request() {
    return new Verification.Request(
        range,
        signers,
        profile == null ? null : profileNamed(profile),
        trustHere,
        artifact == null ? noArtifact() : artifactProof(artifact),
        advisories);
  }

  private static Profile profileNamed(String word) {
    return Profile.of(word)
        .orElseThrow(
            () -> new UserError("no profile `" + word + "`", "use observe, baseline or strict"));
  }

  private @Nullable ArtifactProof noArtifact() {
    if (!attestations.isEmpty()) {
      throw new UserError("--attestation without --artifact", "name the file that it is about");
    }
    return null;
  }

  private ArtifactProof artifactProof(Path file) {
    Map<String, byte[]> envelopes = new LinkedHashMap<>();
    for (Path attestation : attestations) {
      try {
        if (Files.size(attestation) > ArtifactProof.MAX_ENVELOPE_BYTES) {
          throw new UserError("`" + attestation + "` is larger than 32 MiB", "name an envelope");
        }
        envelopes.put(attestation.toString(), Files.readAllBytes(attestation));
      } catch (IOException e) {
        throw new UserError("couldn't read `" + attestation + "`", "check that it exists");
      }
    }
    Map<String, Set<VerifyingKey>> named = new LinkedHashMap<>();
    trust.forEach((role, where) -> {
      Set<VerifyingKey> keys = named.computeIfAbsent(role, _ -> new LinkedHashSet<>());
      for (Path pem : pemFiles(where)) {
        try {
          keys.add(VerifyingKey.ofPem(Files.readString(pem, StandardCharsets.US_ASCII)));
        } catch (IOException | KeyException e) {
          throw new UserError(
              "couldn't read key `" + pem + "`: " + e.getMessage(), "give a PEM public key");
        }
      }
    });
    return new ArtifactProof(file, ArtifactProof.sha256(file), envelopes, named);
  }

  private static List<Path> pemFiles(Path where) {
    if (!Files.isDirectory(where)) {
      return List.of(where);
    }
    try (Stream<Path> files = Files.list(where)) {
      return files.filter(file -> file.toString().endsWith(".pem")).sorted().toList();
    } catch (IOException e) {
      throw new UserError("couldn't list `" + where + "`", "give a key file or a folder of them");
    }
  }

  private void write(VerifyReport report) {
    String text =
        switch (json ? Format.JSON : format) {
          case TEXT -> new ReportText(report, out == null && Terminal.colours(), verbose).render();
          case JSON -> ReportJson.render(report);
          case SARIF -> ReportSarif.render(report);
          case HTML -> ReportHtml.render(report);
        };
    Path file = out;
    if (file == null) {
      spec.commandLine().getOut().print(text);
      return;
    }
    OutFile.write(file, text.getBytes(StandardCharsets.UTF_8));
    spec.commandLine().getErr().println("sallyport: " + report.verdict() + ", written to " + file);
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
