package dev.sallyport.cli.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.testdata.Seed;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The process of a job takes what its clients may ask, and nothing else.
class JobSocketTest {
  private Path folder = Path.of("");
  private Path socket = Path.of("");
  private final List<JobSocket> open = new ArrayList<>();
  private final AtomicInteger served = new AtomicInteger();

  @BeforeEach
  void make() throws IOException {
    folder =
        Files.createTempDirectory(
            "job",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    socket = folder.resolve("s");
  }

  @AfterEach
  void close() throws IOException {
    open.forEach(JobSocket::close);
    Files.deleteIfExists(folder);
  }

  private void serve(JobSocket.Desk desk) throws IOException {
    open.add(
        JobSocket.open(
            socket,
            call -> {
              served.incrementAndGet();
              return desk.serve(call);
            },
            () -> true));
  }

  private static Wire.Asked asked(String... words) throws IOException {
    Path here = Path.of("").toAbsolutePath();
    return new Wire.Asked(List.of(words), here, JobFolder.id(here), false, Map.of());
  }

  /// A client that says what it likes.
  private static final class Rude implements AutoCloseable {
    private final SocketChannel channel;
    private final DataInputStream in;
    private final OutputStream out;

    Rude(Path socket) throws IOException {
      channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(socket));
      in = new DataInputStream(Channels.newInputStream(channel));
      out = Channels.newOutputStream(channel);
    }

    Rude say(Frame frame) throws IOException {
      frame.write(out);
      return this;
    }

    @Nullable Frame hear() throws IOException {
      try {
        return Frame.read(in);
      } catch (SocketException reset) {
        return null;
      }
    }

    String kind() throws IOException {
      Frame frame = hear();
      return frame == null ? "gone" : frame.kind().name();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private Frame call(String... words) throws IOException {
    return new Frame(Frame.Kind.CALL, Wire.asked(asked(words)));
  }

  @Test
  void a_call_gets_its_own_streams_and_its_exit_code() throws IOException {
    serve(call -> {
      byte[] words = String.join(" ", call.arguments()).getBytes(StandardCharsets.UTF_8);
      call.out().write(words, 0, words.length);
      call.err().write('!');
      return 42;
    });
    try (Rude client = new Rude(socket)) {
      client.say(call("decide", "deploy"));
      assertThat(client.kind()).isEqualTo("TAKEN");
      assertThat(client.hear()).hasToString("Frame[OUT, 13 bytes]");
      assertThat(client.hear()).hasToString("Frame[ERR, 1 bytes]");
      Frame exit = client.hear();
      assertThat(exit == null ? -1 : exit.number()).isEqualTo(42);
    }
  }

  @Test
  void only_the_commands_of_a_job_are_taken_and_only_what_they_read() throws IOException {
    serve(_ -> 0);
    Wire.Asked good = asked("status");
    for (Wire.Asked wish :
        List.of(
            asked("secret", "list"),
            asked("up"),
            asked("job", "start"),
            asked("status", "--help"),
            asked(),
            new Wire.Asked(
                good.arguments(), good.folder(), good.folderId(), false, Map.of("LD_PRELOAD", "x")),
            new Wire.Asked(good.arguments(), good.folder(), "1:2", false, Map.of()),
            new Wire.Asked(good.arguments(), Path.of("."), good.folderId(), false, Map.of()))) {
      try (Rude client = new Rude(socket)) {
        client.say(new Frame(Frame.Kind.CALL, Wire.asked(wish)));
        assertThat(client.kind()).as("%s", wish).isEqualTo("NOT_TAKEN");
        assertThat(client.kind()).isEqualTo("gone");
      }
    }
    assertThat(served).hasValue(0);
    try (Rude client = new Rude(socket)) {
      client.say(new Frame(Frame.Kind.CALL, Wire.asked(good)));
      assertThat(client.kind()).isEqualTo("TAKEN");
    }
  }

  @Test
  void another_build_takes_no_call() throws IOException {
    AtomicBoolean current = new AtomicBoolean(true);
    open.add(JobSocket.open(socket, _ -> 0, current::get));
    current.set(false);
    try (Rude client = new Rude(socket)) {
      client.say(call("status"));
      assertThat(client.kind()).isEqualTo("NOT_TAKEN");
    }
  }

  @Test
  void noise_is_not_taken_and_harms_nobody() throws IOException {
    serve(_ -> 0);
    byte[] good = Wire.asked(asked("status"));
    Seed.forAll(
        200,
        random -> {
          byte[] noise = good.clone();
          for (int i = 0; i < 1 + random.nextInt(4); i++) {
            noise[random.nextInt(noise.length)] = (byte) random.nextInt();
          }
          try (Rude client = new Rude(socket)) {
            client.say(new Frame(Frame.Kind.CALL, noise));
            assertThat(client.kind()).isIn("TAKEN", "NOT_TAKEN");
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    for (byte[] bytes :
        List.of(
            new byte[] {1, 0x7f, -1, -1, -1},
            new byte[] {1, -1, -1, -1, -1},
            new byte[] {99, 0, 0, 0, 0},
            new byte[] {1, 0, 0},
            ByteBuffer.allocate(9).put((byte) 1).putInt(4).putInt(77).array())) {
      try (Rude client = new Rude(socket)) {
        client.out.write(bytes);
        client.channel.shutdownOutput();
        assertThat(client.kind()).isIn("gone", "NOT_TAKEN");
      }
    }
    try (Rude client = new Rude(socket)) {
      assertThat(client.say(call("status")).kind()).isEqualTo("TAKEN");
    }
  }

  @Test
  void an_order_comes_over_as_it_was_given() throws IOException {
    StepOrder order =
        new StepOrder(
            List.of("sh", "-c", "é\n"),
            "nobody",
            Map.of("A", Path.of("/x/A")),
            Map.of("A", Path.of("/x/A.fd")),
            Map.of("B", "b"),
            List.of(new byte[] {0, -1}));
    StepOrder back = Wire.order(Wire.order(order));
    assertThat(back).usingRecursiveComparison().isEqualTo(order);
    assertThat(order.toString()).doesNotContain("/x", "B", "é");
  }

  @Test
  void nothing_is_open_in_a_folder_that_others_may_enter() throws IOException {
    for (String mode : List.of("rwxr-xr-x", "rwx--x---", "rwxrwxrwx")) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(mode));
      assertThatThrownBy(() -> JobSocket.open(socket, _ -> 0, () -> true))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("not ours alone");
    }
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    serve(_ -> 0);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(JobClient.run(socket.toString(), false, "status")).as("nor asked").isEmpty();
    assertThat(served).hasValue(0);
  }

  @Test
  void a_client_that_is_gone_leaves_no_command_behind() throws Exception {
    AtomicInteger code = new AtomicInteger();
    AtomicBoolean told = new AtomicBoolean();
    CountDownLatch over = new CountDownLatch(1);
    serve(call -> {
      Hands.Watch watch = call.watch(() -> told.set(true));
      code.set(
          call.start(
                  new StepOrder(
                      List.of("sleep", "60"), null, Map.of(), Map.of(), Map.of(), List.of()))
              .await());
      watch.close();
      over.countDown();
      return 0;
    });
    Process command = new ProcessBuilder("sleep", "60").start();
    try (Rude client = new Rude(socket)) {
      client.say(call("run", "--", "sleep", "60"));
      assertThat(List.of(client.kind(), client.kind(), client.kind()))
          .containsExactly("TAKEN", "WATCH", "START");
      client.say(Frame.of(Frame.Kind.STARTED, command.pid()));
    }
    assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(command.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(code).hasValue(137);
    assertThat(told).isTrue();
  }

  @Test
  void a_job_that_ends_tells_its_steps_and_waits_for_them() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    serve(call -> {
      Hands.Watch watch = call.watch(told::countDown);
      try {
        return told.await(20, TimeUnit.SECONDS) ? 7 : 0;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      } finally {
        watch.close();
      }
    });
    Thread end;
    try (Rude client = new Rude(socket)) {
      client.say(call("run", "--", "true"));
      assertThat(client.kind()).isEqualTo("TAKEN");
      assertThat(client.kind()).isEqualTo("WATCH");
      end = Thread.ofVirtual().start(() -> JobClient.end(socket.toString()));
      Frame exit = client.hear();
      assertThat(exit == null ? -1 : exit.number()).isEqualTo(7);
    }
    open.getFirst().await(Duration.ofHours(1));
    end.join();
    assertThat(JobClient.run(socket.toString(), false, "status")).as("nobody there").isEmpty();
  }

  @Test
  void nobody_calls_and_it_ends() throws Exception {
    serve(_ -> 0);
    open.getFirst().await(Duration.ofMillis(1));
    assertThat(Files.exists(socket)).isFalse();
  }

  /// A client must start in no time: the package may use the JDK and nothing else.
  @Test
  void the_client_needs_the_jdk_alone() throws IOException {
    Path sources = Path.of("src/main/java/dev/sallyport/cli/job");
    try (var files = Files.list(sources)) {
      List<String> imports =
          files
              .flatMap(file -> {
                try {
                  return Files.readAllLines(file).stream();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              })
              .filter(line -> line.startsWith("import "))
              .toList();
      assertThat(imports)
          .hasSizeGreaterThan(40)
          .allMatch(
              line -> line.matches("import (static )?(java|jdk)\\..*|import org\\.jspecify\\..*"));
    }
  }
}
