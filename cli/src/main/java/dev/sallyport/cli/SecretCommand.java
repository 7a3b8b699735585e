package dev.sallyport.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport secret`: put, list and declare secrets. A value is read from a file or standard
/// input, never from the command line, and never shown again.
@Command(
    name = "secret",
    mixinStandardHelpOptions = true,
    description = {
      "Keep secrets for steps: put a value, declare who may read it, list what is there. Only the owner of the"
          + " server's folder may.",
      ""
    },
    subcommands = {
      SecretCommand.Put.class,
      SecretCommand.ListAll.class,
      SecretCommand.Policy.class
    })
final class SecretCommand implements Runnable {
  private static final int MAX_BYTES = 64 * 1024;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "say what to do: secret put PATH, secret policy PATH or secret list");
  }

  /// Puts a value as the next version.
  @Command(
      name = "put",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Keep the value that FILE or standard input holds as the next version of PATH.")
  static final class Put implements Runnable {
    @Parameters(paramLabel = "PATH", description = "the secret's name, such as payments/db")
    private String path = "";

    @Option(names = "--file", paramLabel = "FILE", description = "default: standard input")
    private @Nullable Path file;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      byte[] value = value();
      try {
        ObjectNode body = Json.object();
        body.put("path", path);
        body.put("value", Base64.getEncoder().encodeToString(value));
        JsonNode kept = new OwnerSession(server).must("PUT", "/v1/secrets", body);
        spec.commandLine()
            .getOut()
            .println(
                Terminal.safe(kept.path("path").asString(""))
                    + " version "
                    + kept.path("version").asLong(0));
      } finally {
        Arrays.fill(value, (byte) 0);
      }
    }

    private byte[] value() {
      try (InputStream in = file == null ? System.in : Files.newInputStream(file)) {
        byte[] value = in.readNBytes(MAX_BYTES + 1);
        if (value.length == 0 || value.length > MAX_BYTES) {
          throw new UserError(
              "a secret has 1 to " + MAX_BYTES + " bytes",
              "give it on standard input or by --file");
        }
        return value;
      } catch (IOException e) {
        throw new UserError("couldn't read the value", "give it on standard input or by --file");
      }
    }
  }

  /// Lists all, without values.
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Show every secret's newest version and what is declared of it.")
  static final class ListAll implements Runnable {
    @Option(names = "--json", description = "print the server's answer as it is")
    private boolean json;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      JsonNode answer = new OwnerSession(server).must("GET", "/v1/secrets", null);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.pretty(answer));
        return;
      }
      if (answer.path("secrets").isEmpty()) {
        out.println("no secrets are kept");
      }
      for (JsonNode secret : answer.path("secrets")) {
        StringBuilder line = new StringBuilder(Terminal.safe(secret.path("path").asString("")));
        line.append("  version ").append(secret.path("version").asLong(0));
        for (String what : List.of("repositories", "refs", "steps", "environments")) {
          if (secret.has(what)) {
            List<String> words = new ArrayList<>();
            secret.path(what).forEach(word -> words.add(Terminal.safe(word.asString(""))));
            line.append("  ").append(what).append(' ').append(String.join(",", words));
          }
        }
        out.println(line);
      }
    }
  }

  /// Declares who may read one.
  @Command(
      name = "policy",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Declare who may read PATH, in place of what was declared before. What is not declared is not there for"
              + " policies: without --repository nobody reads it.")
  static final class Policy implements Runnable {
    @Parameters(paramLabel = "PATH", description = "the secret's name")
    private String path = "";

    @Option(
        names = "--repository",
        paramLabel = "ID",
        description = "whose runs may read it, such as github.com/345")
    private List<String> repositories = new ArrayList<>();

    @Option(names = "--ref", paramLabel = "REF", description = "from which they may")
    private List<String> refs = new ArrayList<>();

    @Option(names = "--for-step", paramLabel = "NAME", description = "in which step they may")
    private List<String> steps = new ArrayList<>();

    @Option(names = "--environment", paramLabel = "ENV", description = "where it belongs to")
    private List<String> environments = new ArrayList<>();

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      ObjectNode body = Json.object();
      body.put("path", path);
      put(body, "repositories", repositories);
      put(body, "refs", refs);
      put(body, "steps", steps);
      put(body, "environments", environments);
      new OwnerSession(server).must("PUT", "/v1/secrets/policy", body);
      spec.commandLine().getOut().println("declared");
    }

    private static void put(ObjectNode body, String name, List<String> words) {
      if (!words.isEmpty()) {
        ArrayNode list = body.putArray(name);
        words.forEach(list::add);
      }
    }
  }
}
