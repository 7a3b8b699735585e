package dev.sallyport.server;

import dev.sallyport.attest.Envelope;
import dev.sallyport.attest.Statement;
import dev.sallyport.credential.Dpop;
import dev.sallyport.credential.OwnerAssertion;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A real server in this process, on a free port, and a client that trusts its authority.
final class TestServer implements AutoCloseable {
  static final SecureRandom RANDOM = new SecureRandom();
  static final SigningKey BUILD = SigningKey.generate(KeyAlgorithm.ED25519, RANDOM);
  static final SigningKey TEST = SigningKey.generate(KeyAlgorithm.ED25519, RANDOM);
  static final SigningKey STRANGER = SigningKey.generate(KeyAlgorithm.ED25519, RANDOM);
  static final JsonMapper JSON = new JsonMapper();

  final Path data;
  final RunningServer server;
  final HttpClient client;
  final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  private TestServer(Path data) {
    this.data = data;
    this.server =
        RunningServer.start(
            new Arguments(false, data, 0),
            Clock.systemUTC(),
            RANDOM,
            new PrintStream(printed, true, StandardCharsets.UTF_8),
            true);
    this.client =
        HttpClient.newBuilder()
            .sslContext(trusting(data.resolve("ca.pem")))
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  static TestServer start(Path data) {
    return new TestServer(data);
  }

  /// A data folder with a configuration for [Job]'s tokens and the keys above.
  static Path configured(Path folder) throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    Files.setPosixFilePermissions(
        data, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
    Files.writeString(data.resolve("jwks.json"), Job.jwks());
    Files.writeString(data.resolve("build.pem"), BUILD.publicKey().pem());
    Files.writeString(data.resolve("test.pem"), TEST.publicKey().pem());
    Files.writeString(
        data.resolve("config.yaml"),
        """
        profile: baseline
        issuers:
          - url: https://token.actions.example.com
            forge: github.com
            kind: github
            audience: sallyport
            jwksFile: jwks.json
            trusted:
              repository_owner_id: ["12"]
        signers:
          - name: builder
            roles: [build]
            keyFile: build.pem
          - name: tester
            roles: [test]
            keyFile: test.pem
        environments:
          - id: staging
            production: false
            sources: [github.com/345]
          - id: prod
            production: true
            sources: [github.com/345]
        repositories:
          - id: github.com/345
            name: acme/shop
            urls: ["https://github.com/acme/shop"]
        """);
    return data;
  }

  private static SSLContext trusting(Path authority) {
    try (InputStream pem = Files.newInputStream(authority)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  URI at(String path) {
    return URI.create(server.url() + path);
  }

  /// An answer, its JSON read when asked for.
  record Answer(int status, String body, HttpResponse<String> response) {
    JsonNode json() {
      return JSON.readTree(body);
    }
  }

  Answer send(HttpRequest request) {
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body(), response);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  Answer get(String path) {
    return send(HttpRequest.newBuilder(at(path)).build());
  }

  /// A caller with a key of its own and, once exchanged, a token.
  final class Client {
    final SigningKey key = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
    String token = "";

    String proof(String method, String path, @Nullable String forToken) {
      return Dpop.prove(
          key, method, at(path), forToken, UUID.randomUUID().toString(), Instant.now());
    }

    Answer exchange(String ciToken) {
      return exchange(ciToken, proof("POST", "/v1/token", null));
    }

    Answer exchange(String ciToken, String proof) {
      String form =
          "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
              + "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&subject_token="
              + URLEncoder.encode(ciToken, StandardCharsets.UTF_8);
      Answer answer =
          send(
              HttpRequest.newBuilder(at("/v1/token"))
                  .header("Content-Type", "application/x-www-form-urlencoded")
                  .header("DPoP", proof)
                  .POST(HttpRequest.BodyPublishers.ofString(form))
                  .build());
      if (answer.status() == 200) {
        token = answer.json().path("access_token").asString();
      }
      return answer;
    }

    HttpRequest.Builder request(String method, String path, String body) {
      return HttpRequest.newBuilder(at(path))
          .header("Authorization", "DPoP " + token)
          .header("DPoP", proof(method, path.replaceFirst("\\?.*", ""), token))
          .header("Content-Type", "application/json")
          .method(method, HttpRequest.BodyPublishers.ofString(body));
    }

    /// To this client's own server.
    Answer send(HttpRequest request) {
      return TestServer.this.send(request);
    }

    Answer decide(String body) {
      return send(request("POST", "/v1/decisions", body).build());
    }

    Answer decide(String body, String retryKey) {
      return send(
          request("POST", "/v1/decisions", body).header("Idempotency-Key", retryKey).build());
    }

    Answer evidence(byte[] envelope) {
      return send(
          request("PUT", "/v1/evidence", new String(envelope, StandardCharsets.UTF_8)).build());
    }
  }

  /// A job of the configured repository that exchanged its token.
  Client job() {
    return job(Map.of());
  }

  Client job(Map<String, Object> otherClaims) {
    var claims = Job.claims(Instant.now());
    claims.putAll(otherClaims);
    Client client = new Client();
    Answer answer = client.exchange(Job.token(claims));
    if (answer.status() != 200) {
      throw new AssertionError(answer.body());
    }
    return client;
  }

  /// The owner of the server's folder, with a token.
  Client owner() {
    Client client = new Client();
    String assertion =
        OwnerAssertion.make(
            SigningKey.read(data.resolve("operator.key")),
            at("/v1/token"),
            UUID.randomUUID().toString(),
            Instant.now());
    String form =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
            + URLEncoder.encode(assertion, StandardCharsets.UTF_8);
    Answer answer =
        send(
            HttpRequest.newBuilder(at("/v1/token"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("DPoP", client.proof("POST", "/v1/token", null))
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .build());
    client.token = answer.json().path("access_token").asString();
    return client;
  }

  static String deploy(String environment, String hex) {
    return """
    {"action":"deploy","resource":{"type":"Environment","id":"%s"},
     "claimed":{"artifact":"sha256:%s"}}
    """
        .formatted(environment, hex);
  }

  /// Provenance as `sallyport attest` writes it.
  static byte[] provenance(String hex, SigningKey key) {
    return provenance(List.of(hex), key);
  }

  static byte[] provenance(List<String> hexes, SigningKey key) {
    JsonNode predicate =
        JSON.readTree(
            """
            {"buildDefinition":{"buildType":"https://example.com/build",
              "externalParameters":{"source":"https://github.com/acme/shop"},
              "resolvedDependencies":[{"uri":"https://github.com/acme/shop",
                "digest":{"gitCommit":"0123456789abcdef0123456789abcdef01234567"}}]},
             "runDetails":{"builder":{"id":"https://github.com/actions/runner"}}}
            """);
    return statement(hexes, "https://slsa.dev/provenance/v1", predicate, key);
  }

  static byte[] tests(String hex, String result, SigningKey key) {
    JsonNode predicate =
        JSON.readTree(
            """
            {"result":"%s","passedTests":["a","b"],"failedTests":[]}
            """
                .formatted(result));
    return statement(
        List.of(hex), "https://in-toto.io/attestation/test-result/v0.1", predicate, key);
  }

  static byte[] statement(List<String> hexes, String type, JsonNode predicate, SigningKey key) {
    var subjects = new ArrayList<Statement.Subject>();
    hexes.forEach(hex -> subjects.add(Statement.Subject.sha256("app", hex)));
    byte[] payload = new Statement(subjects, type, predicate).toJson();
    return Envelope.sign(Envelope.IN_TOTO, payload, key).toJson();
  }

  @Override
  public void close() {
    server.close();
  }
}
