package dev.sallyport.cli.job;

import java.io.DataInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A step of a job that lets the job's process do the thinking and keeps the doing to itself: it
/// hands over command line, folder and what it was told in the environment, writes what comes back,
/// and starts the step's command as its own child, in its own folder, group, terminal and
/// environment.
///
/// Whether it was asked so or worked alone, a command sees the same.
public final class JobClient {
  /// Where the socket is, in the environment.
  public static final String VARIABLE = "SALLYPORT_JOB";

  /// The commands of a job's steps. What an owner or an operator does is none of them.
  private static final Set<String> SERVED =
      Set.of("run", "decide", "publish", "deploy", "registry", "evidence", "status");

  private static final Set<String> HELP = Set.of("-h", "--help", "-V", "--version");

  /// What a served command reads of the environment; nothing else is handed over.
  private static final List<String> READ =
      List.of(
          "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
          "ACTIONS_ID_TOKEN_REQUEST_URL",
          "CI_COMMIT_REF_NAME",
          "CI_RUNNER_ID",
          "DOCKER_CONFIG",
          "FORCE_COLOR",
          "GITHUB_REF",
          "NODE_NAME",
          "NO_COLOR",
          "RUNNER_NAME",
          "SALLYPORT_DEBUG",
          "SALLYPORT_ID_TOKEN",
          "SALLYPORT_SERVER",
          "TERM",
          "XDG_DATA_HOME",
          "XDG_RUNTIME_DIR",
          "XDG_STATE_HOME");

  /// As programs end that could not tell.
  private static final int COULD_NOT_TELL = 2;

  private final DataInputStream in;
  private final OutputStream out;
  private final OutputStream stdout = new FileOutputStream(FileDescriptor.out);
  private final OutputStream stderr = new FileOutputStream(FileDescriptor.err);
  private final CountDownLatch over = new CountDownLatch(1);

  /// Guarded by this: a signal came, or the job's process said so.
  private boolean told;

  /// Guarded by this.
  private @Nullable StepProcess process;

  /// Owned by the thread that reads.
  private @Nullable Thread step;

  /// Owned by the thread that reads.
  private @Nullable StepOrder ordered;

  /// Set by the thread that reads, read by the shutdown hook's.
  private volatile boolean watched;

  /// Set by the step's thread, read when it is over.
  private volatile int stepCode = -1;

  private JobClient(SocketChannel channel) {
    this.in = new DataInputStream(Channels.newInputStream(channel));
    this.out = Channels.newOutputStream(channel);
  }

  /// Whether a job's process would do this.
  public static boolean serves(String... arguments) {
    if (arguments.length == 0 || !SERVED.contains(arguments[0])) {
      return false;
    }
    for (String word : arguments) {
      if (word.equals("--")) {
        return true;
      }
      // Help is laid out for the terminal that we have and it has not.
      if (HELP.contains(word)) {
        return false;
      }
    }
    return true;
  }

  /// What a served command may ask [JobSocket.Call#variables] for.
  public static boolean reads(String variable) {
    return READ.contains(variable);
  }

  /// Lets the process behind `socket` do it.
  ///
  /// @param terminal whether our stdout is one
  /// @return its exit code; empty where nothing was done, so that we are to do it ourselves
  public static OptionalInt run(String socket, boolean terminal, String... arguments) {
    try (SocketChannel channel = connect(Path.of(socket))) {
      JobClient client = new JobClient(channel);
      client.ask(terminal, arguments);
      return OptionalInt.of(client.converse());
    } catch (IOException | IllegalArgumentException e) {
      String why = e.getMessage() == null ? "no answer" : printable(e.getMessage());
      say(
          new FileOutputStream(FileDescriptor.err),
          "sallyport: working without the job's process: " + why + "\n");
      return OptionalInt.empty();
    }
  }

  /// Tells the process behind `socket` to end, and waits until it has; the exit code for that.
  public static int end(String socket) {
    try (SocketChannel channel = connect(Path.of(socket))) {
      Frame.of(Frame.Kind.LEAVE).write(Channels.newOutputStream(channel));
      DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
      // It says nothing more, and closes when it ends.
      for (Frame said = Frame.read(in); said != null; ) {
        said = Frame.read(in);
      }
      return 0;
    } catch (IOException | IllegalArgumentException e) {
      say(
          new FileOutputStream(FileDescriptor.err),
          "sallyport: the job's process is not there: "
              + printable(String.valueOf(e.getMessage()))
              + "\n");
      return COULD_NOT_TELL;
    }
  }

