package dev.sallyport.cli.agent;

import dev.sallyport.cli.agent.AgentConfig.Health;
import dev.sallyport.cli.agent.AgentConfig.Probe;
import dev.sallyport.cli.agent.AgentConfig.Service;
import dev.sallyport.scan.yaml.Yaml;
import dev.sallyport.scan.yaml.YamlReader;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads `agent.yaml`, strictly: an unknown name, a wrong type or a value that cannot be meant is
/// refused with its line.
final class AgentConfigReader {
  private static final long MAX_BYTES = 1 << 20;
  private static final int MAX_SERVICES = 64;
  private static final int MAX_WORDS = 256;
  private static final Pattern REPOSITORY =
      Pattern.compile("[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*){0,7}");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
  private static final Pattern USER = Pattern.compile("[a-z_][a-z0-9_-]{0,31}");

  private final Path file;

  private AgentConfigReader(Path file) {
    this.file = file.toAbsolutePath().normalize();
  }

  static AgentConfig read(Path file) {
    return new AgentConfigReader(file).read();
  }

  private AgentConfig read() {
    List<Yaml> documents;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new AgentException("`" + file + "` is larger than " + MAX_BYTES + " bytes");
      }
      documents = YamlReader.read(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new AgentException("couldn't read `" + file + "`", e);
    } catch (YamlReader.Unreadable e) {
      throw new AgentException("`" + file + "`: " + e.getMessage());
    }
    if (documents.size() != 1) {
      throw new AgentException("`" + file + "` holds " + documents.size() + " documents, wanted 1");
    }
    Yaml root = documents.getFirst();
    only(root, Set.of("name", "enrolment", "reportEverySeconds", "services"));
    List<Service> services = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    Set<Path> folders = new HashSet<>();
    for (Yaml item : list(root, "services", MAX_SERVICES)) {
      Service service = service(item);
      if (!keys.add(service.key()) || !folders.add(service.folder())) {
        throw refuse(item.line(), "a place or folder stands here twice");
      }
      services.add(service);
    }
    if (services.isEmpty()) {
      throw refuse(root.line(), "no service is named");
    }
    return new AgentConfig(
        matching(root, "name", AgentConfig.NAME),
        path(root, "enrolment"),
        number(root, "reportEverySeconds", 5, 1, 300),
        services);
  }

  private Service service(Yaml at) {
    only(
        at,
        Set.of(
            "service",
            "environment",
            "repository",
            "folder",
            "command",
            "workingFolder",
            "environmentVariables",
            "user",
            "health",
            "stopSeconds",
            "keepReleases"));
    Yaml health = at.get("health");
    if (health == null) {
      throw refuse(at.line(), "`health` is missing: without it nobody can tell a good release");
    }
    return new Service(
        matching(at, "service", AgentConfig.NAME),
        matching(at, "environment", AgentConfig.NAME),
        matching(at, "repository", REPOSITORY),
        path(at, "folder"),
        words(at, "command"),
        at.get("workingFolder") == null ? null : path(at, "workingFolder"),
        variables(at.get("environmentVariables")),
        at.get("user") == null ? null : matching(at, "user", USER),
        health(health),
        number(at, "stopSeconds", 10, 1, 300),
        number(at, "keepReleases", 5, 1, 100));
  }

  private Health health(Yaml at) {
    only(at, Set.of("http", "tcp", "command", "withinSeconds", "everySeconds"));
    long kinds = List.of("http", "tcp", "command").stream().filter(k -> at.get(k) != null).count();
    if (kinds != 1) {
      throw refuse(at.line(), "wanted exactly one of `http`, `tcp` and `command`");
    }
    return new Health(
        probe(at), number(at, "withinSeconds", 30, 1, 900), number(at, "everySeconds", 1, 1, 60));
  }

  private Probe probe(Yaml at) {
    if (at.get("command") != null) {
      return new Probe.Command(words(at, "command"));
    }
    boolean http = at.get("http") != null;
    String key = http ? "http" : "tcp";
    String text = text(at, key);
    try {
      URI address = new URI(http ? text : "tcp://" + text);
      boolean fits =
          http
              ? List.of("http", "https").contains(String.valueOf(address.getScheme()))
              : address.getPort() > 0 && address.getPath().isEmpty();
      if (fits && address.getHost() != null && address.getUserInfo() == null) {
        return http ? new Probe.Http(address) : new Probe.Tcp(address.getHost(), address.getPort());
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw refuse(at.lineOf(key), http ? "wanted an http address" : "wanted HOST:PORT");
  }

  private Map<String, String> variables(@Nullable Yaml at) {
    if (at == null) {
      return Map.of();
    }
    if (!(at instanceof Yaml.Mapping mapping) || mapping.entries().size() > MAX_WORDS) {
      throw refuse(at.line(), "wanted a mapping of names to texts");
    }
    Map<String, String> variables = new LinkedHashMap<>();
    for (String name : mapping.entries().keySet()) {
      if (!VARIABLE.matcher(name).matches() || name.startsWith("SALLYPORT_")) {
        throw refuse(at.lineOf(name), "`" + name + "` may not name a variable here");
      }
      variables.put(name, text(at, name));
    }
    return variables;
  }

  private List<String> words(Yaml at, String key) {
    List<String> words = new ArrayList<>();
    for (Yaml item : list(at, key, MAX_WORDS)) {
      if (!(item instanceof Yaml.Text text) || text.value().indexOf('\0') >= 0) {
        throw refuse(item.line(), "`" + key + "` is a list of texts, one for each word");
      }
      words.add(text.value());
    }
    if (words.isEmpty() || words.getFirst().isEmpty()) {
      throw refuse(at.lineOf(key), "`" + key + "` names no program");
    }
    return words;
  }

  private List<Yaml> list(Yaml at, String key, int most) {
    if (at.get(key) instanceof Yaml.Sequence sequence && sequence.items().size() <= most) {
      return sequence.items();
    }
    throw refuse(at.lineOf(key), "`" + key + "` wants a list of at most " + most);
  }

  private int number(Yaml at, String key, int otherwise, int least, int most) {
    if (at.get(key) == null) {
      return otherwise;
    }
    String text = text(at, key);
    if (text.matches("[0-9]{1,6}")) {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw refuse(at.lineOf(key), "`" + key + "` wants a number from " + least + " to " + most);
  }

  private String matching(Yaml at, String key, Pattern pattern) {
    String text = text(at, key);
    if (!pattern.matcher(text).matches()) {
      throw refuse(at.lineOf(key), "`" + key + "` is not a name as " + pattern.pattern());
    }
    return text;
  }

  /// Relative to the folder of the file, so that a configuration can be moved with what it names.
  private Path path(Yaml at, String key) {
    Path parent = file.getParent();
    String text = text(at, key);
    if (parent == null || text.isEmpty() || text.indexOf('\0') >= 0) {
      throw refuse(at.lineOf(key), "`" + key + "` wants a path");
    }
    return parent.resolve(text).normalize();
  }

  private String text(Yaml at, String key) {
    Yaml.Text text = at.text(key);
    if (text == null) {
      throw refuse(at.lineOf(key), "`" + key + "` is missing or no text");
    }
    return text.value();
  }

  private void only(Yaml at, Set<String> names) {
    if (!(at instanceof Yaml.Mapping mapping)) {
      throw refuse(at.line(), "wanted a mapping");
    }
    for (String name : mapping.entries().keySet()) {
      if (!names.contains(name)) {
        throw refuse(mapping.lineOf(name), "unknown name `" + name + "`");
      }
    }
  }

  private AgentException refuse(int line, String why) {
    return new AgentException("`" + file.getFileName() + "` line " + line + ": " + why);
  }
}
