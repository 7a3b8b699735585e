package dev.sallyport.scan.dependencies;

import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Source;
import dev.sallyport.scan.TextFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Reads the lock files of a source into an inventory. Nothing is resolved, fetched or run: what a
/// file doesn't say is a gap, and so is a file that can't be read; the others are read all the
/// same.
public final class Dependencies {
  private static final Pattern REQUIREMENTS =
      Pattern.compile("(?:.*/)?(?:[^/]*requirements[^/]*\\.txt|requirements/[^/]+\\.txt)");
  private static final Map<String, String> NOT_READ =
      Map.ofEntries(
          Map.entry("yarn.lock", "Yarn"),
          Map.entry("pnpm-lock.yaml", "pnpm"),
          Map.entry("bun.lock", "Bun"),
          Map.entry("bun.lockb", "Bun"),
          Map.entry("deno.lock", "Deno"),
          Map.entry("composer.lock", "Composer"),
          Map.entry("gemfile.lock", "Bundler"),
          Map.entry("packages.lock.json", "NuGet"),
          Map.entry("pdm.lock", "PDM"),
          Map.entry("pylock.toml", "Python (PEP 751)"),
          Map.entry("mix.lock", "Mix"),
          Map.entry("pubspec.lock", "Dart"),
          Map.entry("podfile.lock", "CocoaPods"),
          Map.entry("package.resolved", "Swift"),
          Map.entry("cartfile.resolved", "Carthage"),
          Map.entry("conan.lock", "Conan"),
          Map.entry("stack.yaml.lock", "Stack"),
          Map.entry("flake.lock", "Nix"),
          Map.entry("build.sbt.lock", "sbt"),
          Map.entry("gopkg.lock", "dep"),
          Map.entry("renv.lock", "R"),
          Map.entry("maven_install.json", "Bazel"),
          Map.entry("module.bazel.lock", "Bazel"),
          Map.entry("chart.lock", "Helm"),
          Map.entry(".terraform.lock.hcl", "Terraform"),
          Map.entry("conda-lock.yml", "Conda"),
          Map.entry("buildscript-gradle.lockfile", "Gradle build scripts"));

  private Dependencies() {}

  /// True where the file names dependencies, whether or not we can read it.
  public static boolean isLockFile(String path) {
    String name = name(path);
    return NOT_READ.containsKey(name)
        || REQUIREMENTS.matcher(path.toLowerCase(Locale.ROOT)).matches()
        || switch (name) {
          case "package-lock.json",
              "npm-shrinkwrap.json",
              "poetry.lock",
              "uv.lock",
              "pipfile.lock",
              "go.mod",
              "go.sum",
              "cargo.lock",
              "gradle.lockfile",
              "pom.xml" ->
              true;
          default -> false;
        };
  }

  /// The inventory of every lock file of the source.
  public static Inventory inventory(Source source) {
    var files = new ArrayList<TextFile>();
    var vendored = new ArrayList<String>();
    var gaps =
        new ArrayList<NotChecked>(
            source.forEach(file -> {
              if (!isLockFile(file.path())) {
                return;
              }
              if (vendored(file.path())) {
                vendored.add(file.path());
              } else {
                files.add(file);
              }
            }));
    if (!vendored.isEmpty()) {
      gaps.add(
          new NotChecked(
              vendored.size() + " lock files under `node_modules` or `vendor`",
              "they are those of other projects, the first is `" + vendored.getFirst() + "`"));
    }
    var maven = new MavenProjects();
    var sums = new HashMap<String, String>();
    for (TextFile file : files) {
      if (name(file.path()).equals("go.sum")) {
        sums.put(folder(file.path()), new String(file.bytes(), StandardCharsets.UTF_8));
      }
    }
    var all = new Inventory(List.of(), List.of(), gaps);
    for (TextFile file : files) {
      if (name(file.path()).equals("pom.xml")) {
        maven.add(file);
      } else {
        all = all.and(read(file, sums));
      }
    }
    return all.and(maven.inventory());
  }

  // Copies of other projects inside this one bring lock files that this build never uses.
  private static boolean vendored(String path) {
    return path.contains("node_modules/")
        || path.startsWith("vendor/")
        || path.contains("/vendor/");
  }

  private static Inventory read(TextFile file, Map<String, String> sums) {
    String name = name(file.path());
    String system = NOT_READ.get(name);
    if (system != null) {
      return gap(file, "lock files of " + system + " aren't read yet");
    }
    if (file.bytes().length > TextFile.LARGEST_BYTES) {
      return gap(file, "larger than " + (TextFile.LARGEST_BYTES >> 20) + " MiB");
    }
    var lock = new LockFile(file);
    try {
      switch (name) {
        case "package-lock.json", "npm-shrinkwrap.json" -> NpmLock.read(lock);
        case "poetry.lock" -> PythonLocks.poetry(lock);
        case "uv.lock" -> PythonLocks.uv(lock);
        case "pipfile.lock" -> PythonLocks.pipenv(lock);
        case "go.mod" -> GoModule.read(lock, sums.get(folder(file.path())));
        case "cargo.lock" -> CargoLock.read(lock);
        case "gradle.lockfile" -> GradleLock.read(lock);
        case "go.sum" -> {
          return new Inventory(List.of(), List.of(), List.of());
        }
        default -> PythonLocks.requirements(lock);
      }
      return lock.inventory();
    } catch (LockFile.Unreadable e) {
      return gap(file, "not read: " + e.getMessage());
    }
  }

  private static Inventory gap(TextFile file, String why) {
    return new Inventory(List.of(), List.of(), List.of(new NotChecked(file.path(), why)));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
  }

  private static String folder(String path) {
    return path.substring(0, path.lastIndexOf('/') + 1);
  }
}
