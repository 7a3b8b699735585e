package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.server.db.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server as a process: ready, stopped, refused.
class StartAndStopTest {
  @TempDir Path folder;

  private record Ended(int code, String output) {}

  private Process process(String... arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.sallyport.server.Main"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private Ended run(String... arguments) throws Exception {
    Process process = process(arguments);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }

  @Test
  void a_process_is_ready_refuses_a_second_one_and_ends_on_sigterm() throws Exception {
    Path data = folder.resolve("data");
    Process server = process("--data", data.toString(), "--port", "0");
    Path description = data.resolve("server.json");
    for (int i = 0; i < 600 && Files.notExists(description); i++) {
      assertThat(server.isAlive()).isTrue();
      Thread.sleep(100);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(description)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(description)).contains("\"pid\":" + server.pid());
    for (String key : List.of("ledger.key", "token.key", "ca.key", "tls.key")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(key))))
          .isEqualTo("rw-------");
    }
    Ended second = run("--data", data.toString(), "--port", "0");
    assertThat(second.code()).isEqualTo(2);
    assertThat(second.output()).contains("another process holds");
    assertThat(run("fsck", "--data", data.toString()).code()).isZero();
    // By its handle: the process method would close the stream that is still to be read.
    assertThat(server.toHandle().destroy()).isTrue();
    assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(description).doesNotExist();
    String output = new String(server.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    // One line that it is ready, one that says where the code is, and nothing else.
    assertThat(output.lines()).hasSize(2);
    assertThat(output).contains("stands in").doesNotContainPattern("[0-9A-Z]{4}-[0-9A-Z]{4}");
  }

  @Test
  void an_altered_ledger_row_is_found_by_fsck_and_stops_the_start() throws Exception {
    Path data = TestServer.configured(folder);
    try (TestServer server = TestServer.start(data)) {
      var job = server.job();
      for (int i = 0; i < 3; i++) {
        job.decide(TestServer.deploy("staging", "0" + i + "ab".repeat(31)));
      }
    }
    try (Database database = Database.sqlite(data.resolve("ledger.db"))) {
      database
          .sql()
          .sql(
              "UPDATE ledger_entry SET entry ="
                  + " CAST(REPLACE(CAST(entry AS TEXT), 'not-permitted', 'allowed') AS BLOB)"
                  + " WHERE leaf_index = 4")
          .update();
      database
          .sql()
          .sql(
              "UPDATE ledger_entry SET entry ="
                  + " CAST(REPLACE(CAST(entry AS TEXT), 'forbidden', 'allowed') AS BLOB)"
                  + " WHERE leaf_index = 4")
          .update();
    }
    Ended fsck = run("fsck", "--data", data.toString());
    assertThat(fsck.code()).isEqualTo(1);
    assertThat(fsck.output()).contains("entry 4 was changed");
    Ended start = run("--data", data.toString(), "--port", "0");
    assertThat(start.code()).isEqualTo(2);
    assertThat(start.output()).contains("changed behind our back", "entry 4");
    assertThat(start.output()).doesNotContain("\tat ");
  }

  @Test
  void what_cannot_be_meant_stops_the_start_with_one_sentence() throws Exception {
    Path data = TestServer.configured(folder);
    Files.writeString(
        data.resolve("config.yaml"),
        Files.readString(data.resolve("config.yaml")).replace("audience:", "audiance:"));
    Ended config = run("--data", data.toString());
    assertThat(config.code()).isEqualTo(2);
    assertThat(config.output().strip())
        .startsWith("sallyport: config.yaml: issuers[0].audiance: unknown name `audiance`")
        .doesNotContain("\n");
    Files.delete(data.resolve("config.yaml"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(run("--data", data.toString()).output()).contains("may be entered by others");
    assertThat(run("--port", "70000").output()).contains("is no port");
    assertThat(run("--verbose").code()).isEqualTo(2);
  }

  @Test
  void another_policy_folder_comes_into_force_and_a_broken_one_stops_the_start() throws Exception {
    Path data = TestServer.configured(folder);
    Path policy = Files.createDirectories(data.resolve("policy"));
    Files.writeString(policy.resolve("a.cedar"), "permit (principal, action, resource) when {");
    Ended start = run("--data", data.toString(), "--port", "0");
    assertThat(start.code()).isEqualTo(2);
    assertThat(start.output()).contains("a.cedar:1:");
  }
}
