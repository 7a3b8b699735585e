package dev.sallyport.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport registry`: a token for docker, podman, oras and crane at the server's registry door.
@Command(
    name = "registry",
    mixinStandardHelpOptions = true,
    description = {
      "Let registry clients of this CI job through the server's door: for one repository, for five minutes.",
      ""
    },
    subcommands = {RegistryCommand.Login.class, RegistryCommand.TokenOnly.class})
final class RegistryCommand implements Runnable {
  private static final int MAX_CONFIG_BYTES = 1 << 20;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "say what to do: registry login NAME or registry token NAME");
  }

  /// What both need.
  static final class Wish {
    @Parameters(paramLabel = "NAME", description = "the repository in the registry: acme/shop")
    private String repository = "";

    @Option(names = "--pull-only", description = "a token that cannot push")
    private boolean pullOnly;

    @Mixin private ServerOptions server = new ServerOptions();
    @Mixin private CallerSession session = new CallerSession();

    /// Asks for it.
    JsonNode mint(Surroundings there) {
      ServerClient client = server.client(there);
      String path = "/v1/registry-tokens";
      ObjectNode body = Json.object();
      body.put("repository", repository);
      var actions = body.putArray("actions").add("pull");
      if (!pullOnly) {
        actions.add("push");
      }
      Map<String, String> headers = session.headers(client, "POST", path);
      headers.put("Content-Type", "application/json");
      ServerClient.Answer answer =
          client.send("POST", path, headers, Json.line(body).getBytes(StandardCharsets.UTF_8));
      JsonNode json = answer.json();
      if (answer.status() == 403) {
        throw new Refused(
            Terminal.safe(json.path("detail").asString("denied")),
            Terminal.safe(json.path("advice").path(0).asString("")));
      }
      if (answer.status() != 200) {
        throw new UserError(
            "the server gave no token: "
                + Terminal.safe(json.path("detail").asString("status " + answer.status())),
            "is a registry configured there, and this repository in it?");
      }
      return json;
    }
  }

  /// A denial, which is no error of ours: exit 1.
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String advice;

    Refused(String reason, String advice) {
      super(reason);
      this.advice = advice;
    }

    int print(CommandLine line) {
      line.getErr().println("DENY  mint: " + getMessage());
      if (!advice.isEmpty()) {
        line.getErr().println("  what would satisfy it: " + advice);
      }
      return 1;
    }
  }

  /// Prints it.
  @Command(
      name = "token",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Print a token; the password of any user name.")
  static final class TokenOnly implements Runnable, CommandLine.IExitCodeGenerator {
    @Mixin private Wish wish = new Wish();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();
    private int exitCode;

    @Override
    public void run() {
      try {
        spec.commandLine()
            .getOut()
            .println(wish.mint(Surroundings.of(spec)).path("token").asString(""));
      } catch (Refused refused) {
        exitCode = refused.print(spec.commandLine());
      }
    }

    @Override
    public int getExitCode() {
      return exitCode;
    }
  }

  /// Writes it where registry clients look.
  @Command(
      name = "login",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Write a token into the configuration that docker, podman, oras and crane read, and print the registry's"
              + " name.")
  static final class Login implements Runnable, CommandLine.IExitCodeGenerator {
    @Mixin private Wish wish = new Wish();

    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "default: config.json in DOCKER_CONFIG, else in ~/.docker")
    private @Nullable Path config;

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();
    private int exitCode;

    @Override
    public void run() {
      try {
        JsonNode minted = wish.mint(Surroundings.of(spec));
        String registry = minted.path("registry").asString("");
        write(registry, minted.path("token").asString(""));
        spec.commandLine().getOut().println(Terminal.safe(registry));
      } catch (Refused refused) {
        exitCode = refused.print(spec.commandLine());
      }
    }

    private void write(String registry, String token) {
      Path file = file();
      try {
        ObjectNode root = existing(file);
        ObjectNode auths =
            root.path("auths") instanceof ObjectNode known ? known : root.putObject("auths");
        auths
            .putObject(registry)
            .put(
                "auth",
                Base64.getEncoder()
                    .encodeToString(("sallyport:" + token).getBytes(StandardCharsets.UTF_8)));
        Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        Path fresh =
            Files.createTempFile(
                folder,
                ".config",
                ".new",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(fresh, Json.pretty(root) + "\n");
        Files.move(
            fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new UserError("couldn't write `" + file + "`", "name another file with --config");
      }
    }

    private static ObjectNode existing(Path file) throws IOException {
      if (!Files.isRegularFile(file)) {
        return Json.object();
      }
      try {
        if (Files.size(file) <= MAX_CONFIG_BYTES
            && Json.MAPPER.readTree(Files.readString(file)) instanceof ObjectNode object) {
          return object;
        }
      } catch (JacksonException e) {
        throw new UserError(
            "`" + file + "` is not JSON", "mend it, or name another file with --config");
      }
      throw new UserError("`" + file + "` is no configuration", "name another file with --config");
    }

    private Path file() {
      Surroundings there = Surroundings.of(spec);
      if (config != null) {
        return there.at(config);
      }
      String told = there.variable("DOCKER_CONFIG");
      return told == null || told.isBlank()
          ? Path.of(System.getProperty("user.home"), ".docker", "config.json")
          : there.at(Path.of(told, "config.json"));
    }

    @Override
    public int getExitCode() {
      return exitCode;
    }
  }
}
