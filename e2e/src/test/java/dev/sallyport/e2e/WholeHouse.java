package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.attest.Envelope;
import dev.sallyport.attest.Statement;
import dev.sallyport.credential.Dpop;
import dev.sallyport.credential.OwnerAssertion;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A server process that dies at a write one chooses, a registry behind its door, a host's agent
/// that goes on beside it, and a client that needs no process for a call.
///
/// Server, registry and agent are the real programs. The client is the test's own, because some
/// dozens of deaths with a JVM start for each call would take an hour.
final class WholeHouse implements AutoCloseable {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final int KILLED = 137;
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final HttpClient PLAIN =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final LocalIssuer issuer = new LocalIssuer();
  private final SigningKey builder = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
  private final Path folder;
  private final Path data;
  private final int port = freePort();
  private final Process registry;
  private final String registryAddress;
  private Process server;
  private Process agent;
  private @Nullable HttpClient client;
  private int runs;

  /// The server is gone, or goes: no answer came.
  static final class ServerGoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ServerGoneException(IOException cause) {
      super(cause);
    }
  }

  /// @param database lines of the configuration that say which; none for SQLite
  /// @param password its password; empty for SQLite
  WholeHouse(String name, String database, String password) throws Exception {
    this.folder = Program.scratch(name);
    this.data = privately(folder.resolve("data"));
    this.registry =
        launched("registry", "example-registry", "--folder", folder.resolve("registry").toString());
    this.registryAddress = said("registry", registry, "ready at ");
    Files.writeString(data.resolve("jwks.json"), issuer.keySet());
    Files.writeString(data.resolve("builder.pem"), builder.publicKey().pem());
    Files.writeString(data.resolve("password"), password);
    Files.writeString(
        data.resolve("config.yaml"),
        """
        profile: baseline
        agentPort: %d
        %s
        respond: {automatic: false}
        issuers:
          - url: %s
            forge: git.example
            kind: github
            audience: sallyport
            jwksFile: jwks.json
            trusted:
              repository_owner_id: ["4242"]
        signers:
          - name: builder
            roles: [build]
            keyFile: builder.pem
        environments:
          - id: prod
            production: true
            sources: [git.example/1111]
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
            .formatted(freePort(), database, LocalIssuer.URL, registryAddress));
    Files.writeString(
        folder.resolve("agent.yaml"),
        """
        name: web-1
        enrolment: agent
        reportEverySeconds: 1
        services:
          - service: shop
            environment: prod
            repository: acme/shop
            folder: shop
            command: ["/bin/sh", "-c", "while sleep 1; do :; done", "{release}"]
            health: {command: ["test", "-d", "{release}"], withinSeconds: 20, everySeconds: 1}
            stopSeconds: 3
        """);
    this.server = serverProcess();
    requireUp();
    enrol();
    this.agent = agent("");
  }

  private static Path privately(Path folder) throws IOException {
    return Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Process launched(String name, String... arguments) throws IOException {
    return process(name, Map.of(), Program.launcher().toString(), arguments);
  }

  private Process process(
      String name, Map<String, String> more, String program, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().keySet().removeIf(key -> key.startsWith("SALLYPORT_"));
    builder.environment().putAll(more);
    builder.redirectOutput(folder.resolve(name + ".out").toFile());
    builder.redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".err").toFile()));
    return builder.start();
  }

  private String said(String name, Process process, String mark) throws Exception {
    for (int i = 0; i < 2400 && process.isAlive(); i++) {
      for (String line : Files.readString(folder.resolve(name + ".out")).lines().toList()) {
        if (line.contains(mark)) {
          return line.substring(line.indexOf(mark) + mark.length()).strip();
        }
      }
      Thread.sleep(25);
    }
    throw new AssertionError(
        name + " did not start: " + Files.readString(folder.resolve(name + ".err")));
  }

  private Process serverProcess() throws IOException {
    Path run = SharedData.projectRoot().resolve("target/run");
    Path java = Path.of(Files.readString(run.resolve("java-home")), "bin", "java");
    return process(
        "server",
        Map.of(),
        java.toString(),
        "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xlog:aot=off",
        "-Xlog:cds=off",
        "-Xmx512m",
        "-XX:AOTCache=" + run.resolve("server.aot"),
        "-Dsallyport.haltAfterWrites=@" + folder.resolve("halt"),
        "-cp",
        Files.readString(run.resolve("server.classpath")),
        "dev.sallyport.server.Main",
        "--data",
        data.toString(),
        "--port",
        Integer.toString(port));
  }

  /// Starts the server, which must come up.
  void start() throws Exception {
    server = serverProcess();
    requireUp();
  }

  private void requireUp() throws Exception {
    assertThat(comesUp())
        .as("the server starts: %s", Files.readString(folder.resolve("server.err")))
        .isTrue();
  }

  /// Waits until the server answers; false where it died first.
  private boolean comesUp() throws Exception {
    for (int i = 0; i < 4800 && server.isAlive(); i++) {
      if (Files.exists(data.resolve("ca.pem")) && answers()) {
        return true;
      }
      Thread.sleep(25);
    }
    return false;
  }

  private boolean answers() {
    try {
      return call(HttpRequest.newBuilder(at("/v1/health")).build()).status() == 200;
    } catch (ServerGoneException e) {
      return false;
    }
  }

  /// The scratch folder that all of it is in.
  Path folder() {
    return folder;
  }

  /// The server's data folder.
  Path data() {
    return data;
  }

  /// The forge's issuer of tokens.
  LocalIssuer issuer() {
    return issuer;
  }

  /// Starts the server again with another line in its configuration.
  void reconfigure(String line, String other) throws Exception {
    Path config = data.resolve("config.yaml");
    String text = Files.readString(config);
    assertThat(text).contains(line);
    server.destroy();
    assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Files.writeString(config, text.replace(line, other));
    start();
  }

  /// From now on the server dies right after its `writes`-th write.
  void arm(long writes) throws IOException {
    Files.writeString(folder.resolve("halt.next"), Long.toString(writes));
    Files.move(folder.resolve("halt.next"), folder.resolve("halt"));
  }

  /// It does not die any more.
  void disarm() throws IOException {
    Files.deleteIfExists(folder.resolve("halt"));
  }

  /// The server died as it was told to, and no other way; it is started again.
  ///
  /// @param writes after how many it dies once more, if it makes that many before it answers; 0 for
  ///   never
  /// @return whether it died once more
  boolean rise(int writes) throws Exception {
    requireKilled();
    disarm();
    if (writes > 0) {
      arm(writes);
    }
    server = serverProcess();
    boolean up = comesUp();
    disarm();
    if (up && answers()) {
      return false;
    }
    requireKilled();
    start();
    return true;
  }

  private void requireKilled() throws Exception {
    assertThat(server.waitFor(30, TimeUnit.SECONDS)).as("no answer means that it died").isTrue();
    assertThat(server.exitValue())
        .as(Files.readString(folder.resolve("server.err")))
        .isEqualTo(KILLED);
  }

  /// The agent; it dies at `haltAt`, if that is not empty.
  private Process agent(String haltAt) throws Exception {
    Map<String, String> more =
        haltAt.isEmpty() ? Map.of() : Map.of("JDK_JAVA_OPTIONS", "-Dsallyport.haltAt=" + haltAt);
    Process process =
        process(
            "agent",
            more,
            Program.launcher().toString(),
            "agent",
            "host",
            "--config",
            folder.resolve("agent.yaml").toString());
    said("agent", process, "is ready");
    return process;
  }

  /// Puts an agent in the place of the one that runs, which is killed.
  void replaceAgent(String haltAt) throws Exception {
    agent.destroyForcibly().waitFor();
    agent = agent(haltAt);
  }

  /// Waits until the agent died where it was told to.
  void awaitAgentDead() throws Exception {
    assertThat(agent.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(agent.exitValue()).isEqualTo(KILLED);
  }

  private void enrol() throws Exception {
    Answer code =
        owner()
            .ask(
                "POST",
                "/v1/agents/code",
                """
                {"host":"web-1","services":["shop"],"environment":"prod"}
                """);
    Files.writeString(folder.resolve("code"), code.ok().path("code").asString());
    Program.Answer enrolled =
        Program.sallyport(
            folder,
            "agent",
            "enrol",
            "--server",
            at("").toString(),
            "--ca",
            data.resolve("ca.pem").toString(),
            "--code-file",
            "code",
            "--folder",
            "agent");
    assertThat(enrolled.exitCode()).as("%s", enrolled).isZero();
  }

  /// What the server answered.
  record Answer(int status, String body) {
    JsonNode json() {
      return Program.JSON.readTree(body);
    }

    /// The answer of a success.
    JsonNode ok() {
      assertThat(status).as(body).isBetween(200, 299);
      return json();
    }
  }

  private URI at(String path) {
    return URI.create("https://127.0.0.1:" + port + path);
  }

  private Answer call(HttpRequest request) {
    try {
      HttpResponse<String> response = client().send(request, HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body());
    } catch (IOException e) {
      throw new ServerGoneException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpClient client() {
    HttpClient known = client;
    if (known != null) {
      return known;
    }
    try (InputStream pem = Files.newInputStream(data.resolve("ca.pem"))) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, factory.getTrustManagers(), null);
      HttpClient made =
          HttpClient.newBuilder()
              .sslContext(context)
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(Duration.ofSeconds(5))
              .build();
      client = made;
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Somebody with a key and a token.
  final class Caller {
    private final SigningKey key = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
    private final String run;
    private final String token;

    private Caller(String run, String grant, String parameters) {
      this.run = run;
      Answer answer =
          call(
              HttpRequest.newBuilder(at("/v1/token"))
                  .header("Content-Type", "application/x-www-form-urlencoded")
                  .header("DPoP", proof("POST", "/v1/token", null))
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "grant_type="
                              + encoded("urn:ietf:params:oauth:grant-type:" + grant)
                              + parameters))
                  .build());
      this.token = answer.ok().path("access_token").asString();
    }

    /// Its run, as one contains it.
    String run() {
      return "run:git.example/1111/" + run;
    }

    private String proof(String method, String path, @Nullable String forToken) {
      return Dpop.prove(
          key, method, at(path), forToken, UUID.randomUUID().toString(), Instant.now());
    }

    Answer ask(String method, String path, String body) {
      return ask(method, path, body, UUID.randomUUID().toString());
    }

    Answer ask(String method, String path, String body, String retryKey) {
      return call(
          HttpRequest.newBuilder(at(path))
              .timeout(Duration.ofSeconds(30))
              .header("Authorization", "DPoP " + token)
              .header("DPoP", proof(method, path.replaceFirst("\\?.*", ""), token))
              .header("Content-Type", "application/json")
              .header("Idempotency-Key", retryKey)
              .method(method, HttpRequest.BodyPublishers.ofString(body))
              .build());
    }

    Answer get(String path) {
      return ask("GET", path, "");
    }

    private void endStep(String step, String digest) {
      call(HttpRequest.newBuilder(at("/v1/steps/end"))
              .header("DPoP", proof("POST", "/v1/steps/end", null))
              .header("Content-Type", "application/json")
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      """
                      {"step":"%s","exit":0,"seconds":1,"dependencies":[],"usedSecrets":[],
                       "products":[{"name":"release","digest":"%s"}]}
                      """
                          .formatted(step, digest)))
              .build())
          .ok();
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /// A fresh job of the shop's pipeline, with its token.
  Caller job() {
    String run = Integer.toString(++runs);
    return new Caller(
        run,
        "token-exchange",
        "&subject_token_type="
            + encoded("urn:ietf:params:oauth:token-type:jwt")
            + "&subject_token="
            + encoded(issuer.token(run, COMMIT, Map.of("ref_protected", "true"))));
  }

  /// The owner of the server's folder, with a token.
  Caller owner() {
    String assertion =
        OwnerAssertion.make(
            SigningKey.read(data.resolve("operator.key")),
            at("/v1/token"),
            UUID.randomUUID().toString(),
            Instant.now());
    return new Caller("", "jwt-bearer", "&assertion=" + encoded(assertion));
  }

  /// Builds a release in `job` by every rule, and puts it into the registry.
  ///
  /// @return its digest
  String release(Caller job) throws Exception {
    Path built = Files.createDirectories(folder.resolve("build-" + job.run));
    Files.writeString(built.resolve("said"), "release of run " + job.run + "\n");
    Path layer = folder.resolve("layer.tgz");
    Program.must(folder, "tar", "-C", built.toString(), "-czf", layer.toString(), "said");
    byte[] empty = "{}".getBytes(StandardCharsets.UTF_8);
    byte[] zipped = Files.readAllBytes(layer);
    push(empty);
    push(zipped);
    byte[] manifest =
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
        "artifactType":"application/vnd.example.release",\
        "config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"%s","size":2},\
        "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":%d}]}\
        """
            .formatted(digest(empty), digest(zipped), zipped.length)
            .getBytes(StandardCharsets.UTF_8);
    String digest = digest(manifest);
    send(
        HttpRequest.newBuilder(URI.create(registryAddress + "/v2/acme/shop/manifests/" + digest))
            .header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
            .PUT(HttpRequest.BodyPublishers.ofByteArray(manifest))
            .build());
    String step =
        job.ask(
                "POST",
                "/v1/steps",
                """
                {"action":"build","step":"build","commit":"%s","isolation":"same-user"}
                """
                    .formatted(COMMIT))
            .ok()
            .path("step")
            .asString();
    job.endStep(step, digest);
    job.ask("PUT", "/v1/evidence", provenance(digest)).ok();
    return digest;
  }

  private String provenance(String digest) {
    JsonNode predicate =
        Program.JSON.readTree(
            """
            {"buildDefinition":{"buildType":"https://example.com/build",
              "externalParameters":{"source":"https://git.example/acme/shop"},
              "resolvedDependencies":[{"uri":"https://git.example/acme/shop",
                "digest":{"gitCommit":"%s"}}]},
             "runDetails":{"builder":{"id":"https://git.example/runner"}}}
            """
                .formatted(COMMIT));
    var statement =
        new Statement(
            List.of(Statement.Subject.sha256("release", digest.substring("sha256:".length()))),
            "https://slsa.dev/provenance/v1",
            predicate);
    return new String(
        Envelope.sign(Envelope.IN_TOTO, statement.toJson(), builder).toJson(),
        StandardCharsets.UTF_8);
  }

  private void push(byte[] blob) throws Exception {
    HttpResponse<String> begun =
        send(
            HttpRequest.newBuilder(URI.create(registryAddress + "/v2/acme/shop/blobs/uploads/"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    URI upload =
        URI.create(registryAddress).resolve(begun.headers().firstValue("Location").orElseThrow());
    send(
        HttpRequest.newBuilder(URI.create(upload + "?digest=" + digest(blob)))
            .header("Content-Type", "application/octet-stream")
            .PUT(HttpRequest.BodyPublishers.ofByteArray(blob))
            .build());
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    HttpResponse<String> answer = PLAIN.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as("%s: %s", request, answer.body()).isBetween(200, 299);
    return answer;
  }

  private static String digest(byte[] bytes) throws GeneralSecurityException {
    return "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /// How many entries the log has.
  long size() {
    return call(HttpRequest.newBuilder(at("/v1/health")).build()).ok().path("treeSize").asLong();
  }

  /// The entries from `first` on, as JSON.
  List<JsonNode> entries(Caller owner, long first) {
    List<JsonNode> entries = new ArrayList<>();
    while (true) {
      JsonNode page =
          owner.get("/v1/ledger/entries?limit=100&from=" + (first + entries.size())).ok();
      page.path("entries")
          .forEach(one -> entries.add(Program.JSON.readTree(one.path("text").asString())));
      if (page.path("entries").isEmpty()) {
        return entries;
      }
    }
  }

  /// The place as the server knows it.
  JsonNode place(Caller owner) {
    return owner.get("/v1/releases").ok().path("places").path(0);
  }

  /// What the host's `current` link says that it runs.
  String linked() {
    try {
      return "sha256:" + folder.resolve("shop/current").toRealPath().getFileName();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits half a minute for `holds`.
  void eventually(String what, BooleanSupplier holds) throws Exception {
    for (int i = 0; i < 600 && !holds.getAsBoolean(); i++) {
      Thread.sleep(50);
    }
    assertThat(holds.getAsBoolean())
        .as(
            "%s; place %s; agent: %s; server: %s",
            what,
            place(owner()),
            Files.readString(folder.resolve("agent.err")),
            Files.readString(folder.resolve("server.err")))
        .isTrue();
  }

  /// Every entry is what was recorded, and nothing is missing.
  void requireWholeLog() throws Exception {
    server.destroy();
    assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Program.Answer answer = Program.sallyport(folder, "fsck", "--data", data.toString());
    assertThat(answer.exitCode()).as("%s", answer).isZero();
    assertThat(answer.out()).contains("every entry is what was recorded");
  }

  @Override
  public void close() {
    for (Process process : List.of(server, agent, registry)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    ProcessHandle.allProcesses()
        .filter(one ->
            one.info().arguments().stream()
                .flatMap(java.util.Arrays::stream)
                .anyMatch(word -> word.startsWith(folder + "/")))
        .forEach(ProcessHandle::destroyForcibly);
  }
}
