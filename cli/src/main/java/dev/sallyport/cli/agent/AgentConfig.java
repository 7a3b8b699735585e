package dev.sallyport.cli.agent;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What one host runs and how: docs/reference/agent.md.
///
/// @param name the host's, as it was enrolled
/// @param enrolment the folder that `sallyport agent enrol` made; journals lie there too
/// @param reportEverySeconds how often what runs is reported
/// @param services one for each place
public record AgentConfig(
    String name, Path enrolment, int reportEverySeconds, List<Service> services) {
  /// How a host, a service or an environment may be called.
  static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

  public AgentConfig {
    services = List.copyOf(services);
  }

  /// One place: a service in an environment on this host.
  ///
  /// @param repository of the registry that its releases come from, and no other
  /// @param folder holds `releases/` and `current`
  /// @param command the argument vector; its first word is sought in the release where it has a
  ///   slash; `{release}` stands for the release's folder
  /// @param workingFolder null for the release's own
  /// @param user to run as; null for the agent's own
  /// @param keepReleases how many earlier ones stay on the disk
  public record Service(
      String service,
      String environment,
      String repository,
      Path folder,
      List<String> command,
      @Nullable Path workingFolder,
      Map<String, String> environmentVariables,
      @Nullable String user,
      Health health,
      int stopSeconds,
      int keepReleases) {
    public Service {
      command = List.copyOf(command);
      environmentVariables = Map.copyOf(environmentVariables);
    }

    /// For journals and threads.
    String key() {
      return service + "@" + environment;
    }
  }

  /// When a release counts as healthy.
  ///
  /// @param withinSeconds after its start, else it failed
  /// @param everySeconds between two looks
  public record Health(Probe probe, int withinSeconds, int everySeconds) {}

  /// How to look.
  public sealed interface Probe {
    /// A GET that answers with a status of 200 to 299.
    record Http(URI address) implements Probe {}

    /// A port that takes a connection.
    record Tcp(String host, int port) implements Probe {}

    /// A command that exits with 0 within ten seconds.
    record Command(List<String> words) implements Probe {
      public Command {
        words = List.copyOf(words);
      }
    }
  }
}
