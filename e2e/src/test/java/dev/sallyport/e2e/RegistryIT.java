package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Real registries behind the door, real clients before it: they meet as if nothing stood between,
/// but for what the door is there to refuse.
final class RegistryIT {
  private static final LocalIssuer ISSUER = new LocalIssuer();

  /// distribution, which most registries are made of. It has no referrers API, so that clients fall
  /// back to the tag that the specification names.
  @Test
  void distribution_behind_the_door() throws Exception {
    String program = SharedData.peer("registry").toString();
    Path folder = Program.scratch("distribution");
    int port = freePort();
    Path config = folder.resolve("registry.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log: {level: warn}
        storage:
          filesystem: {rootdirectory: %s}
          delete: {enabled: true}
        http: {addr: "127.0.0.1:%d"}
        """
            .formatted(folder.resolve("kept"), port));
    play(folder, port, List.of(program, "serve", config.toString()));
  }

  /// go-containerregistry's own, as `crane registry serve` starts it.
  @Test
  void the_registry_of_crane_behind_the_door() throws Exception {
    String program = SharedData.peer("crane").toString();
    Path folder = Program.scratch("crane");
    Files.createDirectory(folder.resolve("kept"));
    int port = freePort();
    play(
        folder,
        port,
        List.of(
            program,
            "registry",
            "serve",
            "--address",
            "127.0.0.1:" + port,
            "--disk",
            folder.resolve("kept").toString()));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void play(Path folder, int port, List<String> command) throws Exception {
    String oras = SharedData.peer("oras").toString();
    String crane = SharedData.peer("crane").toString();
    Process registry =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("registry.log").toFile())
            .start();
    try {
      awaitAnswer(port, registry);
      configure(folder, "http://127.0.0.1:" + port);
      must(Program.sallyport(folder, "up", "--data", "data", "--port", "0"));
      new Play(folder, crane, oras).all();
    } finally {
      Program.sallyport(folder, "down", "--data", "data");
      registry.destroyForcibly();
    }
  }

  private static void awaitAnswer(int port, Process registry) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v2/")).build();
    for (int i = 0; i < 200 && registry.isAlive(); i++) {
      try {
        client.send(request, HttpResponse.BodyHandlers.discarding());
        return;
      } catch (IOException e) {
        Thread.sleep(50);
      }
    }
    throw new AssertionError("the registry did not start");
  }

  private static void configure(Path folder, String upstream) throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(data.resolve("jwks.json"), ISSUER.keySet());
    Files.writeString(
        data.resolve("config.yaml"),
        """
        profile: baseline
        issuers:
          - url: %s
            forge: git.example
            kind: github
            audience: sallyport
            jwksFile: jwks.json
            trusted:
              repository_owner_id: ["4242"]
        repositories:
          - id: git.example/1111
            name: acme/shop
            urls: ["https://git.example/acme/shop"]
            starters: [git.example/1]
        registry:
          upstream: %s
          repositories:
            acme/shop: [git.example/1111]
        """
            .formatted(LocalIssuer.URL, upstream));
    Path repo = Files.createDirectories(folder.resolve("repo"));
    Files.writeString(repo.resolve("readme"), "shop\n");
    Program.must(repo, "git", "init", "-q");
    Program.must(repo, "git", "add", "-A");
    Program.must(
        repo, "git", "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "one");
  }

  private static void must(Program.Answer answer) {
    assertThat(answer.exitCode()).as("%s", answer).isZero();
  }

  /// One job and its clients.
  private static final class Play {
    private final Path folder;
    private final Path work;
    private final String crane;
    private final String oras;
    private final String token;
    private String at = "";

    Play(Path folder, String crane, String oras) throws IOException {
      this.folder = folder;
      this.crane = crane;
      this.oras = oras;
      this.work = Files.createDirectory(folder.resolve("images"));
      String commit = Program.must(folder.resolve("repo"), "git", "rev-parse", "HEAD");
      this.token = ISSUER.token("1", commit, Map.of());
    }

    private Program.Answer step(String... words) {
      List<String> command = new ArrayList<>(List.of(Program.launcher().toString()));
      command.addAll(List.of(words));
      int end = command.contains("--") ? command.indexOf("--") : command.size();
      command.addAll(end, List.of("--data", "../data", "--session", "../session"));
      return Program.run(folder.resolve("repo"), Map.of("SALLYPORT_ID_TOKEN", token), command);
    }

    private Program.Answer client(String... words) {
      return Program.run(
          work,
          Map.of(
              "DOCKER_CONFIG", folder.resolve("docker").toString(),
              "SSL_CERT_FILE", folder.resolve("data/ca.pem").toString()),
          List.of(words));
    }

    private String crane(String... words) {
      List<String> command = new ArrayList<>(List.of(crane));
      command.addAll(List.of(words));
      Program.Answer answer = client(command.toArray(String[]::new));
      must(answer);
      return answer.out().strip();
    }

    private String oras(String... words) {
      List<String> command = new ArrayList<>(List.of(oras));
      command.addAll(List.of(words));
      Program.Answer answer = client(command.toArray(String[]::new));
      must(answer);
      return answer.out().strip();
    }

    void all() throws IOException {
      must(step("run", "--step", "build", "--", "true"));
      Program.Answer login =
          step(
              "registry",
              "login",
              "acme/shop",
              "--config",
              folder.resolve("docker/config.json").toString());
      must(login);
      at = login.out().strip() + "/acme/shop";
      imagesGoInAndComeOut();
      whatRefersToThem();
      nothingIsDeleted();
      whatIsHeldStaysIn();
    }

    private void imagesGoInAndComeOut() throws IOException {
      byte[] big = new byte[5_000_000];
      new java.util.Random(4).nextBytes(big);
      Files.write(work.resolve("big"), big);
      Files.writeString(work.resolve("small"), "small");
      Program.must(work, "tar", "cf", "one.tar", "big");
      Program.must(work, "tar", "cf", "two.tar", "small");
      crane("append", "-f", "one.tar", "-t", at + ":v1");
      crane("append", "-b", at + ":v1", "-f", "two.tar", "-t", at + ":v2");
      crane("validate", "--remote", at + ":v2");
      crane("pull", at + ":v2", "pulled.tar");
      crane("push", "pulled.tar", at + ":again");
      crane("copy", at + ":v1", at + ":copied");
      crane("tag", at + ":v1", "tagged");
      assertThat(crane("digest", at + ":tagged"))
          .isEqualTo(crane("digest", at + ":copied"))
          .isEqualTo(crane("digest", at + ":v1"));
      crane("index", "append", "-m", at + ":v1", "-m", at + ":v2", "-t", at + ":index");
      crane("validate", "--remote", at + ":index");
      assertThat(crane("ls", at).lines())
          .contains("v1", "v2", "again", "copied", "tagged", "index");
      oras("push", at + ":notes", "big:application/octet-stream", "small:text/plain");
      oras("pull", at + ":notes", "-o", "back");
      assertThat(Files.mismatch(work.resolve("big"), work.resolve("back/big"))).isEqualTo(-1);
      oras("copy", at + ":notes", at + ":notes2");
      assertThat(oras("repo", "tags", at).lines()).contains("notes2");
      oras("copy", at + ":v2", "--to-oci-layout", "layout:v2");
      oras("copy", "--from-oci-layout", "layout:v2", at + ":v3");
      assertThat(crane("digest", at + ":v3")).isEqualTo(crane("digest", at + ":v2"));
    }

    private void whatRefersToThem() {
      oras("attach", at + ":v1", "--artifact-type", "application/vnd.example.sbom", "small");
      oras("attach", at + ":v1", "--artifact-type", "application/vnd.example.scan", "small");
      String found = oras("discover", at + ":v1");
      assertThat(found).contains("application/vnd.example.sbom", "application/vnd.example.scan");
    }

    private void nothingIsDeleted() {
      String digest = crane("digest", at + ":v1");
      Program.Answer deleted = client(crane, "delete", at + "@" + digest);
      assertThat(deleted.exitCode()).as("%s", deleted).isNotZero();
      Program.Answer also = client(oras, "manifest", "delete", "-f", at + "@" + digest);
      assertThat(also.exitCode()).as("%s", also).isNotZero();
      crane("validate", "--remote", at + ":v1");
    }

    private void whatIsHeldStaysIn() {
      String digest = crane("digest", at + ":v1");
      must(
          Program.sallyport(
              folder, "hold", "set", "digest:" + digest, "--reason", "poisoned", "--data", "data"));
      for (List<String> words :
          List.of(
              List.of(crane, "pull", at + ":v1", "never.tar"),
              List.of(crane, "copy", at + ":copied", at + ":fresh"),
              List.of(oras, "pull", at + "@" + digest, "-o", "never"))) {
        Program.Answer held = client(words.toArray(String[]::new));
        assertThat(held.exitCode()).as("%s", held).isNotZero();
        assertThat(held.err().toLowerCase(java.util.Locale.ROOT)).contains("denied");
      }
      crane("validate", "--remote", at + ":v2");
    }
  }
}
