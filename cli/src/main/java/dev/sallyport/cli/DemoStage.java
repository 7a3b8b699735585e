package dev.sallyport.cli;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/// The scratch folder of a demo, and real processes in it: the same command that a user types, and
/// the example's scripts. Nothing of the demo runs inside this process, so that what it shows is
/// what a user would see.
final class DemoStage implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 120;

  /// Commands that the launcher starts with the quick compiler alone.
  private static final Set<String> SHORT =
      Set.of("run", "decide", "publish", "deploy", "registry", "evidence", "status");

  private final Path folder;
  private final Path example;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<Process> running = new ArrayList<>();

  /// What a process did.
  ///
  /// @param exitCode its exit code
  /// @param out what it wrote to stdout
  /// @param err what it wrote to stderr
  /// @param seconds how long it took
  record Result(int exitCode, String out, String err, double seconds) {
    /// The first line of the answer that says anything.
    String line() {
      return Stream.concat(out.lines(), err.lines())
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .findFirst()
          .orElse("");
    }
  }

  DemoStage(Path example) {
    this.example = example;
    try {
      this.folder = Files.createTempDirectory("sallyport-demo");
    } catch (IOException e) {
      throw new UserError("couldn't make a scratch folder: " + e.getMessage(), "check TMPDIR");
    }
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    // What this demo's clients remember of a log must not mix with what the user's remember.
    environment.put("XDG_STATE_HOME", folder.resolve("state").toString());
    environment.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    environment.put("NO_COLOR", "1");
  }

  Path folder() {
    return folder;
  }

  Path path(String name) {
    return folder.resolve(name);
  }

  /// Runs `sallyport` with these arguments, in the scratch folder.
  Result sallyport(String... arguments) {
    return start(command(arguments), folder);
  }

  /// The same in a folder of the stage.
  Result sallyportIn(String where, String... arguments) {
    return start(command(arguments), path(where));
  }

  /// The same as a person or a job types it: through the launcher, with these variables besides.
  Result launcher(String where, Map<String, String> variables, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("sallyport.checkout", ""), "sallyport").toString());
    command.addAll(Arrays.asList(arguments));
    return start(command, path(where), variables);
  }

  /// Starts `sallyport` with these arguments and lets it run until the stage closes; what it writes
  /// goes into a file of the stage.
  Process background(String log, String... arguments) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command(arguments)).directory(folder.toFile());
      surround(builder);
      builder.redirectInput(new File("/dev/null"));
      builder.redirectErrorStream(true).redirectOutput(path(log).toFile());
      Process process = builder.start();
      running.add(process);
      return process;
    } catch (IOException e) {
      throw new UserError("couldn't start a part of the demo: " + e.getMessage(), "try again");
    }
  }

  /// Waits until a text stands in a file of the stage; the rest of its line.
  String await(String log, String text) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (System.nanoTime() < deadline) {
      try {
        if (Files.exists(path(log))) {
          for (String line : Files.readAllLines(path(log))) {
            int at = line.indexOf(text);
            if (at >= 0) {
              return line.substring(at + text.length()).strip();
            }
          }
        }
        Thread.sleep(20);
      } catch (IOException e) {
        throw new UserError("couldn't read `" + log + "`: " + e.getMessage(), "try again");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UserError("interrupted", "");
      }
    }
    throw new UserError("a part of the demo did not start: see " + path(log), "try again");
  }

  private static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    String run = System.getProperty("sallyport.run", "");
    if (arguments.length > 0 && SHORT.contains(arguments[0])) {
      command.add("-XX:TieredStopAtLevel=1");
    }
    command.addAll(
        List.of(
            "-XX:AOTCache=" + Path.of(run, "cli.aot"),
            "-Xlog:aot=off",
            "-Xlog:cds=off",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "-Dsallyport.terminal=false",
            "-Dsallyport.run=" + run,
            "-cp",
            System.getProperty("java.class.path"),
            "dev.sallyport.cli.Main"));
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  /// Runs a script of the example on the shop's repository.
  Result script(String name, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "sh",
                example.resolve(name).toString(),
                path("repo").toString(),
                path("keys").toString()));
    command.addAll(Arrays.asList(more));
    Result result = start(command, folder);
    if (result.exitCode() != 0) {
      throw new UserError(
          "the example's `" + name + "` failed: " + Terminal.safe(result.err().strip()),
          "the demo needs git and ssh-keygen (Debian: apt install git openssh-client)");
    }
    return result;
  }

  Result git(String... arguments) {
    List<String> command = new ArrayList<>(List.of("git", "-C", path("repo").toString()));
    command.addAll(Arrays.asList(arguments));
    return start(command, folder);
  }

  Result run(Path workingFolder, String... command) {
    return start(List.of(command), workingFolder);
  }

  private void surround(ProcessBuilder builder) {
    builder.environment().putAll(environment);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("ACTIONS_") || name.equals("SALLYPORT_SERVER"));
  }

  private Result start(List<String> command, Path workingFolder) {
    return start(command, workingFolder, Map.of());
  }

  private Result start(List<String> command, Path workingFolder, Map<String, String> variables) {
    long before = System.nanoTime();
    try {
      Path err = Files.createTempFile(folder, "err", ".txt");
      ProcessBuilder builder = new ProcessBuilder(command).directory(workingFolder.toFile());
      surround(builder);
      builder.environment().putAll(variables);
      builder.redirectError(err.toFile());
      Process process = builder.start();
      process.getOutputStream().close();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new UserError(
            "`" + command.getFirst() + "` took too long", "try again on a quieter machine");
      }
      String errors = Files.readString(err);
      Files.delete(err);
      return new Result(process.exitValue(), out, errors, (System.nanoTime() - before) / 1e9);
    } catch (IOException e) {
      throw new UserError(
          "couldn't run `" + command.getFirst() + "`: " + e.getMessage(),
          "install it and try again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "");
    }
  }

  String read(String name) {
    try {
      return Files.readString(path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void write(String name, String text) {
    try {
      Path file = path(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Leaves everything running, with a script beside it that ends it all; what to type.
  ///
  /// @param server the process of the control plane
  String leave(long server) {
    StringBuilder pids = new StringBuilder(Long.toString(server));
    running.stream()
        .flatMap(process -> Stream.concat(process.descendants(), Stream.of(process.toHandle())))
        .forEach(one -> pids.append(' ').append(one.pid()));
    write(
        "stop.sh",
        """
        #!/bin/sh
        # Ends this demo: the control plane, the example's registry, the hosts' agents and what they run.
        kill %s 2>/dev/null
        sleep 2
        rm -rf '%s'
        """
            .formatted(pids, folder));
    return "sh " + path("stop.sh");
  }

  @Override
  public void close() {
    // What a part of the demo started goes with it: a host's agent leaves its services running.
    List<ProcessHandle> all =
        running.stream()
            .flatMap(process -> Stream.concat(process.descendants(), Stream.of(process.toHandle())))
            .toList();
    all.forEach(ProcessHandle::destroy);
    for (ProcessHandle one : all) {
      try {
        one.onExit().get(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException | TimeoutException stubborn) {
        one.destroyForcibly();
      }
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException leftBehind) {
      // A scratch folder that stays is untidy, not wrong; the system clears its temporary folder.
    }
  }
}
