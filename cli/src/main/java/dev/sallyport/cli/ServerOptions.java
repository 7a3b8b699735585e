package dev.sallyport.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Which server: the one named, else the one that runs on this machine.
final class ServerOptions {
  @Option(
      names = "--server",
      paramLabel = "URL",
      description =
          "the server; default: SALLYPORT_SERVER, else the one started here by `sallyport up`")
  private @Nullable URI server;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "the authority of the server's certificate (its ca.pem)")
  private @Nullable Path authority;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "the data folder of a server here; default: ~/.local/share/sallyport")
  private @Nullable Path data;

  /// XDG Base Directory, or what `--data` says.
  Path dataFolder() {
    return dataFolder(Surroundings.ofProcess());
  }

  private Path dataFolder(Surroundings there) {
    if (data != null) {
      return there.at(data).toAbsolutePath();
    }
    String told = there.variable("XDG_DATA_HOME");
    Path base =
        told == null || !Path.of(told).isAbsolute()
            ? Path.of(System.getProperty("user.home"), ".local", "share")
            : Path.of(told);
    return base.resolve("sallyport");
  }

  /// What a running server says of itself in its data folder.
  ///
  /// @param url where it listens
  /// @param pid its process
  /// @param authority its ca.pem
  record Running(URI url, long pid, Path authority) {
    boolean alive() {
      return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
  }

  Optional<Running> running() {
    return running(Surroundings.ofProcess());
  }

  private Optional<Running> running(Surroundings there) {
    Path file = dataFolder(there).resolve("server.json");
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > 65_536) {
        return Optional.empty();
      }
      JsonNode node = Json.MAPPER.readTree(Files.readString(file, StandardCharsets.UTF_8));
      return Optional.of(
              new Running(
                  URI.create(node.path("url").asString("")),
                  node.path("pid").asLong(-1),
                  Path.of(node.path("caPem").asString(""))))
          .filter(Running::alive);
    } catch (IOException | JacksonException | IllegalArgumentException unreadable) {
      return Optional.empty();
    }
  }

  ServerClient client() {
    return client(Surroundings.ofProcess());
  }

  /// To ask it on behalf of somebody who stands `there`.
  ServerClient client(Surroundings there) {
    URI named = server;
    String environment = there.variable("SALLYPORT_SERVER");
    if (named == null && environment != null && !environment.isBlank()) {
      named = URI.create(environment);
    }
    if (named != null) {
      Path own =
          running(there)
              .filter(here -> sameServer(here.url(), server))
              .map(Running::authority)
              .orElse(null);
      return new ServerClient(there, named, authority == null ? own : there.at(authority));
    }
    Running here =
        running(there)
            .orElseThrow(() ->
                new UserError(
                    "no server runs on " + dataFolder(there),
                    "start one with `sallyport up`, or name one with --server"));
    return new ServerClient(
        there, here.url(), authority == null ? here.authority() : there.at(authority));
  }

  private static boolean sameServer(URI here, @Nullable URI named) {
    return named != null
        && here.getPort() == named.getPort()
        && here.getHost().equals(named.getHost());
  }
}
