package dev.sallyport.cli;

import dev.sallyport.cli.agent.AgentException;
import dev.sallyport.cli.agent.Enrolment;
import dev.sallyport.cli.agent.HostAgent;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `sallyport agent`: let a host in, become its agent, be it.
@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    description = {"The agent of a host runs what deploy tickets say, and nothing else.", ""},
    subcommands = {AgentCommand.Code.class, AgentCommand.Enrol.class, AgentCommand.Host.class})
final class AgentCommand implements Runnable {
  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "say what to do: agent code, agent enrol or agent host");
  }

  /// Makes a one-time code.
  @Command(
      name = "code",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Make a one-time code (ten minutes, five tries) that lets one host in. Only the owner of the"
              + " server's folder may.")
  static final class Code implements Runnable {
    @Option(names = "--host", required = true, paramLabel = "NAME", description = "the host")
    private String host = "";

    @Option(
        names = "--service",
        required = true,
        split = ",",
        paramLabel = "NAME",
        description = "what it may run; several with commas")
    private List<String> services = List.of();

    @Option(names = "--env", required = true, paramLabel = "ENV", description = "and where")
    private String environment = "";

    @Option(
        names = "--out",
        paramLabel = "FILE",
        description = "write the code to a new file (mode 0600) instead of printing it")
    private @Nullable Path out;

    @Mixin private ServerOptions server = new ServerOptions();
    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      ObjectNode body = Json.object();
      body.put("host", host);
      services.forEach(body.putArray("services")::add);
      body.put("environment", environment);
      JsonNode made = new OwnerSession(server).must("POST", "/v1/agents/code", body);
      String code = made.path("code").asString("");
      PrintWriter err = spec.commandLine().getErr();
      Path file = out;
      if (file == null) {
        spec.commandLine().getOut().println(Terminal.safe(code));
      } else {
        writeNew(file, code);
      }
      err.println(
          "on the host, within ten minutes: sallyport agent enrol --server URL --ca ca.pem --code-file"
              + " FILE --folder DIR");
    }

    private static void writeNew(Path file, String code) {
      try {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, code + "\n");
      } catch (IOException e) {
        throw new UserError("couldn't write `" + file + "`", "name a file that is not there yet");
      }
    }
  }

  /// Trades the code for a certificate.
  @Command(
      name = "enrol",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Make this host's key and trade a one-time code for its certificate. The code comes from a file"
              + " or is typed; it is never an argument, which others could read.")
  static final class Enrol implements Runnable {
    @Option(names = "--server", required = true, paramLabel = "URL", description = "the server")
    private URI server = URI.create("https://127.0.0.1");

    @Option(
        names = "--ca",
        required = true,
        paramLabel = "FILE",
        description = "the authority of the server's certificate (its ca.pem)")
    private Path authority = Path.of("ca.pem");

    @Option(names = "--code-file", paramLabel = "FILE", description = "where the code is")
    private @Nullable Path codeFile;

    @Option(
        names = "--folder",
        required = true,
        paramLabel = "DIR",
        description = "a new folder for key, certificate and journals (mode 0700)")
    private Path folder = Path.of("agent");

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      ServerClient client = new ServerClient(server, authority);
      try {
        Enrolment made =
            Enrolment.make(
                folder,
                server,
                authority,
                code(),
                (code, request) -> enter(client, code, request),
                new SecureRandom());
        spec.commandLine().getOut().println("enrolled as " + Terminal.safe(made.name()));
      } catch (AgentException e) {
        throw new UserError(
            String.valueOf(e.getMessage()), "an enrolment begins with `sallyport agent code`");
      }
    }

    private String code() {
      try {
        Path file = codeFile;
        if (file != null) {
          if (Files.size(file) > 256) {
            throw new UserError("`" + file + "` is too large for a code", "name the right file");
          }
          return Files.readString(file, StandardCharsets.US_ASCII).strip();
        }
        Optional<Console> terminal =
            Optional.ofNullable(System.console()).filter(Console::isTerminal);
        if (terminal.isPresent()) {
          char[] typed = terminal.get().readPassword("code: ");
          return typed == null ? "" : new String(typed).strip();
        }
        String line =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))
                .readLine();
        return line == null ? "" : line.strip();
      } catch (IOException e) {
        throw new UserError("couldn't read the code", "name its file with --code-file");
      }
    }

    private static Enrolment.Welcome enter(ServerClient client, String code, String request) {
      ObjectNode body = Json.object();
      body.put("code", code);
      body.put("csr", request);
      ServerClient.Answer answer =
          client.send(
              "POST",
              "/v1/agents",
              Map.of("Content-Type", "application/json"),
              Json.line(body).getBytes(StandardCharsets.UTF_8));
      JsonNode json = answer.json();
      if (answer.status() / 100 != 2) {
        throw new UserError(
            "the server let nobody in: "
                + Terminal.safe(json.path("detail").asString("status " + answer.status())),
            "a code counts once, for ten minutes and five tries: make another");
      }
      return new Enrolment.Welcome(
          json.path("host").asString(""),
          json.path("certificate").asString(""),
          json.path("port").asInt(0));
    }
  }

  /// Is the agent.
  @Command(
      name = "host",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Run the agent of this host until it is stopped. Its services go on without it and are adopted"
              + " when it starts again.")
  static final class Host implements Runnable {
    @Option(
        names = "--config",
        required = true,
        paramLabel = "FILE",
        description = "agent.yaml (docs/reference/agent.md)")
    private Path config = Path.of("agent.yaml");

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      PrintWriter err = spec.commandLine().getErr();
      PrintWriter out = spec.commandLine().getOut();
      try (HostAgent agent = HostAgent.start(config, line -> say(err, line))) {
        out.println("sallyport: agent of " + Terminal.safe(agent.name()) + " is ready");
        out.flush();
        Runtime.getRuntime().addShutdownHook(new Thread(agent::close, "shutdown"));
        agent.await();
      } catch (AgentException e) {
        throw new UserError(
            String.valueOf(e.getMessage()), "see docs/reference/agent.md for what an agent needs");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private static void say(PrintWriter err, String line) {
      err.println("sallyport: " + Terminal.safe(line));
    }
  }
}
