package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Entries reach a real receiver that nobody here wrote: the OpenTelemetry Collector's Splunk HEC
/// receiver with its acknowledgement extension.
class ExportIT {
  private static final String TOKEN = "00000000-0000-0000-0000-0000000e2e01";

  private final Path folder = Program.scratch("export");
  private final Path received = folder.resolve("received.jsonl");
  private final Path data = folder.resolve("data");

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process collector(Path program, int port) throws IOException, InterruptedException {
    Path config = folder.resolve("collector.yaml");
    Files.writeString(
        config,
        """
        extensions:
          ack: {}
        receivers:
          splunk_hec:
            endpoint: 127.0.0.1:%d
            ack: {extension: ack, path: /services/collector/ack}
        exporters:
          file: {path: %s, append: true, flush_interval: 50ms}
        service:
          extensions: [ack]
          telemetry: {metrics: {level: none}}
          pipelines:
            logs: {receivers: [splunk_hec], exporters: [file]}
        """
            .formatted(port, received));
    Process process =
        new ProcessBuilder(program.toString(), "--config", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("collector.log").toFile()))
            .start();
    until(
        Duration.ofSeconds(30),
        () -> {
          try (var socket = new java.net.Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          } catch (IOException notYet) {
            return false;
          }
        });
    return process;
  }

  private interface Question {
    boolean holds() throws IOException;
  }

  private static void until(Duration patience, Question question)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!question.holds()) {
      assertThat(System.nanoTime()).as("still not so").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private void configure(int port) throws IOException {
    Files.createDirectory(
        data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(data.resolve("hec-token"), TOKEN);
    Files.setPosixFilePermissions(
        data.resolve("hec-token"), PosixFilePermissions.fromString("rw-------"));
    Files.writeString(
        data.resolve("config.yaml"),
        """
        exports:
          - {name: siem, kind: splunk-hec, target: "http://127.0.0.1:%d", tokenFile: hec-token}
          - {name: file, kind: json-lines, target: entries.jsonl}
        """
            .formatted(port));
  }

  private void up() {
    Program.Answer up = Program.sallyport(folder, "up", "--data", data.toString(), "--port", "0");
    assertThat(up.exitCode()).as("%s", up).isZero();
  }

  private void act(int number) {
    Program.Answer held =
        Program.sallyport(
            folder,
            "hold",
            "set",
            "run:forge/1/" + number,
            "--reason",
            "number " + number,
            "--data",
            data.toString());
    assertThat(held.exitCode()).as("%s", held).isZero();
  }

  private JsonNode health() {
    return Program.sallyport(folder, "export", "--json", "--data", data.toString())
        .json()
        .path("sinks")
        .path(0);
  }

  /// Waits until all that is recorded now was acknowledged. (Each look at the health is recorded
  /// too.)
  private void told(Duration patience) throws IOException, InterruptedException {
    JsonNode now = health();
    long size = now.path("next").asLong() + now.path("lag").asLong();
    until(patience, () -> health().path("next").asLong() >= size);
  }

  /// The `dedup` of every event in the collector's file.
  private List<String> arrived() throws IOException {
    var found = new ArrayList<String>();
    for (String line : Files.readAllLines(received)) {
      for (JsonNode one : Program.JSON.readTree(line).findValues("attributes")) {
        for (JsonNode attribute : one) {
          if (attribute.path("key").asString().equals("dedup")) {
            found.add(attribute.path("value").path("stringValue").asString());
          }
        }
      }
    }
    return found;
  }

  @Test
  void nothing_is_lost_when_the_receiver_and_we_are_killed_and_after_dedup_each_is_there_once()
      throws Exception {
    Path program = SharedData.peer("otelcol");
    int port = freePort();
    configure(port);
    Process collector = collector(program, port);
    try {
      up();
      act(1);
      act(2);
      told(Duration.ofSeconds(30));
      collector.destroyForcibly().waitFor();
      act(3);
      long pid =
          Program.JSON.readTree(Files.readString(data.resolve("server.json"))).path("pid").asLong();
      ProcessHandle.of(pid).orElseThrow().destroyForcibly();
      until(Duration.ofSeconds(10), () -> ProcessHandle.of(pid).isEmpty());
      up();
      act(4);
      collector = collector(program, port);
      told(Duration.ofSeconds(60));
      JsonNode health = health();
      assertThat(health.path("state").asString()).isIn("idle", "telling");
      assertThat(health.path("lastAcknowledged").asString()).isNotEmpty();

      long told = health.path("next").asLong();
      until(Duration.ofSeconds(10), () -> new HashSet<>(arrived()).size() >= told);
      var distinct = new HashSet<>(arrived());
      assertThat(distinct).hasSizeGreaterThanOrEqualTo((int) told);
      String origin = distinct.iterator().next().replaceFirst("/[0-9]+$", "");
      for (long index = 0; index < told; index++) {
        assertThat(distinct).contains(origin + "/" + index);
      }
      // The second sink tells the same entries by a cursor of its own.
      assertThat(Files.readAllLines(data.resolve("entries.jsonl"))).hasSizeGreaterThan(5);
      assertThat(Files.readString(data.resolve("server.log"))).doesNotContain(TOKEN);
    } finally {
      collector.destroyForcibly();
      Program.sallyport(folder, "down", "--data", data.toString());
    }
  }
}
