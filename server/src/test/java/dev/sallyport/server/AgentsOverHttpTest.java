package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.credential.OwnerAssertion;
import dev.sallyport.keys.CertificatePath;
import dev.sallyport.keys.ClientAuthority;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Hosts' agents and deploys over HTTP: who gets in where (range R22, R23).
class AgentsOverHttpTest {
  private static final String HEX = "ef".repeat(32);

  @TempDir static Path folder;
  private static TestServer server;
  private static TestServer.Client owner;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.start(TestServer.configured(folder));
    owner = server.new Client();
    String form =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
            + URLEncoder.encode(
                OwnerAssertion.make(
                    SigningKey.read(server.data.resolve("operator.key")),
                    server.at("/v1/token"),
                    UUID.randomUUID().toString(),
                    Instant.now()),
                StandardCharsets.UTF_8);
    owner.token =
        server
            .send(
                HttpRequest.newBuilder(server.at("/v1/token"))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .header("DPoP", owner.proof("POST", "/v1/token", null))
                    .POST(HttpRequest.BodyPublishers.ofString(form))
                    .build())
            .json()
            .path("access_token")
            .asString();
    server.job().evidence(TestServer.provenance(HEX, TestServer.BUILD));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static TestServer.Answer post(TestServer.Client who, String path, Object body) {
    return server.send(who.request("POST", path, TestServer.JSON.writeValueAsString(body)).build());
  }

  private static TestServer.Answer plain(String path, Object body) {
    return server.send(
        HttpRequest.newBuilder(server.at(path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(TestServer.JSON.writeValueAsString(body)))
            .build());
  }

  /// A host with its own certificate.
  private static final class Host {
    final SigningKey key = SigningKey.generate(KeyAlgorithm.ECDSA_P256, TestServer.RANDOM);
    final HttpClient client;

    /// Without one.
    Host() throws Exception {
      KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
      KeyStore none = KeyStore.getInstance("PKCS12");
      none.load(null, null);
      keys.init(none, new char[0]);
      client = client(keys);
    }

    Host(String name, String environment, String... services) throws Exception {
      TestServer.Answer code =
          post(
              owner,
              "/v1/agents/code",
              Map.of("host", name, "services", services, "environment", environment));
      assertThat(code.status()).as(code.body()).isEqualTo(201);
      TestServer.Answer welcome =
          plain(
              "/v1/agents",
              Map.of(
                  "code",
                  code.json().path("code").asString(),
                  "csr",
                  ClientAuthority.request(key, "x")));
      assertThat(welcome.status()).as(welcome.body()).isEqualTo(200);
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, null);
      own.setKeyEntry(
          "k",
          key.jdkKey(),
          new char[0],
          new Certificate[] {
            CertificatePath.readPem(welcome.json().path("certificate").asString()).getFirst()
          });
      KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
      keys.init(own, new char[0]);
      client = client(keys);
    }

    private static HttpClient client(KeyManagerFactory keys) throws Exception {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry(
          "ca",
          CertificatePath.readPem(Files.readString(server.data.resolve("ca.pem"))).getFirst());
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return HttpClient.newBuilder()
          .sslContext(context)
          .version(HttpClient.Version.HTTP_1_1)
          .build();
    }

    HttpResponse<String> says(String path, Object body) throws Exception {
      String base =
          TestServer.JSON
              .readTree(Files.readString(server.data.resolve("server.json")))
              .path("agentUrl")
              .asString();
      return client.send(
          HttpRequest.newBuilder(URI.create(base + path))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(TestServer.JSON.writeValueAsString(body)))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }

    JsonNode redeem(String ticket, String nonce) throws Exception {
      return TestServer.JSON.readTree(
          says("/v1/tickets/redeem", Map.of("ticket", ticket, "nonce", nonce)).body());
    }
  }

  private static TestServer.Answer deploy(TestServer.Client job, String artifact) {
    return post(
        job,
        "/v1/deploys",
        Map.of(
            "service", "shop",
            "environment", "staging",
            "artifact", artifact,
            "repository", "acme/shop"));
  }

