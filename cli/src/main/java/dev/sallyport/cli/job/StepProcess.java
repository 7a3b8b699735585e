package dev.sallyport.cli.job;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The command of a step: its environment, its descriptors, its output without secrets.
final class StepProcess implements Hands.Run {
  private static final Path SHELL = Path.of("/bin/sh");
  private static final int FIRST_DESCRIPTOR = 3;
  private static final int MOST_DESCRIPTORS = 7;
  private static final long PATIENCE_SECONDS = 10;

  /// What could be used to ask for more in the job's name, and is none of the command's business.
  private static final List<String> NOT_FOR_COMMANDS =
      List.of(
          "ACTIONS_ID_TOKEN_REQUEST_URL",
          "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
          "SALLYPORT_ID_TOKEN",
          "SALLYPORT_JOB",
          "SALLYPORT_SESSION");

  private final Process process;
  private final List<Thread> pumps = new ArrayList<>();

  long pid() {
    return process.pid();
  }

  private StepProcess(Process process) {
    this.process = process;
  }

  /// Starts it.
  static StepProcess start(StepOrder order) {
    String user = order.user();
    List<String> whole = new ArrayList<>();
    Map<String, Path> descriptors = order.descriptorsInOrder();
    boolean shell = Files.isExecutable(SHELL) && !descriptors.isEmpty();
    List<String> names = descriptors.keySet().stream().limit(MOST_DESCRIPTORS).toList();
    if (user != null) {
      whole.addAll(
          List.of(
              "setpriv",
              "--reuid=" + user,
              "--regid=" + user,
              "--init-groups",
              "--no-new-privs",
              "--"));
    }
    if (shell) {
      whole.addAll(opening(names, descriptors));
    }
    whole.addAll(order.command());
    ProcessBuilder builder = new ProcessBuilder(whole);
    Map<String, String> variables = builder.environment();
    NOT_FOR_COMMANDS.forEach(variables::remove);
    order.files().forEach((name, file) -> variables.put(name + "_FILE", file.toString()));
    if (shell) {
      for (int i = 0; i < names.size(); i++) {
        variables.put("SALLYPORT_FD_" + names.get(i), Integer.toString(FIRST_DESCRIPTOR + i));
      }
    }
    variables.putAll(order.environment());
    List<byte[]> redacted = order.redacted();
    builder.redirectInput(ProcessBuilder.Redirect.INHERIT);
    if (redacted.isEmpty()) {
      builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    }
    try {
      StepProcess step = new StepProcess(builder.start());
      if (!redacted.isEmpty()) {
        step.pump(step.process.getInputStream(), FileDescriptor.out, redacted);
        step.pump(step.process.getErrorStream(), FileDescriptor.err, redacted);
      }
      return step;
    } catch (IOException e) {
      throw new StepException(
          "couldn't start `" + order.command().getFirst() + "`",
          "is it installed, and may it be run?");
    }
  }

  /// A shell that opens each file, removes it, and becomes the command: no word of it is a secret.
  private static List<String> opening(List<String> names, Map<String, Path> descriptors) {
    StringBuilder script = new StringBuilder("exec");
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      script.append(' ').append(FIRST_DESCRIPTOR + i).append("<\"$").append(i + 1).append('"');
      paths.add(String.valueOf(descriptors.get(names.get(i))));
    }
    script.append("; rm -f");
    for (int i = 0; i < names.size(); i++) {
      script.append(" \"$").append(i + 1).append('"');
    }
    script.append("; shift ").append(names.size()).append("; exec \"$@\"");
    List<String> words = new ArrayList<>(List.of(SHELL.toString(), "-c", script.toString(), "sh"));
    words.addAll(paths);
    return words;
  }

  private void pump(InputStream from, FileDescriptor to, Collection<byte[]> redacted) {
    pumps.add(
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try (from;
                  OutputStream out = new Redactor(new FileOutputStream(to), redacted)) {
                byte[] buffer = new byte[16 * 1024];
                for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                  out.write(buffer, 0, read);
                }
              } catch (IOException closed) {
                // Nobody reads our output any more, or the command is gone: it ends by itself.
                return;
              }
            }));
  }

  /// Waits for its end and for the last of its output.
  @Override
  public int await() {
    try {
      int code = process.waitFor();
      for (Thread pump : pumps) {
        // A grandchild may keep the pipe open for ever.
        pump.join(Duration.ofSeconds(5));
      }
      return code;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stop();
      return 130;
    }
  }

  /// Tells it to end, and makes it where it does not.
  @Override
  public void stop() {
    // By its handle: `Process.destroy` would close our end of its output too, and lose its last
    // words.
    ProcessHandle handle = process.toHandle();
    handle.destroy();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        handle.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      handle.destroyForcibly();
    }
  }
}
