package dev.sallyport.server;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/// A CI system and its jobs' tokens.
final class Job {
  static final String ISSUER = "https://token.actions.example.com";
  static final String AUDIENCE = "sallyport";
  private static final RSAKey KEY = key("k1");
  private static final RSAKey STRANGER = key("k1");

  private Job() {}

  private static RSAKey key(String id) {
    try {
      return new RSAKeyGenerator(2048).keyID(id).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  static String jwks() {
    return new JWKSet(KEY).toPublicJWKSet().toString();
  }

  static Map<String, Object> claims(Instant now) {
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", ISSUER);
    claims.put("aud", AUDIENCE);
    claims.put("sub", "repo:acme/shop:ref:refs/heads/main");
    claims.put("iat", now.getEpochSecond());
    claims.put("exp", now.getEpochSecond() + 300);
    claims.put("jti", UUID.randomUUID().toString());
    claims.put("repository_id", "345");
    claims.put("repository_owner_id", "12");
    claims.put("repository", "acme/shop");
    claims.put("event_name", "push");
    claims.put("ref", "refs/heads/main");
    claims.put("ref_protected", "true");
    claims.put("runner_environment", "github-hosted");
    return claims;
  }

  static String token(Map<String, Object> claims) {
    return sign(claims, KEY);
  }

  /// Signed by somebody else under the same key id.
  static String forged(Map<String, Object> claims) {
    return sign(claims, STRANGER);
  }

  private static String sign(Map<String, Object> claims, RSAKey key) {
    try {
      var jws =
          new JWSObject(
              new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k1").build(), new Payload(claims));
      jws.sign(new RSASSASigner(key));
      return jws.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }
}
