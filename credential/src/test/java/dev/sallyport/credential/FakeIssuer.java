package dev.sallyport.credential;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A CI system that signs whatever a test wants.
final class FakeIssuer {
  static final String URL = "https://token.actions.example.com";
  static final String AUDIENCE = "https://sallyport.example.com";
  static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  static final RSAKey RSA = rsa("rsa-1");
  static final ECKey EC = ec("ec-1");

  private FakeIssuer() {}

  static RSAKey rsa(String keyId) {
    try {
      return new RSAKeyGenerator(2048).keyID(keyId).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  static ECKey ec(String keyId) {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID(keyId).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  static Issuer github() {
    return new Issuer(
        URL,
        "github.com",
        AUDIENCE,
        Set.of("RS256", "ES256"),
        Issuer.Kind.GITHUB,
        Map.of("repository_owner_id", List.of("12")),
        Duration.ofMinutes(10));
  }

  static TrustedKeys keys(JWK... keys) {
    return TrustedKeys.parse(
        new JWKSet(List.of(keys)).toPublicJWKSet().toString().getBytes(StandardCharsets.UTF_8));
  }

  static TokenVerifier verifier() {
    return verifier(github());
  }

  static TokenVerifier verifier(Issuer issuer) {
    TrustedKeys keys = keys(RSA, EC);
    return new TokenVerifier(List.of(issuer), (_, _) -> Optional.of(keys));
  }

  /// A good job's claims, to be spoilt.
  static Map<String, Object> claims() {
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", URL);
    claims.put("aud", AUDIENCE);
    claims.put("sub", "repo:acme/shop:ref:refs/heads/main");
    claims.put("iat", NOW.getEpochSecond() - 5);
    claims.put("nbf", NOW.getEpochSecond() - 5);
    claims.put("exp", NOW.getEpochSecond() + 295);
    claims.put("jti", "a-1");
    claims.put("repository_id", "345");
    claims.put("repository_owner_id", "12");
    claims.put("repository", "acme/shop");
    claims.put("event_name", "push");
    claims.put("ref", "refs/heads/main");
    claims.put("sha", "0".repeat(40));
    return claims;
  }

  static String token(Map<String, Object> claims) {
    return token(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rsa-1").build(), claims, RSA);
  }

  static String token(JWSHeader header, Map<String, Object> claims, JWK key) {
    return token(header, new Payload(claims).toBytes(), key);
  }

  static String token(JWSHeader header, byte[] payload, JWK key) {
    try {
      JWSSigner signer =
          key instanceof RSAKey rsa ? new RSASSASigner(rsa) : new ECDSASigner(key.toECKey());
      var jws = new JWSObject(header, new Payload(payload));
      jws.sign(signer);
      return jws.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }
}
