package dev.sallyport.cli;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/// A stand-in for a forge's token issuer, with the claims that GitHub puts into a job's token. For
/// demos and tests of this machine: its keys live as long as the demo.
final class DemoIssuer {
  static final String URL = "https://token.git.example";
  static final String FORGE = "git.example";
  static final String AUDIENCE = "sallyport";
  static final String OWNER = "4242";
  static final String REPOSITORY = "1111";

  static final String KEY_ID = "demo";

  private final RSAKey key;

  DemoIssuer() {
    try {
      this.key = new RSAKeyGenerator(2048).keyID(KEY_ID).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The public keys, as the issuer would serve them.
  String keySet() {
    return new JWKSet(key.toPublicJWK()).toString();
  }

  /// The key's public half as a document (PEM), as anybody can have it.
  byte[] publicDocument() {
    try {
      byte[] encoded = key.toRSAPublicKey().getEncoded();
      return ("-----BEGIN PUBLIC KEY-----\n"
              + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded)
              + "\n-----END PUBLIC KEY-----\n")
          .getBytes(StandardCharsets.US_ASCII);
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The token of one job on the main branch.
  ///
  /// @param id its `jti`
  String token(String id, String commit, Instant now) {
    return signed(claims(id, commit, now));
  }

  /// The token of one job of a certain run, on a certain runner of the user's own.
  ///
  /// @param id its `jti`
  /// @param run the run's number
  /// @param runner the runner's number
  String token(String id, String commit, String run, String runner, Instant now) {
    Map<String, Object> claims = claims(id, commit, now);
    claims.put("run_id", run);
    claims.put("runner_id", runner);
    claims.put("runner_environment", "self-hosted");
    return signed(claims);
  }

  /// What the token of one job on the main branch says.
  static Map<String, Object> claims(String id, String commit, Instant now) {
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", URL);
    claims.put("aud", AUDIENCE);
    claims.put("sub", "repo:acme/corner-shop:environment:prod");
    claims.put("jti", id);
    claims.put("iat", now.getEpochSecond() - 1);
    claims.put("nbf", now.getEpochSecond() - 1);
    claims.put("exp", now.getEpochSecond() + 300);
    claims.put("repository", "acme/corner-shop");
    claims.put("repository_id", REPOSITORY);
    claims.put("repository_owner_id", OWNER);
    claims.put("repository_visibility", "private");
    claims.put("ref", "refs/heads/main");
    claims.put("ref_type", "branch");
    claims.put("ref_protected", "true");
    claims.put("sha", commit);
    claims.put("event_name", "push");
    claims.put("environment", "prod");
    claims.put("run_id", "7");
    claims.put("run_attempt", "1");
    claims.put("actor", "alice");
    claims.put("actor_id", "1");
    claims.put("runner_environment", "github-hosted");
    claims.put(
        "job_workflow_ref", "acme/corner-shop/.github/workflows/release.yml@refs/heads/main");
    claims.put("job_workflow_sha", commit);
    return claims;
  }

  /// `claims`, signed by the issuer.
  String signed(Map<String, Object> claims) {
    JWSObject token =
        new JWSObject(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(KEY_ID).build(), new Payload(claims));
    try {
      token.sign(new RSASSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    return token.serialize();
  }
}
