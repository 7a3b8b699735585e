package dev.sallyport.server.sentinel;

import dev.sallyport.detect.About;
import dev.sallyport.detect.Finding;
import dev.sallyport.detect.Severity;
import dev.sallyport.detect.Watch;
import dev.sallyport.server.settings.DataFolder;
import dev.sallyport.server.settings.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.springframework.stereotype.Component;

/// Which playbook is for a finding: the user's in `playbooks/*.yaml` of the data folder, then the
/// built-in ones. The first that fits is taken; a user's one of a built-in name takes its place.
///
/// Read once, strictly: an unknown name, rule or word stops the start and says where it stands.
@Component
public final class Playbooks {
  private static final int MAX_FILES = 100;
  private static final int MAX_BYTES = 256 * 1024;
  private static final int MAX_PER_HOUR = 1000;
  private static final Set<String> MEMBERS =
      Set.of("name", "rules", "severity", "tier", "perHour", "mayStop");

  private final List<Playbook> all;

  Playbooks(DataFolder folder) {
    List<Playbook> own = own(folder.file("playbooks"));
    Set<String> names = own.stream().map(Playbook::name).collect(Collectors.toSet());
    var playbooks = new ArrayList<>(own);
    builtIn().stream().filter(one -> !names.contains(one.name())).forEach(playbooks::add);
    this.all = List.copyOf(playbooks);
  }

  /// All, in the order in which they are tried.
  public List<Playbook> all() {
    return all;
  }

  /// The one for a finding.
  Optional<Playbook> forFinding(Finding finding) {
    return all.stream().filter(playbook -> playbook.fits(finding)).findFirst();
  }

  /// The one of this name.
  Optional<Playbook> named(String name) {
    return all.stream().filter(playbook -> playbook.name().equals(name)).findFirst();
  }

  private static List<Playbook> builtIn() {
    try (InputStream in = Playbooks.class.getResourceAsStream("playbooks.yaml")) {
      if (in == null) {
        throw new IllegalStateException("the built-in playbooks are not there");
      }
      return read("built-in playbooks", new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException("couldn't read the built-in playbooks", e);
    }
  }

  private static List<Playbook> own(Path folder) {
    if (Files.notExists(folder)) {
      return List.of();
    }
    var playbooks = new ArrayList<Playbook>();
    try (var files = Files.newDirectoryStream(folder, "*.yaml")) {
      List<Path> sorted = new ArrayList<>();
      files.forEach(sorted::add);
      sorted.sort(Path::compareTo);
      if (sorted.size() > MAX_FILES) {
        throw new SettingsException("playbooks/: at most " + MAX_FILES + " files");
      }
      for (Path file : sorted) {
        if (Files.size(file) > MAX_BYTES) {
          throw new SettingsException(file + ": at most " + MAX_BYTES + " bytes");
        }
        playbooks.addAll(read("playbooks/" + file.getFileName(), Files.readString(file)));
      }
    } catch (IOException e) {
      throw new SettingsException("couldn't read `" + folder + "`", e);
    }
    distinct("playbooks/", playbooks);
    return playbooks;
  }

  private static void distinct(String where, List<Playbook> playbooks) {
    var names = new HashSet<String>();
    for (Playbook playbook : playbooks) {
      if (!names.add(playbook.name())) {
        throw new SettingsException(where + ": two playbooks `" + playbook.name() + "`");
      }
    }
  }

  /// Reads one file.
  ///
  /// @throws SettingsException if it says anything that is not known
  static List<Playbook> read(String where, String yaml) {
    Object root;
    try {
      root =
          new Load(
                  LoadSettings.builder()
                      .setLabel(where)
                      .setAllowDuplicateKeys(false)
                      .setMaxAliasesForCollections(0)
                      .setCodePointLimit(MAX_BYTES)
                      .build())
              .loadFromString(yaml);
    } catch (YamlEngineException e) {
      throw new SettingsException(where + ": not YAML: " + e.getMessage());
    }
    if (!(root instanceof Map<?, ?> map)
        || !map.keySet().equals(Set.of("playbooks"))
        || !(map.get("playbooks") instanceof List<?> list)) {
      throw new SettingsException(where + ": wanted one list `playbooks`");
    }
    var playbooks = new ArrayList<Playbook>();
    for (Object one : list) {
      playbooks.add(playbook(where, one));
    }
    distinct(where, playbooks);
    return playbooks;
  }

  private static Playbook playbook(String where, @Nullable Object one) {
    if (!(one instanceof Map<?, ?> map) || !MEMBERS.containsAll(map.keySet())) {
      throw new SettingsException(where + ": a playbook has " + MEMBERS + " and nothing else");
    }
    String name = text(where, map, "name");
    if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
      throw new SettingsException(where + ": `name` is lower-case letters, digits and dashes");
    }
    String at = where + ": " + name;
    int perHour =
        switch (map.get("perHour")) {
          case null -> 3;
          case Integer number when number >= 0 && number <= MAX_PER_HOUR -> number;
          default -> throw new SettingsException(at + ": `perHour` is 0 to " + MAX_PER_HOUR);
        };
    boolean mayStop =
        switch (map.get("mayStop")) {
          case null -> false;
          case Boolean truth -> truth;
          default -> throw new SettingsException(at + ": `mayStop` is true or false");
        };
    try {
      return new Playbook(
          name,
          rules(at, map.get("rules")),
          Severity.of(text(at, map, "severity")),
          Playbook.Tier.of(text(at, map, "tier")),
          perHour,
          mayStop);
    } catch (IllegalArgumentException e) {
      throw new SettingsException(at + ": " + e.getMessage());
    }
  }

  private static Set<String> rules(String where, @Nullable Object value) {
    if (value == null) {
      return Set.of();
    }
    Set<String> known =
        Watch.standard().rules().stream().map(About::id).collect(Collectors.toSet());
    if (value instanceof List<?> list && !list.isEmpty() && known.containsAll(list)) {
      return list.stream().map(String::valueOf).collect(Collectors.toSet());
    }
    throw new SettingsException(where + ": `rules` is a list of some of " + known);
  }

  private static String text(String where, Map<?, ?> map, String name) {
    if (map.get(name) instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw new SettingsException(where + ": wanted a text `" + name + "`");
  }
}
