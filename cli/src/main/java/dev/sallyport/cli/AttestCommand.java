package dev.sallyport.cli;

import dev.sallyport.attest.Envelope;
import dev.sallyport.attest.Statement;
import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.SigningKey;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport attest`: SLSA provenance for a file, signed with a key that the caller holds.
@Command(
    name = "attest",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Write SLSA provenance v1 for FILE: what it was built from and by whom, signed (in-toto, DSSE).",
      "",
      "A key that the build step itself can read proves less than one it cannot: who holds the key says so.",
      ""
    })
final class AttestCommand implements Runnable {
  @Parameters(paramLabel = "FILE", description = "the artifact")
  private Path file = Path.of("");

  @Option(
      names = "--key",
      required = true,
      paramLabel = "FILE",
      description = "the private key (PEM, mode 0600)")
  private Path key = Path.of("");

  @Option(
      names = "--source",
      required = true,
      paramLabel = "URI",
      description = "the repository it was built from")
  private String source = "";

  @Option(
      names = "--commit",
      required = true,
      paramLabel = "ID",
      description = "the commit it was built from")
  private String commit = "";

  @Option(names = "--builder", required = true, paramLabel = "URI", description = "who built it")
  private String builder = "";

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "where the envelope goes")
  private Path out = Path.of("");

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    String hex = ArtifactProof.sha256(file);
    ObjectNode predicate = Json.object();
    ObjectNode definition = predicate.putObject("buildDefinition");
    definition.put("buildType", "https://sallyport.dev/build/command/v1");
    definition.putObject("externalParameters").put("source", source);
    ObjectNode material = definition.putArray("resolvedDependencies").addObject();
    material.put("uri", source);
    material.putObject("digest").put("gitCommit", commit);
    predicate.putObject("runDetails").putObject("builder").put("id", builder);
    Statement statement =
        new Statement(
            List.of(Statement.Subject.sha256(String.valueOf(file.getFileName()), hex)),
            "https://slsa.dev/provenance/v1",
            predicate);
    try {
      Envelope envelope = Envelope.sign(Envelope.IN_TOTO, statement.toJson(), SigningKey.read(key));
      OutFile.write(out, envelope.toJson());
    } catch (KeyException e) {
      throw new UserError(
          String.valueOf(e.getMessage()), "make a key with `sallyport key new FILE`");
    }
    spec.commandLine().getOut().println("sha256:" + hex);
  }
}
