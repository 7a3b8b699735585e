package dev.sallyport.gate;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Runs Cedar's validator (cedar-java, native code) in a bounded process of its own, until our own
/// validator is complete.
///
/// The child has a class path of its own, 256 MiB of heap, a time limit, an empty environment, and
/// gets the texts as files of a private folder. It answers in lines of tab-separated fields;
/// silence, an exit code other than 0, too long an answer or a missing last line refuse the policy.
/// So does whatever keeps the child from starting: a policy that nobody validated is not used.
///
/// A good verdict may be kept: in a folder that only its owner can enter, under the digest of
/// policy and vocabulary. Whoever can write there can also replace the program.
public final class ValidatorProcess implements PolicyValidator {
  /// The folder of jars that holds cedar-java; the launcher sets it.
  public static final String JARS_PROPERTY = "sallyport.validator";

  private static final String MAIN = "dev.sallyport.gate.ValidatorMain";
  private static final int MAX_ANSWER_BYTES = 1024 * 1024;

  private final String classPath;
  private final @Nullable Path verdicts;
  private final Duration limit;

  private ValidatorProcess(String classPath, @Nullable Path verdicts, Duration limit) {
    this.classPath = classPath;
    this.verdicts = verdicts;
    this.limit = limit;
  }

  /// The validator whose jars lie in the folder that the system property `sallyport.validator`
  /// names; without it, the class path of this process. It keeps no verdicts.
  public static ValidatorProcess installed() {
    String own = System.getProperty("java.class.path", "");
    String jars = System.getProperty(JARS_PROPERTY);
    String path = jars == null ? own : own + File.pathSeparator + Path.of(jars, "*");
    return new ValidatorProcess(path, null, Duration.ofSeconds(20));
  }

  /// The same, keeping good verdicts in `folder`, which is made with mode 0700.
  public ValidatorProcess keepingVerdictsIn(Path folder) {
    return new ValidatorProcess(classPath, folder, limit);
  }

  /// The same with another time limit.
  public ValidatorProcess within(Duration other) {
    return new ValidatorProcess(classPath, verdicts, other);
  }

  /// The same with another class path, for tests and distributions.
  public ValidatorProcess withClassPath(String other) {
    return new ValidatorProcess(other, verdicts, limit);
  }

  @Override
  public List<PolicyRefused.Problem> problems(String digest, List<Source> sources) {
    Path verdict = verdict(digest);
    if (verdict != null && isKept(verdict)) {
      return List.of();
    }
    List<PolicyRefused.Problem> problems;
    try {
      problems = asked(sources);
    } catch (IOException | UncheckedIOException e) {
      return List.of(refusal("couldn't run the validator: " + e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of(refusal("interrupted while the validator ran"));
    }
    if (verdict != null && problems.isEmpty()) {
      keep(verdict);
    }
    return problems;
  }

  private List<PolicyRefused.Problem> asked(List<Source> sources)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("sallyport-policy");
    try {
      Path answer = folder.resolve("answer");
      var command =
          new ArrayList<String>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-Xss8m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-Xshare:auto",
                  "--enable-native-access=ALL-UNNAMED",
                  "-Djava.io.tmpdir=" + folder,
                  "-cp",
                  classPath,
                  MAIN));
      for (int i = 0; i < sources.size(); i++) {
        Path file = folder.resolve(i + ".cedar");
        Files.writeString(file, sources.get(i).text());
        command.add(file.toString());
      }
      var builder = new ProcessBuilder(command);
      builder.environment().clear();
      builder.environment().put("LC_ALL", "C.UTF-8");
      builder.redirectInput(ProcessBuilder.Redirect.from(new File(nullDevice())));
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      builder.redirectOutput(answer.toFile());
      Process child = builder.start();
      if (!child.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        child.destroyForcibly().waitFor();
        return List.of(refusal("the validator took longer than " + limit.toSeconds() + " s"));
      }
      if (child.exitValue() != 0 || Files.size(answer) > MAX_ANSWER_BYTES) {
        return List.of(refusal("the validator failed with exit code " + child.exitValue()));
      }
      return read(Files.readString(answer, StandardCharsets.UTF_8), sources);
    } finally {
      delete(folder);
    }
  }

  /// Lines `file-number TAB line TAB column TAB message`, then `done TAB number-of-problems`.
  private static List<PolicyRefused.Problem> read(String answer, List<Source> sources) {
    List<String> lines = answer.lines().toList();
    var problems = new ArrayList<PolicyRefused.Problem>();
    if (lines.isEmpty() || !lines.getLast().equals("done\t" + (lines.size() - 1))) {
      return List.of(refusal("the validator did not come to its end"));
    }
    for (String line : lines.subList(0, lines.size() - 1)) {
      String[] fields = line.split("\t", 4);
      try {
        problems.add(
            new PolicyRefused.Problem(
                sources.get(Integer.parseInt(fields[0])).name(),
                Integer.parseInt(fields[1]),
                Integer.parseInt(fields[2]),
                fields[3]));
      } catch (IndexOutOfBoundsException | NumberFormatException e) {
        return List.of(refusal("the validator's answer can't be read"));
      }
    }
    return problems;
  }

  private static PolicyRefused.Problem refusal(String message) {
    return new PolicyRefused.Problem("policy", 0, 0, message + "; the policy is not used");
  }

  private static String nullDevice() {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    return system.startsWith("windows") ? "NUL" : "/dev/null";
  }

  private @Nullable Path verdict(String digest) {
    if (verdicts == null) {
      return null;
    }
    String name = Vocabulary.sha256(List.of(digest, Vocabulary.digest()));
    return verdicts.resolve(name.substring("sha256:".length()) + ".valid");
  }

  /// A verdict counts only in a folder that nobody else may write to.
  private static boolean isKept(Path verdict) {
    Path folder = verdict.getParent();
    try {
      return folder != null
          && Files.isRegularFile(verdict)
          && PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))
              .equals("rwx------");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /// Staged and renamed, so that a crash leaves a whole verdict or none; a folder that can't be
  /// written costs time and nothing else.
  private static void keep(Path verdict) {
    Path folder = verdict.getParent();
    if (folder == null) {
      return;
    }
    try {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path fresh = Files.createTempFile(folder, "verdict", ".tmp");
      Files.writeString(fresh, "valid\n");
      Files.move(fresh, verdict, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | UnsupportedOperationException e) {
      return;
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.toList().reversed()) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public String toString() {
    return "validator within " + limit + ", " + Arrays.asList(classPath.split(File.pathSeparator));
  }
}
