package dev.sallyport.cli.job;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/// The socket of the process that serves a job: takes calls of [JobClient]s of the same user, each
/// with streams and hands of its own, until it is told to leave or nobody has called for long.
public final class JobSocket implements AutoCloseable {
  private static final int MAX_CALLS = 16;
  private static final Duration HANDSHAKE = Duration.ofSeconds(10);
  private static final Duration LAST_CALLS = Duration.ofSeconds(Hands.LAST_WORDS_SECONDS + 5);
  private static final int KILLED = 137;
  private static final long STUBBORN_SECONDS = 10;

  /// Does what a call asks for, and gives the exit code.
  public interface Desk {
    int serve(Call call);
  }

  private final Path socket;
  private final ServerSocketChannel listening;
  private final Desk desk;
  private final BooleanSupplier current;
  private final Set<Call> calls = ConcurrentHashMap.newKeySet();
  private final Semaphore room = new Semaphore(MAX_CALLS);
  private final CountDownLatch closed = new CountDownLatch(1);

  /// When the last call ended, by the monotonic clock.
  private volatile long quietSince = System.nanoTime();

  private JobSocket(
      Path socket, ServerSocketChannel listening, Desk desk, BooleanSupplier current) {
    this.socket = socket;
    this.listening = listening;
    this.desk = desk;
    this.current = current;
  }

