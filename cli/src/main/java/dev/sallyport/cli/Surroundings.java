package dev.sallyport.cli;

import dev.sallyport.cli.job.Hands;
import dev.sallyport.cli.job.JobClient;
import dev.sallyport.cli.job.JobSocket;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/// Where a command of a job was typed: its folder, its environment, its streams, and who starts
/// what it starts. It is this process, or a client of a process that serves a job.
final class Surroundings {
  private static final Path HERE = Path.of("");

  private final @Nullable Path folder;
  private final UnaryOperator<@Nullable String> variables;
  private final boolean terminal;
  private final OutputStream out;
  private final OutputStream err;
  private final Hands hands;
  private final @Nullable KeptSessions sessions;

  private Surroundings(
      @Nullable Path folder,
      UnaryOperator<@Nullable String> variables,
      boolean terminal,
      OutputStream out,
      OutputStream err,
      Hands hands,
      @Nullable KeptSessions sessions) {
    this.folder = folder;
    this.variables = variables;
    this.terminal = terminal;
    this.out = out;
    this.err = err;
    this.hands = hands;
    this.sessions = sessions;
  }

  /// Those of this process.
  static Surroundings ofProcess() {
    return new Surroundings(
        null,
        System::getenv,
        // The launcher asks the shell: the JDK's console also wants stdin to be a terminal.
        Boolean.getBoolean("sallyport.terminal"),
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        Hands.own(),
        null);
  }

  /// Those of a client.
  static Surroundings of(JobSocket.Call call, KeptSessions sessions) {
    return new Surroundings(
        call.folder(),
        call.variables()::get,
        call.terminal(),
        call.out(),
        call.err(),
        call,
        sessions);
  }

  /// Those of nobody, who hears nothing and has said nothing.
  static Surroundings ofNobody() {
    return new Surroundings(
        null,
        _ -> null,
        false,
        OutputStream.nullOutputStream(),
        OutputStream.nullOutputStream(),
        Hands.own(),
        new KeptSessions());
  }

  /// Those that the command was given.
  static Surroundings of(CommandSpec spec) {
    return spec.root().userObject() instanceof Main main ? main.surroundings() : ofProcess();
  }

  /// A variable of the environment; only one that a client hands over.
  @Nullable String variable(String name) {
    if (!JobClient.reads(name)) {
      throw new IllegalArgumentException("`" + name + "` is not handed over to a job's process");
    }
    return variables.apply(name);
  }

  /// A variable that is set and says something.
  @Nullable String told(String name) {
    String value = variable(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  /// The file that a name given here means.
  Path at(Path given) {
    return folder == null ? given : folder.resolve(given);
  }

  /// The folder itself.
  Path folder() {
    return folder == null ? HERE.toAbsolutePath() : folder;
  }

  boolean terminal() {
    return terminal;
  }

  PrintWriter out() {
    return new PrintWriter(out, false, StandardCharsets.UTF_8);
  }

  PrintWriter err() {
    return new PrintWriter(err, true, StandardCharsets.UTF_8);
  }

  Hands hands() {
    return hands;
  }

  /// Where sessions are kept between the commands of a job; null where each is on its own.
  @Nullable KeptSessions sessions() {
    return sessions;
  }
}
