package dev.sallyport.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `sallyport evidence put`: hands a statement to a server.
@Command(
    name = "evidence",
    description = "Hand evidence to a server.",
    mixinStandardHelpOptions = true,
    subcommands = EvidenceCommand.Put.class)
final class EvidenceCommand implements Runnable {
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "say what to do: evidence put FILE");
  }

  /// Puts one envelope.
  @Command(
      name = "put",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Give a server a DSSE envelope. It counts only if a key that the server knows in a role signed it."
              + " Exit 0 admitted, 1 refused, 2 could not ask.")
  static final class Put implements Runnable, CommandLine.IExitCodeGenerator {
    @Parameters(paramLabel = "FILE", description = "the envelope (JSON)")
    private Path file = Path.of("");

    @Mixin private ServerOptions server = new ServerOptions();
    @Mixin private CallerSession session = new CallerSession();

    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    private int exitCode = 2;

    @Override
    public void run() {
      byte[] envelope;
      Surroundings there = Surroundings.of(spec);
      try {
        if (Files.size(there.at(file)) > ArtifactProof.MAX_ENVELOPE_BYTES) {
          throw new UserError("`" + file + "` is larger than 32 MiB", "name an envelope");
        }
        envelope = Files.readAllBytes(there.at(file));
      } catch (IOException e) {
        throw new UserError("couldn't read `" + file + "`", "check that it exists");
      }
      ServerClient client = server.client(there);
      String path = "/v1/evidence";
      Map<String, String> headers = session.headers(client, "PUT", path);
      headers.put("Content-Type", "application/json");
      ServerClient.Answer answer = client.send("PUT", path, headers, envelope);
      JsonNode said = answer.json();
      boolean admitted = answer.status() / 100 == 2;
      if (json) {
        spec.commandLine().getOut().println(Json.pretty(said));
      } else if (admitted) {
        spec.commandLine()
            .getOut()
            .println("admitted  " + Terminal.safe(said.path("digest").asString("")));
      } else {
        spec.commandLine()
            .getOut()
            .println(
                "refused: "
                    + Terminal.safe(said.path("detail").asString("status " + answer.status())));
      }
      boolean refused = answer.status() == 403 || answer.status() == 422;
      exitCode = admitted ? 0 : refused ? 1 : 2;
    }

    @Override
    public int getExitCode() {
      return exitCode;
    }
  }
}
