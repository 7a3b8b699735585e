package dev.sallyport.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.RSAKey;
import dev.sallyport.credential.Checked.Reason;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Tokens of CI jobs: what is taken, and every forged one that is not (range R10, R11, R13).
class TokenVerifierTest {
  private static final JWSHeader RS256 =
      new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rsa-1").build();

  private static CiToken accepted(String token) {
    return switch (FakeIssuer.verifier().verify(token, FakeIssuer.NOW)) {
      case Checked.Accepted<CiToken>(CiToken value) -> value;
      case Checked.Refused<CiToken> refused -> throw new AssertionError(refused);
    };
  }

  private static void refused(String token, Reason reason) {
    refused(FakeIssuer.verifier(), token, FakeIssuer.NOW, reason);
  }

  private static void refused(TokenVerifier verifier, String token, Instant now, Reason reason) {
    switch (verifier.verify(token, now)) {
      case Checked.Accepted<CiToken>(CiToken value) ->
          throw new AssertionError("was accepted: " + value);
      case Checked.Refused<CiToken> refused -> {
        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(token.length() > 20 && refused.detail().contains(token)).isFalse();
      }
    }
  }

  private static Map<String, Object> with(String name, Object value) {
    Map<String, Object> claims = FakeIssuer.claims();
    claims.put(name, value);
    return claims;
  }

  private static Map<String, Object> without(String name) {
    Map<String, Object> claims = FakeIssuer.claims();
    claims.remove(name);
    return claims;
  }

  @Test
  void a_jobs_token_gives_its_immutable_identity() {
    CiToken token = accepted(FakeIssuer.token(FakeIssuer.claims()));
    assertThat(token.workload()).isEqualTo("github.com/12/345");
    assertThat(token.repository()).isEqualTo("github.com/345");
    assertThat(token.claims())
        .containsEntry("repositoryName", "acme/shop")
        .containsEntry("ref", "refs/heads/main")
        .containsEntry("fork", "false");
  }

  @Test
  void identity_does_not_follow_names_or_sub() {
    CiToken before = accepted(FakeIssuer.token(FakeIssuer.claims()));
    Map<String, Object> renamed = with("repository", "other/name");
    renamed.put("sub", "repo:other@12/name@345:environment:prod");
    assertThat(accepted(FakeIssuer.token(renamed)).workload()).isEqualTo(before.workload());
  }

  @Test
  void a_repository_registered_again_under_the_old_name_is_refused() {
    refused(FakeIssuer.token(with("repository_owner_id", "13")), Reason.CLAIMS);
    refused(FakeIssuer.token(without("repository_owner_id")), Reason.CLAIMS);
    refused(FakeIssuer.token(without("repository_id")), Reason.CLAIMS);
    refused(FakeIssuer.token(with("repository_id", "345/../1")), Reason.CLAIMS);
  }

  @Test
  void pull_requests_count_as_foreign_whoever_opened_them() {
    for (String event : List.of("pull_request", "pull_request_target", "pull_request_review")) {
      assertThat(accepted(FakeIssuer.token(with("event_name", event))).claims())
          .containsEntry("fork", "true");
    }
    assertThat(accepted(FakeIssuer.token(without("event_name"))).claims())
        .containsEntry("fork", "true");
  }

  @Test
  void gitlab_jobs_that_run_a_forks_merge_request_count_as_foreign() {
    var issuer =
        new Issuer(
            FakeIssuer.URL,
            "github.com",
            FakeIssuer.AUDIENCE,
            Set.of("RS256"),
            Issuer.Kind.GITLAB,
            Map.of("namespace_id", List.of("7")),
            Duration.ofMinutes(10));
    Map<String, Object> claims = with("namespace_id", "7");
    claims.put("project_id", 99);
    claims.put("job_project_id", "100");
    var verifier = FakeIssuer.verifier(issuer);
    assertThat(verifier.verify(FakeIssuer.token(claims), FakeIssuer.NOW))
        .isInstanceOfSatisfying(
            Checked.Accepted.class,
            accepted -> {
              var token = (CiToken) accepted.value();
              assertThat(token.workload()).isEqualTo("github.com/7/99");
              assertThat(token.claims()).containsEntry("fork", "true");
            });
  }

