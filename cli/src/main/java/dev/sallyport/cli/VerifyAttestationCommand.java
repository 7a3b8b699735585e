package dev.sallyport.cli;

import dev.sallyport.attest.Envelope;
import dev.sallyport.attest.EvidenceException;
import dev.sallyport.attest.Statement;
import dev.sallyport.attest.VerificationSummary;
import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.VerifyingKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport verify-attestation`: who signed this envelope, and what does it say of what?
@Command(
    name = "verify-attestation",
    mixinStandardHelpOptions = true,
    description = {
      "Check the signature of a DSSE envelope and what its in-toto statement is about.",
      "",
      "Exit 0: it is signed by a key given and is about the subject asked for. Exit 1: so it is, and it is a"
          + " verification summary that says FAILED. Exit 2: anything else.",
      ""
    })
final class VerifyAttestationCommand implements Runnable, CommandLine.IExitCodeGenerator {
  @Parameters(paramLabel = "FILE", description = "the envelope (JSON)")
  private Path file = Path.of("");

  @Option(
      names = "--key",
      required = true,
      paramLabel = "KEY.pem",
      description = "a public key that may have signed it, may be given more than once")
  private List<Path> keys = new ArrayList<>();

  @Option(
      names = "--subject",
      paramLabel = "DIGEST",
      description = "what it must be about: sha256:HEX, gitCommit:HEX or a file")
  private @Nullable String subject;

  @Option(names = "--json", description = "print the statement's essentials as JSON")
  private boolean json;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private int exitCode = 2;

  @Override
  public void run() {
    List<VerifyingKey> trusted = new ArrayList<>();
    for (Path key : keys) {
      try {
        trusted.add(VerifyingKey.ofPem(Files.readString(key, StandardCharsets.US_ASCII)));
      } catch (IOException | KeyException e) {
        throw new UserError(
            "couldn't read key `" + key + "`: " + e.getMessage(), "give a PEM public key");
      }
    }
    Set<VerifyingKey> signers;
    Statement statement;
    try {
      if (Files.size(file) > ArtifactProof.MAX_ENVELOPE_BYTES) {
        throw new UserError("`" + file + "` is larger than 32 MiB", "name an envelope");
      }
      Envelope envelope = Envelope.parse(Files.readAllBytes(file));
      signers = envelope.signers(trusted);
      if (signers.isEmpty()) {
        throw new UserError(
            "`" + file + "` is signed by none of the keys given",
            "get the signer's public key from a place you trust, not from beside the envelope");
      }
      statement = Statement.of(envelope);
    } catch (IOException e) {
      throw new UserError("couldn't read `" + file + "`", "check that it exists");
    } catch (EvidenceException e) {
      throw new UserError(
          "`" + file + "` is no attestation: " + Terminal.safe(String.valueOf(e.getMessage())),
          "name a DSSE envelope with an in-toto statement");
    }
    if (subject != null && !about(statement, subject)) {
      throw new UserError(
          "it is about other subjects than `" + subject + "`",
          "see its subjects with --json and without --subject");
    }
    print(statement, signers);
    boolean failed =
        statement.predicateType().equals(VerificationSummary.PREDICATE_TYPE)
            && !"PASSED".equals(statement.predicate().path("verificationResult").asString(""));
    exitCode = failed ? 1 : 0;
  }

  private static boolean about(Statement statement, String wanted) {
    int colon = wanted.indexOf(':');
    if (colon < 0) {
      return statement.isAboutSha256(ArtifactProof.sha256(Path.of(wanted)));
    }
    String algorithm = wanted.substring(0, colon);
    String hex = wanted.substring(colon + 1).toLowerCase(Locale.ROOT);
    return statement.subjects().stream()
        .anyMatch(
            one -> hex.equals(one.digests().getOrDefault(algorithm, "").toLowerCase(Locale.ROOT)));
  }

  private void print(Statement statement, Set<VerifyingKey> signers) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode root = Json.object();
      ArrayNode ids = root.putArray("signers");
      signers.forEach(key -> ids.add(key.keyId()));
      root.put("predicateType", statement.predicateType());
      ArrayNode subjects = root.putArray("subjects");
      for (Statement.Subject one : statement.subjects()) {
        ObjectNode node = subjects.addObject();
        node.put("name", one.name());
        ObjectNode digests = node.putObject("digest");
        one.digests().forEach(digests::put);
      }
      root.set("predicate", statement.predicate());
      out.println(Json.pretty(root));
      return;
    }
    signers.forEach(key -> out.println("signed by  " + key.keyId()));
    out.println("says       " + Terminal.safe(statement.predicateType()));
    String result = statement.predicate().path("verificationResult").asString("");
    if (!result.isEmpty()) {
      out.println("result     " + Terminal.safe(result));
    }
    for (Statement.Subject one : statement.subjects()) {
      out.println("about      " + Terminal.safe(one.name() + " " + one.digests()));
    }
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