  @Test
  void a_ruling_becomes_a_ticket_that_only_its_host_redeems_once() throws Exception {
    Host host = new Host("web-1", "staging", "shop");
    Host other = new Host("web-2", "staging", "cart");
    TestServer.Client job = server.job();
    TestServer.Answer ruled = deploy(job, "sha256:" + HEX);
    assertThat(ruled.status()).as(ruled.body()).isEqualTo(201);
    String ticket = ruled.json().path("ticket").asString();

    // R23: from a log, without the key it is bound to.
    assertThat(post(server.job(), "/v1/deploys/start", Map.of("ticket", ticket)).body())
        .contains("another key");
    assertThat(post(job, "/v1/deploys/start", Map.of("ticket", ticket)).status()).isEqualTo(200);

    JsonNode work =
        TestServer.JSON.readTree(
            host.says(
                    "/v1/agents/work",
                    Map.of(
                        "places",
                        new Object[] {Map.of("service", "shop", "environment", "staging")},
                        "waitSeconds",
                        1))
                .body());
    assertThat(work.path("tickets").path(0).path("ticket").asString()).isNotEmpty();
    assertThat(other.redeem(ticket, "n").path("detail").asString()).contains("another host");
    JsonNode granted = host.redeem(ticket, "n");
    assertThat(granted.path("digest").asString()).isEqualTo("sha256:" + HEX);
    assertThat(host.redeem(ticket, "n")).isEqualTo(granted);
    assertThat(host.redeem(ticket, "m").path("detail").asString()).contains("used before");

    var live =
        Map.of(
            "service", "shop",
            "environment", "staging",
            "deployment", granted.path("deployment").asString(),
            "digest", "sha256:" + HEX,
            "state", "live",
            "health", "healthy");
    assertThat(other.says("/v1/agents/report", Map.of("places", new Object[] {live})).statusCode())
        .isEqualTo(404);
    assertThat(host.says("/v1/agents/report", Map.of("places", new Object[] {live})).body())
        .contains(granted.path("deployment").asString());
    String path = "/v1/deploys?id=" + granted.path("deployment").asString();
    assertThat(server.send(job.request("GET", path, "").build()).body())
        .contains("\"state\":\"live\"");
    TestServer.Answer places = server.send(owner.request("GET", "/v1/releases", "").build());
    assertThat(places.json().path("places").findValuesAsString("reported"))
        .contains("sha256:" + HEX);
    assertThat(server.send(job.request("GET", "/v1/releases", "").build()).status()).isEqualTo(403);
    HttpResponse<String> renewed =
        host.says("/v1/agents/renew", Map.of("csr", ClientAuthority.request(host.key, "x")));
    assertThat(renewed.body()).contains("BEGIN CERTIFICATE");
  }

  @Test
  void r22_a_tag_is_refused() {
    TestServer.Answer answer = deploy(server.job(), "acme/shop:latest");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("never by a tag");
  }

  @Test
  void what_is_not_proved_gets_no_ticket_and_learns_why() {
    TestServer.Answer answer = deploy(server.job(), "sha256:" + "00".repeat(32));
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.json().path("advice").isEmpty()).isFalse();
    assertThat(answer.body()).doesNotContain("\"ticket\"");
  }

  @Test
  void without_a_certificate_of_ours_nobody_speaks_on_the_port_for_machines() throws Exception {
    var stranger = new Host();
    assertThatThrownBy(() -> stranger.says("/v1/agents/report", Map.of("places", new Object[0])))
        .isInstanceOf(IOException.class);
    TestServer.Answer onThePlainPort = plain("/v1/agents/report", Map.of("places", new Object[0]));
    assertThat(onThePlainPort.status()).isEqualTo(401);
    assertThat(onThePlainPort.body()).contains("no-certificate");
  }

  @Test
  void only_the_owner_makes_codes() {
    TestServer.Answer answer =
        post(
            server.job(),
            "/v1/agents/code",
            Map.of("host", "evil", "services", new String[] {"x"}, "environment", "prod"));
    assertThat(answer.status()).isEqualTo(403);
    assertThat(plain("/v1/agents", Map.of("code", "abcdef-" + "a".repeat(20), "csr", "x")).status())
        .isEqualTo(403);
  }
}