  @Test
  void alg_none_is_refused() {
    String payload = FakeIssuer.token(FakeIssuer.claims()).split("\\.")[1];
    String none = base64("{\"alg\":\"none\"}") + "." + payload + ".";
    refused(none, Reason.MALFORMED);
    refused(none + "AA", Reason.ALGORITHM);
    refused(base64("{\"alg\":\"nOnE\"}") + "." + payload + ".AA", Reason.ALGORITHM);
    refused(base64("{\"typ\":\"JWT\"}") + "." + payload + ".AA", Reason.ALGORITHM);
  }

  @Test
  void the_public_key_as_an_hmac_secret_is_refused() throws JOSEException {
    var header = new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("rsa-1").build();
    var jws = new JWSObject(header, new Payload(FakeIssuer.claims()));
    jws.sign(new MACSigner(FakeIssuer.RSA.toRSAPublicKey().getEncoded()));
    refused(jws.serialize(), Reason.ALGORITHM);
  }

  @Test
  void an_algorithm_the_issuer_may_not_use_is_refused_though_its_key_would_fit() {
    var header = new JWSHeader.Builder(JWSAlgorithm.PS256).keyID("rsa-1").build();
    refused(FakeIssuer.token(header, FakeIssuer.claims(), FakeIssuer.RSA), Reason.ALGORITHM);
  }

  @Test
  void another_key_under_the_same_name_is_refused() {
    RSAKey forged = FakeIssuer.rsa("rsa-1");
    refused(FakeIssuer.token(RS256, FakeIssuer.claims(), forged), Reason.SIGNATURE);
  }

  @Test
  void a_key_brought_along_in_the_header_is_never_looked_at() {
    RSAKey own = FakeIssuer.rsa("own");
    var header =
        new JWSHeader.Builder(JWSAlgorithm.RS256)
            .keyID("own")
            .jwk(own.toPublicJWK())
            .jwkURL(URI.create("https://evil.example.com/jwks"))
            .x509CertURL(URI.create("https://evil.example.com/cert"))
            .build();
    refused(FakeIssuer.token(header, FakeIssuer.claims(), own), Reason.UNKNOWN_KEY);
  }

  @Test
  void a_key_id_is_a_name_and_never_a_path_or_a_query() {
    for (String keyId :
        List.of(
            "../../../../dev/null",
            "/etc/passwd",
            "rsa-1' OR '1'='1",
            "https://evil.example.com/k",
            "rsa-1\u0000",
            "RSA-1",
            "",
            "x".repeat(100_00))) {
      var header = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(keyId).build();
      String token = FakeIssuer.token(header, FakeIssuer.claims(), FakeIssuer.RSA);
      Checked<CiToken> verdict = FakeIssuer.verifier().verify(token, FakeIssuer.NOW);
      assertThat(verdict).as(keyId).isInstanceOf(Checked.Refused.class);
    }
    String numeric =
        base64("{\"alg\":\"RS256\",\"kid\":1}")
            + FakeIssuer.token(FakeIssuer.claims()).replaceFirst("^[^.]+", "");
    refused(numeric, Reason.MALFORMED);
  }

  @Test
  void a_look_alike_issuer_is_refused() {
    for (Object issuer :
        List.of(
            FakeIssuer.URL + "/",
            FakeIssuer.URL + ".evil.example.com",
            FakeIssuer.URL.replace("https", "http"),
            FakeIssuer.URL.toUpperCase(java.util.Locale.ROOT),
            FakeIssuer.URL.replace("a", "\u0430"),
            " " + FakeIssuer.URL,
            "",
            List.of(FakeIssuer.URL),
            7)) {
      refused(FakeIssuer.token(with("iss", issuer)), Reason.UNKNOWN_ISSUER);
    }
    refused(FakeIssuer.token(without("iss")), Reason.UNKNOWN_ISSUER);
  }

