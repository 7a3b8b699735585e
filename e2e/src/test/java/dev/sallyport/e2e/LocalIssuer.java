package dev.sallyport.e2e;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/// A forge's token issuer on this machine: a key set, and the token of one job.
final class LocalIssuer {
  static final String URL = "https://token.git.example";

  private final KeyPair key;

  LocalIssuer() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      this.key = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  String keySet() {
    RSAPublicKey half = (RSAPublicKey) key.getPublic();
    return """
    {"keys":[{"kty":"RSA","kid":"local","alg":"RS256","use":"sig","n":"%s","e":"%s"}]}
    """
        .formatted(encoded(bytes(half.getModulus())), encoded(bytes(half.getPublicExponent())));
  }

  private static byte[] bytes(BigInteger number) {
    byte[] bytes = number.toByteArray();
    return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  /// The token of a job of repository 1111 on its main branch, started by account 1.
  String token(String run, String commit, Map<String, String> more) {
    long now = Instant.now().getEpochSecond();
    Map<String, Object> claims = new TreeMap<>();
    claims.put("iss", URL);
    claims.put("aud", "sallyport");
    claims.put("sub", "repo:acme/shop:ref:refs/heads/main");
    claims.put("jti", UUID.randomUUID().toString());
    claims.put("iat", now - 1);
    claims.put("nbf", now - 1);
    claims.put("exp", now + 300);
    claims.put("repository", "acme/shop");
    claims.put("repository_id", "1111");
    claims.put("repository_owner_id", "4242");
    claims.put("ref", "refs/heads/main");
    claims.put("event_name", "push");
    claims.put("sha", commit);
    claims.put("run_id", run);
    claims.put("actor_id", "1");
    claims.put("runner_environment", "github-hosted");
    claims.putAll(more);
    String signed =
        encoded("{\"alg\":\"RS256\",\"kid\":\"local\"}".getBytes(StandardCharsets.UTF_8))
            + "."
            + encoded(Program.JSON.writeValueAsBytes(claims));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(key.getPrivate());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + encoded(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
