package dev.sallyport.credential;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.ECKey;
import dev.sallyport.credential.Checked.Reason;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Our own tokens and the proofs that must come with them (RFC 9449).
class BoundTokensTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final SigningKey SERVER = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
  private static final SigningKey CLIENT = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
  private static final SigningKey THIEF = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
  private static final BoundTokens TOKENS = new BoundTokens(SERVER, "sallyport/test");
  private static final URI ADDRESS = URI.create("https://127.0.0.1:8443/v1/decisions");
  private static final Instant NOW = FakeIssuer.NOW;
  private static final BoundTokens.Holder HOLDER =
      new BoundTokens.Holder(
          "github.com/12/345", "github.com/345", "github", Map.of("ref", "main"));

  private static <T> T accepted(Checked<T> checked) {
    return switch (checked) {
      case Checked.Accepted<T>(T value) -> value;
      case Checked.Refused<T> refused -> throw new AssertionError(refused);
    };
  }

  private static void refused(Checked<?> checked, Reason reason) {
    assertThat(checked)
        .isInstanceOfSatisfying(
            Checked.Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
  }

  private static Checked<Dpop.Proof> verify(String proof, String token) {
    return Dpop.verify(proof, "POST", List.of(ADDRESS), token, NOW);
  }

  private static String minted() {
    Dpop.Proof proof =
        accepted(
            Dpop.verify(
                Dpop.prove(CLIENT, "POST", ADDRESS, null, "x", NOW),
                "POST",
                List.of(ADDRESS),
                null,
                NOW));
    return TOKENS.mint("t-1", HOLDER, proof.thumbprint(), NOW).token();
  }

  private static Dpop.Proof proof(SigningKey key, String token) {
    return accepted(verify(Dpop.prove(key, "POST", ADDRESS, token, "p-1", NOW), token));
  }

  @Test
  void a_minted_token_is_taken_from_the_key_it_is_bound_to() {
    String token = minted();
    BoundTokens.Presented presented =
        accepted(TOKENS.verify(token, proof(CLIENT, token), NOW.plusSeconds(1)));
    assertThat(presented.holder()).isEqualTo(HOLDER);
    assertThat(presented.expires()).isEqualTo(NOW.plusSeconds(300));
  }

  @Test
  void a_stolen_token_is_refused_with_another_key() {
    String token = minted();
    refused(TOKENS.verify(token, proof(THIEF, token), NOW), Reason.BINDING);
  }

  @Test
  void a_token_ends_after_five_minutes_to_the_second() {
    String token = minted();
    accepted(TOKENS.verify(token, proof(CLIENT, token), NOW.plusSeconds(299)));
    refused(TOKENS.verify(token, proof(CLIENT, token), NOW.plusSeconds(300)), Reason.EXPIRED);
  }

  @Test
  void a_token_of_another_server_or_another_type_is_refused() {
    String token = minted();
    var other = new BoundTokens(THIEF, "sallyport/test");
    refused(other.verify(token, proof(CLIENT, token), NOW), Reason.SIGNATURE);
    var renamed = new BoundTokens(SERVER, "sallyport/other");
    refused(renamed.verify(token, proof(CLIENT, token), NOW), Reason.AUDIENCE);
    String proofAsToken = Dpop.prove(SERVER, "POST", ADDRESS, null, "x", NOW);
    refused(TOKENS.verify(proofAsToken, proof(CLIENT, token), NOW), Reason.ALGORITHM);
    String ciToken = FakeIssuer.token(FakeIssuer.claims());
    refused(TOKENS.verify(ciToken, proof(CLIENT, token), NOW), Reason.ALGORITHM);
  }

  @Test
  void a_proof_for_another_request_is_refused() {
    String token = minted();
    String proof = Dpop.prove(CLIENT, "POST", ADDRESS, token, "p", NOW);
    refused(Dpop.verify(proof, "GET", List.of(ADDRESS), token, NOW), Reason.BINDING);
    for (String address :
        List.of(
            "https://127.0.0.1:8443/v1/token",
            "https://127.0.0.1:8444/v1/decisions",
            "http://127.0.0.1:8443/v1/decisions",
            "https://evil.example.com/v1/decisions",
            "https://127.0.0.1:8443/v1/decisions/")) {
      refused(Dpop.verify(proof, "POST", List.of(URI.create(address)), token, NOW), Reason.BINDING);
    }
    refused(verify(proof, token + "x"), Reason.BINDING);
    refused(verify(Dpop.prove(CLIENT, "POST", ADDRESS, null, "p", NOW), token), Reason.BINDING);
  }

  @Test
  void query_fragment_case_and_default_port_do_not_matter() {
    URI plain = URI.create("https://sallyport.example.com/v1/decisions");
    String proof =
        Dpop.prove(
            CLIENT,
            "POST",
            URI.create("HTTPS://Sallyport.Example.COM:443/v1/decisions?a=b#c"),
            null,
            "p",
            NOW);
    accepted(Dpop.verify(proof, "POST", List.of(plain), null, NOW));
  }

  @Test
  void an_old_or_premature_proof_is_refused() {
    String proof = Dpop.prove(CLIENT, "POST", ADDRESS, null, "p", NOW);
    refused(
        Dpop.verify(proof, "POST", List.of(ADDRESS), null, NOW.plusSeconds(61)), Reason.EXPIRED);
    refused(
        Dpop.verify(proof, "POST", List.of(ADDRESS), null, NOW.minusSeconds(31)),
        Reason.NOT_YET_VALID);
  }

  @Test
  void two_uses_of_one_proof_have_one_replay_id_and_it_outlives_the_window() {
    String proof = Dpop.prove(CLIENT, "POST", ADDRESS, null, "p", NOW);
    Dpop.Proof first = accepted(Dpop.verify(proof, "POST", List.of(ADDRESS), null, NOW));
    Dpop.Proof again = accepted(Dpop.verify(proof, "POST", List.of(ADDRESS), null, NOW));
    assertThat(again.replayId()).isEqualTo(first.replayId());
    assertThat(first.freshUntil()).isAfterOrEqualTo(NOW.plus(Dpop.WINDOW));
  }

  @Test
  void forged_proofs_are_refused() {
    ECKey own = FakeIssuer.ec("own");
    ECKey other = FakeIssuer.ec("other");
    var type = new JOSEObjectType("dpop+jwt");
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("jti", "p");
    claims.put("htm", "POST");
    claims.put("htu", ADDRESS.toString());
    claims.put("iat", NOW.getEpochSecond());
    // The key that is shown is not the one that signed.
    refused(
        verify(
            FakeIssuer.token(
                new JWSHeader.Builder(JWSAlgorithm.ES256)
                    .type(type)
                    .jwk(other.toPublicJWK())
                    .build(),
                claims,
                own),
            "t"),
        Reason.SIGNATURE);
    // No key at all, another type, a key for another algorithm.
    refused(
        verify(
            FakeIssuer.token(
                new JWSHeader.Builder(JWSAlgorithm.ES256).type(type).build(), claims, own),
            "t"),
        Reason.MALFORMED);
    refused(
        verify(
            FakeIssuer.token(
                new JWSHeader.Builder(JWSAlgorithm.ES256).jwk(own.toPublicJWK()).build(),
                claims,
                own),
            "t"),
        Reason.MALFORMED);
    refused(
        verify(
            FakeIssuer.token(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                    .type(type)
                    .jwk(FakeIssuer.RSA.toPublicJWK())
                    .build(),
                claims,
                FakeIssuer.RSA),
            "t"),
        Reason.ALGORITHM);
    for (String name : List.of("jti", "htm", "htu", "iat")) {
      Map<String, Object> lacking = new LinkedHashMap<>(claims);
      lacking.remove(name);
      refused(
          verify(
              FakeIssuer.token(
                  new JWSHeader.Builder(JWSAlgorithm.ES256)
                      .type(type)
                      .jwk(own.toPublicJWK())
                      .build(),
                  lacking,
                  own),
              "t"),
          Reason.MALFORMED);
    }
  }

  @Test
  void a_proof_that_shows_a_private_key_is_refused() {
    String header =
        "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":" + FakeIssuer.EC.toJSONString() + "}";
    String good = Dpop.prove(CLIENT, "POST", ADDRESS, null, "p", NOW);
    String forged =
        java.util.Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(header.getBytes(StandardCharsets.UTF_8))
            + good.substring(good.indexOf('.'));
    refused(verify(forged, "t"), Reason.MALFORMED);
  }

  @Test
  void no_secret_shows_in_text() {
    String token = minted();
    assertThat(TOKENS.mint("t", HOLDER, "x", NOW).toString()).doesNotContain("ey");
    assertThat(accepted(TOKENS.verify(token, proof(CLIENT, token), NOW)).toString())
        .doesNotContain(token);
  }
}
