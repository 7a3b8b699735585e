package dev.sallyport.cli;

import dev.sallyport.cli.job.JobClient;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `sallyport job`: one process that serves all steps of a CI job, so that a step does not pay for
/// the start of a program.
@Command(
    name = "job",
    mixinStandardHelpOptions = true,
    description = {
      "Keep one process for all steps of a CI job. It holds no power of its own: each step presents its own token, and"
          + " where the process is not there steps work without it.",
      ""
    },
    subcommands = {JobCommand.Start.class, JobCommand.End.class},
    footer = {
      "",
      "Example: eval \"$(sallyport job start)\"; sallyport run --step build -- make; sallyport job end"
    })
final class JobCommand implements Runnable {
  private static final Set<String> KEPT =
      Set.of("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "RUNNER_TRACKING_ID");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Path SETSID = Path.of("/usr/bin/setsid");

  /// As long as a socket's name may be on every system that we know (sun_path, unix(7)).
  private static final int MAX_SOCKET_NAME = 100;

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "say what to do: job start or job end");
  }

  /// Starts it and says how steps find it.
  @Command(
      name = "start",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Start the process of this job, and print the line that tells later steps where it is. In GitHub Actions the"
            + " line is written to the job's environment too (GITHUB_ENV).",
        "It ends by `job end`, when nobody called it for --idle-minutes, or with the process that --for names.",
        ""
      })
  static final class Start implements Runnable {
    @Option(
        names = "--idle-minutes",
        paramLabel = "N",
        defaultValue = "60",
        description = "end when nobody called it for so long; default: 60")
    private int idleMinutes = 60;

    @Option(
        names = "--for",
        paramLabel = "PID",
        description = "end with this process, such as the job's own shell: --for $$")
    private @Nullable Long until;

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
      if (idleMinutes < 1 || idleMinutes > 24 * 60) {
        throw new UserError("--idle-minutes " + idleMinutes + " is out of range", "1 to 1440");
      }
      if (until != null && ProcessHandle.of(until).isEmpty()) {
        throw new UserError("there is no process " + until, "name one that runs, such as $$");
      }
      try {
        Path folder = folder();
        Path socket = folder.resolve("s");
        Process process = launch(folder, socket);
        await(process, socket, folder);
        tellGithub(socket);
        spec.commandLine().getOut().println("export " + JobClient.VARIABLE + "=" + quoted(socket));
      } catch (IOException e) {
        throw new UserError(
            "couldn't start the job's process: " + e.getMessage(),
            "steps work without it too, only slower");
      }
    }

    /// Ours alone, and short enough for a socket to lie in.
    private static Path folder() throws IOException {
      List<Path> places = new ArrayList<>();
      String runtime = System.getenv("XDG_RUNTIME_DIR");
      if (runtime != null && Path.of(runtime).isAbsolute()) {
        places.add(Path.of(runtime));
      }
      places.add(Path.of(System.getProperty("java.io.tmpdir")));
      places.add(Path.of("/tmp"));
      for (Path place : places) {
        if (Files.isDirectory(place)
            && Files.isWritable(place)
            && place.toString().length() + 40 < MAX_SOCKET_NAME) {
          return Files.createTempDirectory(
              place,
              "sallyport-job-",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
      }
      throw new IOException("no folder for its socket");
    }

    /// In a session of its own, so that no terminal's signal reaches it, and without what this
    /// step's environment holds: its callers bring their own.
    private Process launch(Path folder, Path socket) throws IOException {
      List<String> words = new ArrayList<>();
      if (Files.isExecutable(SETSID)) {
        words.add(SETSID.toString());
      }
      words.addAll(ownCommand());
      words.addAll(
          List.of("job-serve", "--socket", socket.toString(), "--idle-minutes", idleMinutes + ""));
      if (until != null) {
        words.addAll(List.of("--for", until.toString()));
      }
      Path log =
          Files.createFile(
              folder.resolve("log"),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      ProcessBuilder builder = new ProcessBuilder(words).directory(folder.toFile());
      builder.environment().keySet().retainAll(KEPT);
      builder.redirectInput(new File("/dev/null"));
      builder.redirectErrorStream(true).redirectOutput(log.toFile());
      return builder.start();
    }

    private static List<String> ownCommand() {
      String run = System.getProperty("sallyport.run", "");
      List<String> words = new ArrayList<>();
      words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      words.addAll(
          List.of(
              "-XX:TieredStopAtLevel=1",
              "-XX:AOTCache=" + Path.of(run, "cli.aot"),
              "-Xlog:aot=off",
              "-Xlog:cds=off",
              "-XX:+UseSerialGC",
              "-XX:-UsePerfData",
              "--enable-native-access=ALL-UNNAMED",
              "-Dsallyport.run=" + run,
              "-cp",
              System.getProperty("java.class.path"),
              "dev.sallyport.cli.Main"));
      return words;
    }

    private static void await(Process process, Path socket, Path folder) throws IOException {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!Files.exists(socket)) {
        try {
          if (process.waitFor(5, TimeUnit.MILLISECONDS)) {
            throw new IOException("it ended: see " + folder.resolve("log"));
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new UserError("interrupted", "");
        }
        if (System.nanoTime() > deadline) {
          process.destroyForcibly();
          throw new IOException("it does not answer: see " + folder.resolve("log"));
        }
      }
    }

    private static void tellGithub(Path socket) throws IOException {
      String file = System.getenv("GITHUB_ENV");
      if (file != null && Files.isRegularFile(Path.of(file), LinkOption.NOFOLLOW_LINKS)) {
        Files.writeString(
            Path.of(file), JobClient.VARIABLE + "=" + socket + "\n", StandardOpenOption.APPEND);
      }
    }

    /// As a shell reads it.
    private static String quoted(Path socket) {
      String name = socket.toString();
      return name.matches("[A-Za-z0-9_./-]+") ? name : "'" + name.replace("'", "'\\''") + "'";
    }
  }

  /// Ends it.
  @Command(
      name = "end",
      mixinStandardHelpOptions = true,
      description =
          "End the process of this job (SALLYPORT_JOB). Steps that still run are told to end, and their end is"
              + " recorded.")
  static final class End implements Runnable, CommandLine.IExitCodeGenerator {
    private int exitCode = 2;

    @Override
    public void run() {
      String socket = System.getenv(JobClient.VARIABLE);
      if (socket == null || socket.isBlank()) {
        throw new UserError(
            "no job's process is known here", "is " + JobClient.VARIABLE + " in the environment?");
      }
      exitCode = JobClient.end(socket);
    }

    @Override
    public int getExitCode() {
      return exitCode;
    }
  }
}
