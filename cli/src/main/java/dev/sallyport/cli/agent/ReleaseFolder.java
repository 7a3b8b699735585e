package dev.sallyport.cli.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The folder of one place: `releases/HEX` for each release that was verified, and `current`, a
/// link to one of them.
///
/// A release appears in `releases/` by one rename, after all its files, its folders and its
/// inventory are on the disk; `current` is replaced by one rename. So at any moment it points to a
/// complete, verified release or is not there.
final class ReleaseFolder {
  private static final Pattern NAME = Pattern.compile("([0-9a-f]{64})(\\.[0-9]{1,6})?");
  private static final int MAX_COPIES = 1000;

  private final Path releases;
  private final Path staging;
  private final Path current;
  private final Path state;
  private final CrashPoints crashes;
  private final Map<String, Inventory> inventories = new HashMap<>();

  /// @param folder of the place
  /// @param state the agent's own folder for this place
  ReleaseFolder(Path folder, Path state, CrashPoints crashes) {
    this.releases = folder.resolve("releases");
    this.staging = folder.resolve(".staging");
    this.current = folder.resolve("current");
    this.state = state;
    this.crashes = crashes;
  }

  /// Makes what is missing and forgets what a crash left half done.
  void prepare() {
    try {
      Files.createDirectories(releases);
      DurableFiles.removeAll(staging);
      Files.deleteIfExists(current.resolveSibling(".current.new"));
    } catch (IOException e) {
      throw new AgentException("couldn't prepare `" + releases + "`", e);
    }
  }

  /// The release that `current` points to, by name.
  Optional<String> current() {
    try {
      return Files.isSymbolicLink(current)
          ? Optional.of(Files.readSymbolicLink(current).getFileName().toString())
          : Optional.empty();
    } catch (IOException e) {
      throw new AgentException("couldn't read `" + current + "`", e);
    }
  }

  /// Where a release lies.
  Path path(String name) {
    return releases.resolve(name);
  }

  /// The digest that a release was fetched by.
  static String digestOf(String name) {
    var matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      throw new AgentException("`" + name + "` does not name a release");
    }
    return "sha256:" + matcher.group(1);
  }

  /// A release of `digest` that is here and unchanged, fetched where there is none.
  ///
  /// @return its name
  String have(String digest, Registry registry, String repository, long maxBytes) {
    String hex = digest.substring("sha256:".length());
    for (int copy = 0; copy < MAX_COPIES; copy++) {
      String name = copy == 0 ? hex : hex + "." + copy;
      if (!Files.exists(path(name), LinkOption.NOFOLLOW_LINKS)) {
        return fetch(name, digest, registry, repository, maxBytes);
      }
      if (differs(name).isEmpty()) {
        return name;
      }
      if (!current().equals(Optional.of(name))) {
        remove(name);
        return fetch(name, digest, registry, repository, maxBytes);
      }
      // What runs was changed on the disk: a good copy goes beside it, never under its feet.
    }
    throw new AgentException("too many changed copies of " + digest);
  }

  private String fetch(
      String name, String digest, Registry registry, String repository, long maxBytes) {
    Path fresh = staging.resolve(name);
    try {
      DurableFiles.removeAll(staging);
      Files.createDirectories(fresh);
      Inventory inventory = Fetch.into(fresh, registry, repository, digest, maxBytes, crashes);
      crashes.at("fetched");
      DurableFiles.replace(inventoryFile(name), inventory.toJson());
      crashes.at("inventoried");
      Files.move(fresh, path(name), StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.syncFolder(releases);
      inventories.put(name, inventory);
      return name;
    } catch (IOException e) {
      throw new AgentException("couldn't stage " + digest + ": " + e.getMessage(), e);
    }
  }

  /// What is different in a release from what was verified; empty where nothing is.
  Optional<String> differs(String name) {
    Inventory inventory = inventories.get(name);
    if (inventory == null) {
      try {
        inventory = Inventory.ofJson(Files.readAllBytes(inventoryFile(name)));
      } catch (IOException e) {
        return Optional.of("its inventory is missing");
      }
      inventories.put(name, inventory);
    }
    return inventory.differs(path(name));
  }

  /// Points `current` at a release.
  void switchTo(String name) {
    try {
      DurableFiles.link(current, Path.of("releases", name));
    } catch (IOException e) {
      throw new AgentException("couldn't switch `" + current + "`", e);
    }
  }

  /// Takes `current` away: there is no release to go back to.
  void clearCurrent() {
    try {
      Files.deleteIfExists(current);
      DurableFiles.syncFolder(current.getParent());
    } catch (IOException e) {
      throw new AgentException("couldn't remove `" + current + "`", e);
    }
  }

  /// Removes all but the `keep` youngest and those named.
  void prune(int keep, Set<String> named) {
    try (Stream<Path> all = Files.list(releases)) {
      List<Path> old = new ArrayList<>(all.toList());
      old.sort(Comparator.comparing(ReleaseFolder::age).reversed());
      old.stream()
          .skip(keep)
          .map(path -> path.getFileName().toString())
          .filter(name -> !named.contains(name))
          .forEach(this::remove);
    } catch (IOException e) {
      throw new AgentException("couldn't tidy `" + releases + "`", e);
    }
  }

  private static java.nio.file.attribute.FileTime age(Path path) {
    try {
      return Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      return java.nio.file.attribute.FileTime.fromMillis(0);
    }
  }

  private void remove(String name) {
    try {
      DurableFiles.removeAll(path(name));
      Files.deleteIfExists(inventoryFile(name));
      inventories.remove(name);
    } catch (IOException e) {
      throw new AgentException("couldn't remove the release `" + name + "`", e);
    }
  }

  private Path inventoryFile(String name) {
    return state.resolve("inventory-" + name + ".json");
  }
}