  @Test
  void a_token_for_another_audience_or_for_others_too_is_refused() {
    for (Object audience :
        List.of(
            "https://github.com/acme",
            FakeIssuer.AUDIENCE + "/",
            List.of(),
            List.of(FakeIssuer.AUDIENCE, "https://other.example.com"),
            Map.of("aud", FakeIssuer.AUDIENCE),
            true)) {
      refused(FakeIssuer.token(with("aud", audience)), Reason.AUDIENCE);
    }
    refused(FakeIssuer.token(without("aud")), Reason.AUDIENCE);
    accepted(FakeIssuer.token(with("aud", List.of(FakeIssuer.AUDIENCE))));
  }

  @Test
  void an_expired_token_is_refused_and_so_is_an_old_one() {
    String token = FakeIssuer.token(FakeIssuer.claims());
    TokenVerifier verifier = FakeIssuer.verifier();
    refused(verifier, token, FakeIssuer.NOW.plusSeconds(326), Reason.EXPIRED);
    Map<String, Object> old = with("iat", FakeIssuer.NOW.getEpochSecond() - 3600);
    refused(FakeIssuer.token(old), Reason.EXPIRED);
    Map<String, Object> longLived = with("exp", FakeIssuer.NOW.getEpochSecond() + 90_000);
    refused(FakeIssuer.token(longLived), Reason.CLAIMS);
  }

  @Test
  void a_token_of_the_future_is_refused() {
    long soon = FakeIssuer.NOW.getEpochSecond() + 60;
    refused(FakeIssuer.token(with("iat", soon)), Reason.NOT_YET_VALID);
    refused(FakeIssuer.token(with("nbf", soon)), Reason.NOT_YET_VALID);
    refused(FakeIssuer.token(with("nbf", "soon")), Reason.NOT_YET_VALID);
  }

  @Test
  void missing_or_odd_times_are_refused() {
    for (String name : List.of("exp", "iat")) {
      refused(FakeIssuer.token(without(name)), Reason.CLAIMS);
      refused(FakeIssuer.token(with(name, "1")), Reason.CLAIMS);
      refused(FakeIssuer.token(with(name, 1.5)), Reason.CLAIMS);
      refused(FakeIssuer.token(with(name, -1)), Reason.CLAIMS);
      refused(FakeIssuer.token(with(name, Long.MAX_VALUE)), Reason.CLAIMS);
    }
  }

  @Test
  void a_doubled_claim_is_refused() {
    String json = new Payload(FakeIssuer.claims()).toString();
    String doubled = "{\"repository_owner_id\":\"666\"," + json.substring(1);
    refused(
        FakeIssuer.token(RS256, doubled.getBytes(StandardCharsets.UTF_8), FakeIssuer.RSA),
        Reason.MALFORMED);
  }

  @Test
  void deep_or_huge_or_broken_tokens_are_refused() {
    String deep = "{\"a\":" + "[".repeat(1000) + "]".repeat(1000) + "}";
    refused(
        FakeIssuer.token(RS256, deep.getBytes(StandardCharsets.UTF_8), FakeIssuer.RSA),
        Reason.MALFORMED);
    refused(FakeIssuer.token(with("x", "y".repeat(20_000))), Reason.MALFORMED);
    String good = FakeIssuer.token(FakeIssuer.claims());
    for (String bad :
        List.of(
            "", ".", "..", "...", good + ".", good + "=", good + ".x.y", " " + good, "é" + good)) {
      refused(bad, Reason.MALFORMED);
    }
    refused(
        FakeIssuer.token(RS256, "[]".getBytes(StandardCharsets.UTF_8), FakeIssuer.RSA),
        Reason.MALFORMED);
  }

  @Test
  void a_token_that_wants_an_extension_understood_is_refused() {
    var header =
        new JWSHeader.Builder(JWSAlgorithm.RS256)
            .keyID("rsa-1")
            .criticalParams(Set.of("x"))
            .customParam("x", 1)
            .build();
    refused(FakeIssuer.token(header, FakeIssuer.claims(), FakeIssuer.RSA), Reason.MALFORMED);
  }

