package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A host with a real service: releases go out by tickets, a broken one is undone, and whatever is
/// killed on the way, what runs is what was let out.
final class DeployIT {
  private static final String OWNER = "12";
  private static final String REPOSITORY = "345";
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  private static Path scratch;
  private static KeyPair issuer;
  private static int servicePort;
  private static String registry;
  private static final List<Process> PROCESSES = new ArrayList<>();
  private static int jobs;
  private static String v1;
  private static String v2;
  private static String broken;

  @BeforeAll
  static void start() throws Exception {
    scratch = Program.scratch("deploy");
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    issuer = generator.generateKeyPair();
    servicePort = freePort();
    Process store =
        background("registry", Map.of(), "example-registry", "--folder", path("registry"));
    registry = said("registry", "ready at ", store);
    configure(freePort());
    must("key", "new", "ci.key");
    must("up", "--data", path("data"), "--port", "0");
    must(
        "agent",
        "code",
        "--data",
        path("data"),
        "--host",
        "web-1",
        "--service",
        "shop",
        "--env",
        "prod",
        "--out",
        "code");
    must(
        "agent",
        "enrol",
        "--server",
        serverJson("url"),
        "--ca",
        path("data/ca.pem"),
        "--code-file",
        path("code"),
        "--folder",
        path("agent"));
    v1 = released("1", "200");
    v2 = released("2", "200");
    broken = released("3", "500");
  }

  @AfterAll
  static void stop() {
    for (Process process : PROCESSES) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    ProcessHandle.allProcesses()
        .filter(
            one -> one.info().commandLine().filter(c -> c.contains(scratch + "/shop")).isPresent())
        .forEach(ProcessHandle::destroyForcibly);
    Program.sallyport(scratch, "down", "--data", path("data"));
  }

  private static String path(String name) {
    return scratch.resolve(name).toString();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static Program.Answer must(String... arguments) {
    Program.Answer answer = Program.sallyport(scratch, arguments);
    assertThat(answer.exitCode()).as("%s: %s", List.of(arguments), answer).isZero();
    return answer;
  }

  private static String serverJson(String member) throws IOException {
    return Program.JSON
        .readTree(Files.readString(scratch.resolve("data/server.json")))
        .path(member)
        .asString();
  }

  private static Process background(String name, Map<String, String> more, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Program.launcher().toString());
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(scratch.toFile());
    builder.environment().keySet().removeIf(key -> key.startsWith("SALLYPORT_"));
    builder.environment().putAll(more);
    builder.redirectOutput(scratch.resolve(name + ".out").toFile());
    builder.redirectError(
        ProcessBuilder.Redirect.appendTo(scratch.resolve(name + ".err").toFile()));
    Process process = builder.start();
    PROCESSES.add(process);
    return process;
  }

  /// What a process wrote behind `mark`.
  private static String said(String name, String mark, Process process) throws Exception {
    for (int i = 0; i < 1200 && process.isAlive(); i++) {
      for (String line : Files.readString(scratch.resolve(name + ".out")).lines().toList()) {
        if (line.contains(mark)) {
          return line.substring(line.indexOf(mark) + mark.length()).strip();
        }
      }
      Thread.sleep(50);
    }
    throw new AssertionError(
        name + " did not start: " + Files.readString(scratch.resolve(name + ".err")));
  }

