package dev.sallyport.testdata;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/// The archives of `../shared/data`, unpacked under `target/` on first use.
///
/// A developer outside the team has no such folder: then the test is skipped with one clear line.
/// Where `SALLYPORT_NO_SKIP=1` is set (CI sets it) a skip is a failure, so that no proof is lost
/// unseen.
public final class SharedData {
  private SharedData() {}

  /// The folder that archive `name` (no ending) unpacks to; skips the calling test where it is
  /// absent.
  public static Path archive(String name) {
    Path root = projectRoot();
    Path archive = root.resolve("../shared/data/" + name + ".tgz").normalize();
    if (!Files.isRegularFile(archive)) {
      skip("../shared/data/" + name + ".tgz", "is not beside this checkout");
    }
    return unpack(archive, root.resolve("target/shared/" + name));
  }

  /// Skips the calling test with one printed line, or fails it where `SALLYPORT_NO_SKIP=1`.
  public static void skip(String what, String why) {
    String line = "skipped: needs " + what + ", which " + why;
    if ("1".equals(System.getenv("SALLYPORT_NO_SKIP"))) {
      Assertions.fail(line + " (SALLYPORT_NO_SKIP=1 makes a skip a failure)");
    }
    System.err.println(line);
    Assumptions.abort(line);
  }

  /// A real counterpart that `./build peers` installs outside the tree; skips the calling test with
  /// one printed line where it is absent. That is no failure even under `SALLYPORT_NO_SKIP=1`: not
  /// every machine can build them.
  public static Path peer(String command) {
    String told = System.getenv("SALLYPORT_PEERS");
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        told != null
            ? Path.of(told)
            : (cache == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache))
                .resolve("sallyport/peers");
    for (String folder : List.of("bin", "venv/bin")) {
      Path program = base.resolve(folder).resolve(command);
      if (Files.isExecutable(program)) {
        return program;
      }
    }
    String line = "skipped: needs `" + command + "`, which ./build peers installs";
    System.err.println(line);
    Assumptions.abort(line);
    throw new IllegalStateException(line);
  }

  /// The checkout's top folder, wherever the test was started.
  public static Path projectRoot() {
    String told = System.getProperty("sallyport.root");
    Path here = Path.of(told == null ? "" : told).toAbsolutePath();
    while (!Files.isDirectory(here.resolve("testdata"))) {
      Path up = here.getParent();
      if (up == null) {
        throw new IllegalStateException("no checkout above " + Path.of("").toAbsolutePath());
      }
      here = up;
    }
    return here;
  }

  private static synchronized Path unpack(Path archive, Path into) {
    Path done = into.resolve(".unpacked");
    try {
      String stamp = archive + " " + Files.size(archive);
      if (!Files.exists(done) || !Files.readString(done).equals(stamp)) {
        // Two test JVMs may unpack at once: each into a folder of its own, the first rename wins.
        Files.createDirectories(into.getParent());
        Path fresh = Files.createTempDirectory(into.getParent(), ".unpacking");
        run(List.of("tar", "xzf", archive.toString(), "-C", fresh.toString()));
        Files.writeString(fresh.resolve(".unpacked"), stamp);
        if (Files.exists(into)) {
          run(List.of("rm", "-rf", into.toString()));
        }
        try {
          Files.move(fresh, into);
        } catch (IOException lost) {
          if (!Files.exists(done)) {
            throw lost;
          }
        }
      }
      Path single = into.resolve(archive.getFileName().toString().replace(".tgz", ""));
      return Files.isDirectory(single) ? single : into;
    } catch (IOException e) {
      throw new UncheckedIOException("couldn't unpack " + archive, e);
    }
  }

  private static void run(List<String> command) {
    try {
      var builder = new ProcessBuilder(command).inheritIO();
      builder.environment().putAll(Map.of("LC_ALL", "C"));
      Process process = builder.start();
      if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException("failed: " + command);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