  @Test
  void every_changed_byte_of_a_token_is_refused() {
    String good = FakeIssuer.token(FakeIssuer.claims());
    for (int i = 0; i < good.length(); i += 7) {
      char other = good.charAt(i) == 'A' ? 'B' : 'A';
      String changed = good.substring(0, i) + other + good.substring(i + 1);
      assertThat(FakeIssuer.verifier().verify(changed, FakeIssuer.NOW))
          .isInstanceOf(Checked.Refused.class);
    }
  }

  @Test
  void a_respelt_signature_does_not_make_a_token_new() throws Exception {
    var header = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("ec-1").build();
    Map<String, Object> claims = without("jti");
    String token = FakeIssuer.token(header, claims, FakeIssuer.EC);
    String respelt = mirrored(token);
    assertThat(respelt).isNotEqualTo(token);
    assertThat(accepted(respelt).replayId()).isEqualTo(accepted(token).replayId());
    assertThat(accepted(FakeIssuer.token(header, FakeIssuer.claims(), FakeIssuer.EC)).replayId())
        .isNotEqualTo(accepted(token).replayId());
  }

  /// (r, s) and (r, n - s) are both signatures of the same thing.
  private static String mirrored(String token) throws JOSEException {
    BigInteger order = FakeIssuer.EC.toECPublicKey().getParams().getOrder();
    int dot = token.lastIndexOf('.');
    byte[] signature = Base64.getUrlDecoder().decode(token.substring(dot + 1));
    var s = new BigInteger(1, Arrays.copyOfRange(signature, 32, 64));
    byte[] other = order.subtract(s).toByteArray();
    byte[] mirrored = Arrays.copyOf(signature, 64);
    Arrays.fill(mirrored, 32, 64, (byte) 0);
    int length = Math.min(32, other.length);
    System.arraycopy(other, other.length - length, mirrored, 64 - length, length);
    return token.substring(0, dot + 1)
        + Base64.getUrlEncoder().withoutPadding().encodeToString(mirrored);
  }

  @Test
  void keys_that_cannot_be_had_refuse_everything() {
    var verifier = new TokenVerifier(List.of(FakeIssuer.github()), (_, _) -> Optional.empty());
    refused(
        verifier, FakeIssuer.token(FakeIssuer.claims()), FakeIssuer.NOW, Reason.KEYS_UNAVAILABLE);
  }

  @Test
  void a_new_key_of_the_issuer_is_looked_for_once() {
    var asked = new AtomicInteger();
    var verifier =
        new TokenVerifier(
            List.of(FakeIssuer.github()),
            (_, missed) -> {
              asked.incrementAndGet();
              return Optional.of(missed ? FakeIssuer.keys(FakeIssuer.RSA) : FakeIssuer.keys());
            });
    assertThat(verifier.verify(FakeIssuer.token(FakeIssuer.claims()), FakeIssuer.NOW))
        .isInstanceOf(Checked.Accepted.class);
    assertThat(asked).hasValue(2);
  }

  @Test
  void weak_symmetric_and_private_keys_in_a_key_set_are_not_used() throws JOSEException {
    String symmetric = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"rsa-1\"}]}";
    assertThat(TrustedKeys.parse(symmetric.getBytes(StandardCharsets.UTF_8)).size()).isZero();
    String secret = "{\"keys\":[" + FakeIssuer.RSA.toJSONString() + "]}";
    assertThatThrownBy(() -> TrustedKeys.parse(secret.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class);
    for (String bad : List.of("", "[]", "{}", "null", "{\"keys\":1}")) {
      assertThatThrownBy(() -> TrustedKeys.parse(bad.getBytes(StandardCharsets.UTF_8)))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void an_issuer_without_audience_or_trusted_ids_is_not_configured() {
    assertThatThrownBy(() ->
            new Issuer(
                "https://a",
                "a",
                "",
                Set.of("RS256"),
                Issuer.Kind.GITHUB,
                Map.of("x", List.of("1")),
                Duration.ofMinutes(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new Issuer(
                "https://a",
                "a",
                "b",
                Set.of("RS256"),
                Issuer.Kind.GITHUB,
                Map.of(),
                Duration.ofMinutes(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new Issuer(
                "https://a",
                "a",
                "b",
                Set.of("HS256"),
                Issuer.Kind.GITHUB,
                Map.of("x", List.of("1")),
                Duration.ofMinutes(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