  /// Listens at `socket`, which must lie in a folder that is ours alone.
  ///
  /// @param current whether what we were started from is still what is installed; calls are not
  ///   taken when it is not
  /// @throws IOException if the folder is open to others, or something is there
  public static JobSocket open(Path socket, Desk desk, BooleanSupplier current) throws IOException {
    Path folder = socket.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("`" + socket + "` is no place for a socket");
    }
    JobFolder.requireOurs(folder);
    ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listening.bind(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      listening.close();
      throw e;
    }
    var opened = new JobSocket(socket, listening, desk, current);
    Thread.ofPlatform().name("calls").daemon().start(opened::accept);
    return opened;
  }

  private void accept() {
    while (listening.isOpen()) {
      try {
        SocketChannel channel = listening.accept();
        if (!isOurs(channel) || !room.tryAcquire()) {
          channel.close();
          continue;
        }
        Call call = new Call(channel);
        calls.add(call);
        Thread.ofVirtual().name("call").start(() -> attend(call));
      } catch (IOException endOrTransient) {
        if (!listening.isOpen()) {
          return;
        }
      }
    }
  }

  /// The folder's mode keeps others out; this is asked besides, where the system can say.
  private boolean isOurs(SocketChannel channel) throws IOException {
    if (!channel.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)) {
      return true;
    }
    return channel
        .getOption(ExtendedSocketOptions.SO_PEERCRED)
        .user()
        .equals(Files.getOwner(socket));
  }

  private void attend(Call call) {
    try (call) {
      Frame first = Frame.read(call.in);
      if (first == null) {
        return;
      }
      if (first.kind() == Frame.Kind.LEAVE) {
        calls.remove(call);
        close();
        return;
      }
      String refusal = call.take(first, current);
      if (refusal != null) {
        call.send(new Frame(Frame.Kind.NOT_TAKEN, refusal.getBytes(StandardCharsets.UTF_8)));
        return;
      }
      call.send(Frame.of(Frame.Kind.TAKEN));
      Thread worker = Thread.ofVirtual().name("work").start(() -> work(call));
      call.listen(worker);
      worker.join();
    } catch (IOException gone) {
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      calls.remove(call);
      room.release();
      quietSince = System.nanoTime();
    }
  }

  private void work(Call call) {
    int code = 2;
    try {
      code = desk.serve(call);
    } catch (RuntimeException e) {
      call.err().write("sallyport: internal error: " + e + "\n");
    } finally {
      call.finish(code);
    }
  }

  /// Waits until it is closed, or until nobody has called for `idle`.
  public void await(Duration idle) throws InterruptedException {
    while (!closed.await(1, TimeUnit.SECONDS)) {
      long now = System.nanoTime();
      for (Call call : calls) {
        if (!call.taken && now - call.opened > HANDSHAKE.toNanos()) {
          call.close();
        }
      }
      if (calls.isEmpty() && now - quietSince > idle.toNanos()) {
        close();
      }
    }
  }

  /// Takes no more calls, tells those that are under way to end, and waits until they have.
  @Override
  public void close() {
    try {
      listening.close();
      Files.deleteIfExists(socket);
    } catch (IOException leftBehind) {
      // Nobody answers there any more: clients work alone.
    }
    calls.forEach(Call::told);
    long deadline = System.nanoTime() + LAST_CALLS.toNanos();
    while (calls.stream().anyMatch(call -> call.taken) && System.nanoTime() < deadline) {
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    closed.countDown();
  }

  /// One command of a client: what it asked for, where its words go, and who does what must be done
  /// where it stands.
  public static final class Call implements Hands, AutoCloseable {
    private final SocketChannel channel;
    private final DataInputStream in;
    private final OutputStream out;
    private final long opened = System.nanoTime();
    private final CompletableFuture<Long> started = new CompletableFuture<>();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private Wire.@Nullable Asked asked;

    /// Set before an order is sent: where its secrets lie.
    private volatile @Nullable Path secretFolder;

    private volatile boolean taken;

    /// Guarded by this: what to do when the client is told to end, while somebody waits for it.
    private @Nullable Runnable watch;

    /// Guarded by this.
    private boolean told;

    /// Guarded by this: it has its exit code.
    private boolean finished;

    private Call(SocketChannel channel) {
      this.channel = channel;
      this.in = new DataInputStream(Channels.newInputStream(channel));
      this.out = Channels.newOutputStream(channel);
    }

    /// Why it is not taken; null where it is.
    private @Nullable String take(Frame first, BooleanSupplier current) {
      try {
        if (first.kind() != Frame.Kind.CALL) {
          return "it expects a call";
        }
        Wire.Asked wish = Wire.asked(first.body());
        if (!JobClient.serves(wish.arguments().toArray(String[]::new))
            || !wish.variables().keySet().stream().allMatch(JobClient::reads)) {
          return "this is no command of a job";
        }
        if (!isSame(wish.folder(), wish.folderId())) {
          return "it sees other files than this step";
        }
        if (!current.getAsBoolean()) {
          return "it is of another build";
        }
        asked = wish;
        taken = true;
        return null;
      } catch (IOException | RuntimeException e) {
        return "the call is malformed, or of another version";
      }
    }

    private static boolean isSame(Path folder, String id) {
      try {
        return folder.isAbsolute() && JobFolder.id(folder).equals(id);
      } catch (IOException notHere) {
        return false;
      }
    }

    private Wire.Asked asked() {
      Wire.Asked known = asked;
      if (known == null) {
        throw new IllegalStateException("nothing was asked yet");
      }
      return known;
    }

    /// The command line.
    public List<String> arguments() {
      return asked().arguments();
    }

    /// Where the client stands.
    public Path folder() {
      return asked().folder();
    }

    /// Whether its stdout is a terminal.
    public boolean terminal() {
      return asked().terminal();
    }

    /// What its environment says, of those that [JobClient#reads] names.
    public Map<String, String> variables() {
      return asked().variables();
    }

    /// The client's stdout.
    public Words out() {
      return new Words(this, Frame.Kind.OUT);
    }

    /// The client's stderr.
    public Words err() {
      return new Words(this, Frame.Kind.ERR);
    }

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

    /// Hears the client until it hangs up, which may be in the middle of everything.
    private void listen(Thread worker) {
      try {
        for (Frame frame = Frame.read(in); frame != null; frame = Frame.read(in)) {
          switch (frame.kind()) {
            case STARTED -> started.complete(frame.number());
            case NOT_STARTED -> {
              List<String> why = Wire.texts(frame.body());
              started.completeExceptionally(
                  why.size() == 2
                      ? new StepException(why.getFirst(), why.getLast())
                      : new StepException("couldn't start the command", ""));
            }
            case ENDED -> ended.complete((int) frame.number());
            case TOLD -> told();
            case CALL, LEAVE, TAKEN, NOT_TAKEN, OUT, ERR, WATCH, START, STOP, EXIT ->
                throw new IOException("a client says what only the job's process says");
          }
        }
      } catch (IOException broken) {
        // As good as gone.
      }
      gone(worker);
    }

    /// The client is told to end: it, or the whole job.
    private void told() {
      Runnable act;
      synchronized (this) {
        if (told) {
          return;
        }
        told = true;
        act = watch;
      }
      if (act != null) {
        act.run();
      }
    }

    /// The client is gone. Its command does not outlive it, and its end is recorded.
    private void gone(Thread worker) {
      boolean watched;
      synchronized (this) {
        if (finished) {
          return;
        }
        watched = watch != null;
      }
      told();
      if (!watched) {
        worker.interrupt();
      }
      // It may have started the command and not have told its number any more.
      boolean untold =
          started.completeExceptionally(
              new StepException("told to end before the command was started", ""));
      if (untold) {
        holders().forEach(Call::end);
      } else if (!started.isCompletedExceptionally() && !ended.isDone()) {
        ProcessHandle.of(started.join()).ifPresent(Call::end);
      }
      ended.complete(KILLED);
    }

    /// The processes whose environment names this call's folder of secrets. One without secrets has
    /// no mark of ours, so that in this instant it would outlive its client.
    private List<ProcessHandle> holders() {
      Path secrets = secretFolder;
      if (secrets == null) {
        return List.of();
      }
      return ProcessHandle.allProcesses()
          .filter(process -> environment(process.pid()).contains(secrets + "/"))
          .toList();
    }

    private static String environment(long pid) {
      try {
        return Files.readString(
            Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1);
      } catch (IOException goneOrNotOurs) {
        return "";
      }
    }

    private static void end(ProcessHandle process) {
      process.destroy();
      try {
        process.onExit().get(STUBBORN_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException stubborn) {
        process.destroyForcibly();
      } catch (ExecutionException cannotTell) {
        process.destroyForcibly();
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }

    private void finish(int code) {
      synchronized (this) {
        finished = true;
      }
      send(Frame.of(Frame.Kind.EXIT, code));
    }

    @Override
    public Run start(StepOrder order) {
      byte[] body;
      order.files().values().stream()
          .findFirst()
          .ifPresent(file -> secretFolder = file.getParent());
      try {
        body = Wire.order(order);
        if (!send(new Frame(Frame.Kind.START, body))) {
          throw new StepException("told to end before the command was started", "");
        }
        Arrays.fill(body, (byte) 0);
      } catch (IOException tooLong) {
        throw new StepException("the command and its secrets are too long", "");
      }
      settled(started);
      return new Run() {
        @Override
        public int await() {
          return settled(ended);
        }

        @Override
        public void stop() {
          send(Frame.of(Frame.Kind.STOP));
        }
      };
    }

    private static <T> T settled(CompletableFuture<T> future) {
      try {
        return future.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof StepException failed) {
          throw failed;
        }
        throw new IllegalStateException("a step ended in no known way", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StepException("interrupted", "");
      }
    }

    @Override
    public Watch watch(Runnable act) {
      boolean already;
      synchronized (this) {
        watch = act;
        already = told;
      }
      send(Frame.of(Frame.Kind.WATCH));
      if (already) {
        act.run();
      }
      return () -> {
        synchronized (this) {
          watch = null;
        }
      };
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException gone) {
        return;
      }
    }
  }

  /// What goes to one of a client's streams.
  public static final class Words extends OutputStream {
    private static final int MOST = 64 * 1024;
    private final Call call;
    private final Frame.Kind kind;

    private Words(Call call, Frame.Kind kind) {
      this.call = call;
      this.kind = kind;
    }

    private void write(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      write(bytes, 0, bytes.length);
    }

    @Override
    public void write(int one) {
      write(new byte[] {(byte) one}, 0, 1);
    }

    /// A client that is gone reads nothing; that is no error of ours.
    @Override
    public void write(byte[] bytes, int offset, int length) {
      for (int at = offset; at < offset + length; at += MOST) {
        byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(offset + length, at + MOST));
        if (!call.send(new Frame(kind, piece))) {
          return;
        }
      }
    }
  }
}
