package dev.sallyport.server.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.sun.net.httpserver.HttpServer;
import dev.sallyport.credential.Issuer;
import dev.sallyport.server.settings.Settings.TrustedIssuer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Keys from an address: within bounds, kept for a while, never hammered.
class IssuerKeysTest {
  private static final Issuer ISSUER =
      new Issuer(
          "https://issuer.example.com",
          "example.com",
          "sallyport",
          Set.of("ES256"),
          Issuer.Kind.GENERIC,
          Map.of("sub", List.of("a")),
          Duration.ofMinutes(10));

  private final AtomicInteger asked = new AtomicInteger();
  private volatile int status = 200;
  private volatile String location = "";
  private volatile byte[] body = new byte[0];
  private HttpServer server;
  private Instant now = Instant.parse("2026-11-25T12:00:00Z");

  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now;
        }
      };

  IssuerKeysTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
  }

  @BeforeEach
  void start() throws JOSEException {
    body =
        new JWKSet(new ECKeyGenerator(Curve.P_256).keyID("k").generate())
            .toPublicJWKSet()
            .toString()
            .getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          if (!location.isEmpty()) {
            exchange.getResponseHeaders().set("Location", location);
          }
          byte[] answer = body;
          exchange.sendResponseHeaders(status, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/jwks");
  }

  private IssuerKeys keys() {
    return new IssuerKeys(
        List.of(new TrustedIssuer(ISSUER, address(), null)), new JwksFetcher(), clock);
  }

  @Test
  void keys_are_asked_for_once_while_they_are_fresh() {
    IssuerKeys keys = keys();
    for (int i = 0; i < 5; i++) {
      assertThat(keys.keys(ISSUER, false)).isPresent();
    }
    assertThat(asked).hasValue(1);
    now = now.plus(Duration.ofMinutes(11));
    assertThat(keys.keys(ISSUER, false)).isPresent();
    assertThat(asked).hasValue(2);
  }

  @Test
  void forged_key_ids_cannot_make_us_hammer_an_issuer() {
    IssuerKeys keys = keys();
    for (int i = 0; i < 100; i++) {
      keys.keys(ISSUER, true);
    }
    assertThat(asked).hasValue(1);
    now = now.plusSeconds(31);
    keys.keys(ISSUER, true);
    assertThat(asked).hasValue(2);
  }

  @Test
  void an_issuer_that_cannot_be_reached_is_taken_for_an_hour_and_then_nobody_is() {
    IssuerKeys keys = keys();
    assertThat(keys.keys(ISSUER, false)).isPresent();
    status = 500;
    now = now.plus(Duration.ofMinutes(40));
    assertThat(keys.keys(ISSUER, false)).isPresent();
    now = now.plus(Duration.ofMinutes(21));
    assertThat(keys.keys(ISSUER, false)).isEmpty();
    assertThat(keys().keys(ISSUER, false)).isEmpty();
  }

  @Test
  void redirects_huge_answers_and_other_things_are_refused() {
    var fetcher = new JwksFetcher();
    status = 302;
    location = "http://169.254.169.254/latest/meta-data";
    assertThatThrownBy(() -> fetcher.fetch(address())).isInstanceOf(IOException.class);
    assertThat(asked).hasValue(1);
    status = 200;
    location = "";
    body = new byte[300 * 1024];
    assertThatThrownBy(() -> fetcher.fetch(address())).isInstanceOf(IOException.class);
    body = "<html>".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> fetcher.fetch(address())).isInstanceOf(IOException.class);
  }
}
