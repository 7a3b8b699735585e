package dev.sallyport.cli;

import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sallyport key new`: a key for attestations.
@Command(
    name = "key",
    description = "Make keys that sign attestations.",
    mixinStandardHelpOptions = true,
    subcommands = KeyCommand.New.class)
final class KeyCommand implements Runnable {
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "say what to do: key new FILE");
  }

  /// Writes a private key and, beside it, its public half.
  @Command(
      name = "new",
      mixinStandardHelpOptions = true,
      description =
          "Write a new private key to FILE (PKCS#8 PEM, mode 0600, never overwritten) and its public half to"
              + " FILE.pub.pem.")
  static final class New implements Runnable {
    @Parameters(paramLabel = "FILE", description = "where the private key goes")
    private Path file = Path.of("");

    @Option(
        names = "--type",
        defaultValue = "ed25519",
        paramLabel = "TYPE",
        description = "ed25519 or p256; default: ed25519")
    private String type = "ed25519";

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      KeyAlgorithm algorithm =
          switch (type) {
            case "ed25519" -> KeyAlgorithm.ED25519;
            case "p256" -> KeyAlgorithm.ECDSA_P256;
            default -> throw new UserError("no key type `" + type + "`", "use ed25519 or p256");
          };
      Path publicFile = Path.of(file + ".pub.pem");
      try {
        SigningKey key = SigningKey.generate(algorithm, new SecureRandom());
        key.writeNew(file);
        Files.writeString(publicFile, key.publicKey().pem());
        spec.commandLine().getOut().println(key.publicKey().keyId());
        spec.commandLine()
            .getErr()
            .println("private key: " + file + " (keep it), public key: " + publicFile);
      } catch (KeyException e) {
        throw new UserError(String.valueOf(e.getMessage()), "choose another name");
      } catch (IOException e) {
        throw new UserError(
            "couldn't write `" + publicFile + "`", "check the folder and its rights");
      }
    }
  }
}
