package dev.sallyport.e2e;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The command as a user types it: `./sallyport`, in a folder, as a process of its own.
///
/// Every answer is held to the three rules of the command line: it exits with 0, 1 or 2, it never
/// shows a stack trace, and it ends by itself.
final class Program {
  static final JsonMapper JSON = new JsonMapper();

  private static final int PATIENCE_SECONDS = 600;

  /// With `E2E_WARM=1`, all that tests ask for is served by one process of a job, and must look the
  /// same.
  private static final Map<String, String> WARM =
      "1".equals(System.getenv("E2E_WARM")) ? jobStarted() : Map.of();

  private Program() {}

  private static Map<String, String> jobStarted() {
    try {
      Process start =
          new ProcessBuilder(
                  launcher().toString(),
                  "job",
                  "start",
                  "--for",
                  Long.toString(ProcessHandle.current().pid()))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String line = new String(start.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return Map.of("SALLYPORT_JOB", line.strip().substring("export SALLYPORT_JOB=".length()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What a process did.
  ///
  /// @param exitCode its exit code
  /// @param out what it wrote to stdout
  /// @param err what it wrote to stderr
  /// @param seconds how long it took
  record Answer(int exitCode, String out, String err, double seconds) {
    /// The answer as JSON; a failure that shows everything where it is none.
    JsonNode json() {
      try {
        return JSON.readTree(out);
      } catch (RuntimeException e) {
        throw new AssertionError("no JSON: " + this, e);
      }
    }
  }

  /// Where the launcher is.
  static Path launcher() {
    return SharedData.projectRoot().resolve("sallyport");
  }

  /// A folder of this run's own below `target/`, made afresh.
  static Path scratch(String name) {
    try {
      Path parent = Files.createDirectories(SharedData.projectRoot().resolve("e2e/target/scratch"));
      return Files.createTempDirectory(parent, name + "-").toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Runs `sallyport ARGUMENTS` in `folder`, and holds the answer to the rules of the command line.
  static Answer sallyport(Path folder, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(launcher().toString());
    command.addAll(List.of(arguments));
    return held(run(folder, Map.of(), command));
  }

  /// The rules that every answer of ours keeps.
  static Answer held(Answer answer) {
    Assertions.assertThat(answer.exitCode()).as("exit code of %s", answer).isBetween(0, 2);
    for (String text : List.of(answer.out(), answer.err())) {
      Assertions.assertThat(text)
          .doesNotContain("internal error")
          .doesNotContain("\tat ")
          .doesNotContain("Exception in thread")
          .doesNotContain("java.lang.");
    }
    return answer;
  }

  /// Runs any program; the environment is this one's, less what a CI job or a user would have told
  /// sallyport, and plus `more`.
  static Answer run(Path folder, Map<String, String> more, List<String> command) {
    long before = System.nanoTime();
    try {
      Path err = Files.createTempFile("e2e-err", ".txt");
      Path out = Files.createTempFile("e2e-out", ".txt");
      ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
      Map<String, String> environment = builder.environment();
      environment
          .keySet()
          .removeIf(name ->
              name.startsWith("ACTIONS_")
                  || name.startsWith("GIT_")
                  || name.startsWith("SALLYPORT_")
                  || name.equals("FORCE_COLOR"));
      environment.put("GIT_CONFIG_GLOBAL", "/dev/null");
      environment.put("GIT_CONFIG_NOSYSTEM", "1");
      environment.putAll(WARM);
      environment.putAll(more);
      builder.redirectError(err.toFile()).redirectOutput(out.toFile());
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("took more than " + PATIENCE_SECONDS + " s: " + command);
      }
      double seconds = (System.nanoTime() - before) / 1e9;
      Answer answer = new Answer(process.exitValue(), text(out), text(err), seconds);
      Files.delete(out);
      Files.delete(err);
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException("couldn't run " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// Runs a helper that must succeed, and gives its stdout without the last line end.
  static String must(Path folder, String... command) {
    Answer answer = run(folder, Map.of(), List.of(command));
    Assertions.assertThat(answer.exitCode()).as("%s: %s", List.of(command), answer).isZero();
    return answer.out().strip();
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