  private static void configure(int agentPort) throws Exception {
    Path data =
        Files.createDirectory(
            scratch.resolve("data"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    RSAPublicKey key = (RSAPublicKey) issuer.getPublic();
    Files.writeString(
        data.resolve("jwks.json"),
        """
        {"keys":[{"kty":"RSA","kid":"k","use":"sig","alg":"RS256","n":"%s","e":"%s"}]}
        """
            .formatted(
                base64(unsigned(key.getModulus().toByteArray())),
                base64(key.getPublicExponent().toByteArray())));
    Files.writeString(
        data.resolve("config.yaml"),
        """
        profile: baseline
        agentPort: %d
        issuers:
          - url: https://token.git.example
            forge: git.example
            kind: github
            audience: sallyport
            jwksFile: jwks.json
            trusted:
              repository_owner_id: ["%s"]
        signers:
          - name: builder
            roles: [build]
            keyFile: %s
        environments:
          - id: prod
            production: true
            sources: [git.example/%s]
        repositories:
          - id: git.example/%s
            name: acme/shop
            urls: ["https://git.example/acme/shop"]
        registry:
          upstream: %s
          repositories:
            acme/shop: [git.example/%s]
        """
            .formatted(
                agentPort,
                OWNER,
                path("ci.key.pub.pem"),
                REPOSITORY,
                REPOSITORY,
                registry,
                REPOSITORY));
    Files.writeString(
        scratch.resolve("agent.yaml"),
        """
        name: web-1
        enrolment: agent
        reportEverySeconds: 1
        services:
          - service: shop
            environment: prod
            repository: acme/shop
            folder: shop
            command: ["%s", "-Xmx32m", "-XX:+UseSerialGC", "{release}/src/Shop.java", "%d"]
            health: {http: "http://127.0.0.1:%d/health", withinSeconds: 20, everySeconds: 1}
            stopSeconds: 3
        """
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"), servicePort, servicePort));
  }

  private static byte[] unsigned(byte[] bytes) {
    return bytes[0] == 0 ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// The options of a fresh job of the shop's pipeline.
  private static List<String> job() {
    String id = "job-" + ++jobs;
    long now = Instant.now().getEpochSecond();
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", "https://token.git.example");
    claims.put("aud", "sallyport");
    claims.put("sub", "repo:acme/shop:ref:refs/heads/main");
    claims.put("jti", id);
    claims.put("iat", now - 1);
    claims.put("exp", now + 300);
    claims.put("repository", "acme/shop");
    claims.put("repository_id", REPOSITORY);
    claims.put("repository_owner_id", OWNER);
    claims.put("ref", "refs/heads/main");
    claims.put("ref_protected", "true");
    claims.put("event_name", "push");
    claims.put("run_id", Integer.toString(jobs));
    claims.put("actor_id", "1");
    claims.put("runner_environment", "github-hosted");
    String input =
        base64("{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8))
            + "."
            + base64(Program.JSON.writeValueAsBytes(claims));
    try {
      Signature signer = Signature.getInstance("SHA256withRSA");
      signer.initSign(issuer.getPrivate());
      signer.update(input.getBytes(StandardCharsets.US_ASCII));
      Files.writeString(scratch.resolve(id), input + "." + base64(signer.sign()));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
    return List.of(
        "--data", path("data"), "--token-file", path(id), "--session", path(id + ".session"));
  }

  /// Builds, pushes and attests a release whose health check answers `status`.
  private static String released(String version, String status) throws Exception {
    String source =
        """
        import com.sun.net.httpserver.HttpServer;
        import java.net.InetSocketAddress;

        void main(String[] words) throws Exception {
          var server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(words[0])), 0);
          server.createContext("/", exchange -> {
            byte[] body = "%s".getBytes();
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/health") ? %s : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
          server.start();
        }
        """
            .formatted(version, status);
    Path folder = Files.createDirectories(scratch.resolve("build-" + version + "/src"));
    Files.writeString(folder.resolve("Shop.java"), source);
    Program.must(scratch, "tar", "-C", path("build-" + version), "-cf", path("layer.tar"), ".");
    var zipped = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(zipped)) {
      gzip.write(Files.readAllBytes(scratch.resolve("layer.tar")));
    }
    byte[] layer = zipped.toByteArray();
    byte[] empty = "{}".getBytes(StandardCharsets.UTF_8);
    push(empty);
    push(layer);
    byte[] manifest =
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
        "artifactType":"application/vnd.example.release",\
        "config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"%s","size":2},\
        "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":%d}]}\
        """
            .formatted(digest(empty), digest(layer), layer.length)
            .getBytes(StandardCharsets.UTF_8);
    send(
        HttpRequest.newBuilder(URI.create(registry + "/v2/acme/shop/manifests/" + digest(manifest)))
            .header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
            .PUT(HttpRequest.BodyPublishers.ofByteArray(manifest))
            .build());
    Files.write(scratch.resolve("manifest-" + version), manifest);
    must(
        "attest",
        path("manifest-" + version),
        "--key",
        path("ci.key"),
        "--source",
        "https://git.example/acme/shop",
        "--commit",
        "0123456789abcdef0123456789abcdef01234567",
        "--builder",
        "https://git.example/runner",
        "--out",
        path("provenance-" + version));
    List<String> put = new ArrayList<>(List.of("evidence", "put", path("provenance-" + version)));
    put.addAll(job());
    must(put.toArray(String[]::new));
    return digest(manifest);
  }

  private static void push(byte[] blob) throws Exception {
    var begun =
        send(
            HttpRequest.newBuilder(URI.create(registry + "/v2/acme/shop/blobs/uploads/"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    URI upload = URI.create(registry).resolve(begun.headers().firstValue("Location").orElseThrow());
    send(
        HttpRequest.newBuilder(URI.create(upload + "?digest=" + digest(blob)))
            .header("Content-Type", "application/octet-stream")
            .PUT(HttpRequest.BodyPublishers.ofByteArray(blob))
            .build());
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as("%s: %s", request, answer.body()).isBetween(200, 299);
    return answer;
  }

  private static String digest(byte[] bytes) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Process agent(String haltAt) throws Exception {
    Map<String, String> more =
        haltAt.isEmpty() ? Map.of() : Map.of("JDK_JAVA_OPTIONS", "-Dsallyport.haltAt=" + haltAt);
    Process process = background("agent", more, "agent", "host", "--config", path("agent.yaml"));
    said("agent", "is ready", process);
    return process;
  }

  private static void kill(Process process) throws InterruptedException {
    // As kill -9: no hook, no last word.
    process.destroyForcibly();
    process.waitFor(10, TimeUnit.SECONDS);
  }

  private static Program.Answer deploy(String digest, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "deploy",
                "shop",
                "--env",
                "prod",
                "--artifact",
                digest,
                "--repository",
                "acme/shop"));
    command.addAll(job());
    command.addAll(List.of(more));
    return Program.sallyport(scratch, command.toArray(String[]::new));
  }

  /// What the service answers; empty where it does not.
  private static String version() {
    try {
      return HTTP.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + servicePort + "/version"))
                  .timeout(Duration.ofSeconds(5))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String current() {
    try {
      return "sha256:" + scratch.resolve("shop/current").toRealPath().getFileName();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void eventually(String what, java.util.function.BooleanSupplier holds)
      throws Exception {
    for (int i = 0; i < 600 && !holds.getAsBoolean(); i++) {
      Thread.sleep(100);
    }
    assertThat(holds.getAsBoolean())
        .as("%s: %s", what, Files.readString(scratch.resolve("agent.err")))
        .isTrue();
  }

  private static String place(String member) {
    Program.Answer answer = must("releases", "--data", path("data"), "--json");
    return answer.json().path("places").path(0).path(member).asString("");
  }

  @Test
  void releases_go_out_a_broken_one_comes_back_and_kills_change_nothing() throws Exception {
    Process agent = agent("");

    Program.Answer first = deploy(v1, "--wait");
    assertThat(first.exitCode()).as("%s", first).isZero();
    assertThat(first.out()).startsWith("LIVE");
    assertThat(version()).isEqualTo("1");

    Program.Answer second = deploy(v2, "--wait", "--json");
    assertThat(second.exitCode()).as("%s", second).isZero();
    assertThat(second.json().path("state").asString()).isEqualTo("live");
    assertThat(second.json().path("previous").asString()).isEqualTo(v1);
    assertThat(version()).isEqualTo("2");

    Program.Answer third = deploy(broken, "--wait");
    assertThat(third.exitCode()).as("%s", third).isEqualTo(1);
    assertThat(third.out()).startsWith("UNDONE").contains("status 500");
    assertThat(version()).isEqualTo("2");
    assertThat(current()).isEqualTo(v2);

    Program.Answer tag = deploy("shop:latest", "--wait");
    assertThat(tag.exitCode()).as("R22: %s", tag).isEqualTo(2);
    Program.Answer unproved = deploy("sha256:" + "ab".repeat(32), "--wait");
    assertThat(unproved.exitCode()).as("%s", unproved).isEqualTo(1);
    assertThat(unproved.out()).startsWith("DENY");

    // The service outlives its agent, and the next agent adopts it.
    kill(agent);
    assertThat(version()).isEqualTo("2");
    String last = v2;
    int number = 10;
    for (String point : List.of("redeeming", "fetched", "linked", "spawned")) {
      String version = Integer.toString(number++);
      String digest = released(version, "200");
      Process doomed = agent(point);
      Program.Answer started = deploy(digest);
      assertThat(started.exitCode()).as("%s", started).isZero();
      assertThat(doomed.waitFor(60, TimeUnit.SECONDS)).as(point).isTrue();
      assertThat(doomed.exitValue()).as(point).isEqualTo(137);
      assertThat(current()).as(point).isIn(last, digest);
      Process again = agent("");
      eventually("after a kill at " + point, () -> current().equals(digest));
      eventually("after a kill at " + point, () -> version().equals(version));
      eventually(
          "told after a kill at " + point,
          () -> place("expected").equals(digest) && place("reported").equals(digest));
      kill(again);
      last = digest;
    }

    // The server is away: the service goes on, and is reported when it is back.
    agent("");
    must("down", "--data", path("data"));
    assertThat(version()).isNotEmpty();
    must("up", "--data", path("data"), "--port", "0");
    Program.Answer after = deploy(v1, "--wait");
    assertThat(after.exitCode()).as("%s", after).isZero();
    assertThat(version()).isEqualTo("1");

    // A file of the running release is changed on the host.
    Path running = scratch.resolve("shop/current/src/Shop.java").toRealPath();
    Files.setPosixFilePermissions(running, PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(running, "// implant\n" + Files.readString(running));
    Files.setPosixFilePermissions(running, PosixFilePermissions.fromString("r--r--r--"));
    eventually("the change is seen", () -> place("state").equals("altered"));

    must("down", "--data", path("data"));
    // No honest ticket was ever handed in twice.
    assertThat(Files.readString(scratch.resolve("data/ledger.db"), StandardCharsets.ISO_8859_1))
        .contains("\"action\":\"redeem\"")
        .doesNotContainPattern("\"action\":\"redeem\",[^\u0000]{0,400}?\"outcome\":\"refused\"");
    Program.Answer fsck = must("fsck", "--data", path("data"));
    assertThat(fsck.out()).contains("every entry is what was recorded");
  }
}