  private static SocketChannel connect(Path socket) throws IOException {
    Path folder = socket.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("`" + socket + "` is no socket");
    }
    JobFolder.requireOurs(folder);
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void ask(boolean terminal, String... arguments) throws IOException {
    Map<String, String> variables = new TreeMap<>();
    for (String name : READ) {
      String value = System.getenv(name);
      if (value != null) {
        variables.put(name, value);
      }
    }
    Path folder = Path.of("").toAbsolutePath();
    new Frame(
            Frame.Kind.CALL,
            Wire.asked(
                new Wire.Asked(
                    List.of(arguments), folder, JobFolder.id(folder), terminal, variables)))
        .write(out);
    Frame answer = Frame.read(in);
    if (answer == null || answer.kind() != Frame.Kind.TAKEN) {
      throw new IOException(
          answer != null && answer.kind() == Frame.Kind.NOT_TAKEN
              ? new String(answer.body(), StandardCharsets.UTF_8)
              : "it did not take the call");
    }
  }

  // ---- taken: from here on nothing is done twice ----

  private int converse() {
    Thread hook = new Thread(this::signalled);
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return answers();
    } finally {
      over.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException goingDown) {
        // The hook is running: it waited for this.
        watched = false;
      }
    }
  }

  private int answers() {
    try {
      for (Frame frame = Frame.read(in); frame != null; frame = Frame.read(in)) {
        switch (frame.kind()) {
          case OUT -> write(stdout, frame.body());
          case ERR -> write(stderr, frame.body());
          case WATCH -> watched = true;
          case START -> start(frame.body());
          case STOP -> stop();
          case EXIT -> {
            return (int) frame.number();
          }
          case CALL, LEAVE, TAKEN, NOT_TAKEN, STARTED, NOT_STARTED, ENDED, TOLD ->
              throw new IOException("the job's process says what only a client says");
        }
      }
    } catch (IOException broken) {
      say(stderr, "sallyport: " + printable(String.valueOf(broken.getMessage())) + "\n");
    }
    return alone();
  }

  /// The job's process is gone and what it knew with it.
  private int alone() {
    Thread running = step;
    if (running == null) {
      say(
          stderr,
          "sallyport: the job's process ended before it answered\nhint: start another with"
              + " `sallyport job start`, or unset "
              + VARIABLE
              + "\n");
      return COULD_NOT_TELL;
    }
    try {
      running.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (ordered != null) {
      ordered.wipe();
    }
    say(
        stderr,
        stepCode < 0
            ? "sallyport: the job's process ended before the command was started\n"
            : "sallyport: the command ended with "
                + stepCode
                + ", but that could not be recorded: the job's process is gone\n");
    return COULD_NOT_TELL;
  }

  private void start(byte[] body) throws IOException {
    if (step != null) {
      throw new IOException("the job's process starts a second command");
    }
    StepOrder order = Wire.order(body);
    ordered = order;
    Arrays.fill(body, (byte) 0);
    Thread thread = new Thread(() -> perform(order), "step");
    step = thread;
    thread.start();
  }

  private void perform(StepOrder order) {
    StepProcess started;
    try {
      synchronized (this) {
        if (told) {
          throw new StepException("told to end before the command was started", "");
        }
        started = StepProcess.start(order);
        process = started;
      }
    } catch (StepException e) {
      send(Frame.Kind.NOT_STARTED, String.valueOf(e.getMessage()), e.hint());
      return;
    }
    send(Frame.of(Frame.Kind.STARTED, started.pid()));
    stepCode = started.await();
    order.redacted().forEach(value -> Arrays.fill(value, (byte) 0));
    send(Frame.of(Frame.Kind.ENDED, stepCode));
  }

  private void stop() {
    StepProcess running;
    synchronized (this) {
      told = true;
      running = process;
    }
    if (running != null) {
      Thread.ofPlatform().daemon().start(running::stop);
    }
  }

  /// On SIGTERM or SIGINT: says so, ends the command, and waits until its end is recorded.
  private void signalled() {
    StepProcess running;
    synchronized (this) {
      told = true;
      running = process;
    }
    send(Frame.of(Frame.Kind.TOLD));
    if (running != null) {
      running.stop();
    }
    if (!watched) {
      return;
    }
    try {
      over.await(Hands.LAST_WORDS_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(Frame.Kind kind, String... texts) {
    try {
      send(new Frame(kind, Wire.texts(texts)));
    } catch (IOException tooLong) {
      send(new Frame(kind, new byte[0]));
    }
  }

  /// Whether it could be.
  private boolean send(Frame frame) {
    try {
      synchronized (out) {
        frame.write(out);
      }
      return true;
    } catch (IOException gone) {
      return false;
    }
  }

  private static void write(OutputStream to, byte[] bytes) {
    try {
      to.write(bytes);
    } catch (IOException nobodyReads) {
      return;
    }
  }

  private static void say(OutputStream to, String text) {
    write(to, text.getBytes(StandardCharsets.UTF_8));
  }

  private static String printable(String text) {
    StringBuilder printable = new StringBuilder();
    text.codePoints()
        .forEach(c -> printable.appendCodePoint(c < 0x20 || (c >= 0x7f && c < 0xa0) ? '?' : c));
    return printable.toString();
  }
}
