package dev.sallyport.cli;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Tokens that must not count (range R11), each the demo issuer's good one but for one thing. Made
/// by hand, since a library for tokens would refuse to make most of them.
final class ForgedTokens {
  /// A token and what must be said of it.
  ///
  /// @param what is wrong with it
  /// @param token it
  /// @param reasons the words of docs/reference/server-api.md, one of which must be given
  record Forged(String what, String token, Set<String> reasons) {}

  private final DemoIssuer issuer;
  private final String commit;
  private final Instant now;
  private final KeyPair thief;
  private final Map<String, Forged> all = new LinkedHashMap<>();
  private int number;

  private ForgedTokens(DemoIssuer issuer, String commit, Instant now) {
    this.issuer = issuer;
    this.commit = commit;
    this.now = now;
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      this.thief = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has RSA", e);
    }
  }

  /// All of them.
  static Iterable<Forged> all(DemoIssuer issuer, String commit, Instant now) {
    var forged = new ForgedTokens(issuer, commit, now);
    forged.wrongClaims();
    forged.wrongKeys();
    forged.wrongAlgorithms();
    return forged.all.values();
  }

  /// Signed by the issuer itself, and still not for us.
  private void wrongClaims() {
    issued("another audience", Map.of("aud", "https://other.example"), "audience");
    issued("another organisation", Map.of("repository_owner_id", "6666"), "claims");
    issued("an hour old", Map.of("exp", now.getEpochSecond() - 3600), "expired");
    issued("not yet valid", Map.of("nbf", now.getEpochSecond() + 3600), "not-yet-valid");
    String good = issuer.token(id(), commit, now);
    String[] parts = good.split("\\.", -1);
    Map<String, Object> other = claims();
    other.put("repository_id", "9999");
    add(
        "altered after it was signed",
        parts[0] + "." + encoded(other) + "." + parts[2],
        "signature");
    add("without its signature", parts[0] + "." + parts[1] + ".", "signature", "malformed");
  }

  /// Signed by somebody else.
  private void wrongKeys() {
    byThief("another's key", Map.of("kid", DemoIssuer.KEY_ID), DemoIssuer.URL, "signature");
    byThief("a key nobody knows", Map.of("kid", "thief"), DemoIssuer.URL, "unknown-key");
    byThief(
        "a look-alike issuer",
        Map.of("kid", DemoIssuer.KEY_ID),
        DemoIssuer.URL + ".evil.example",
        "unknown-issuer");
    byThief(
        "the issuer in capitals and with a slash",
        Map.of("kid", DemoIssuer.KEY_ID),
        "https://TOKEN.git.example/",
        "unknown-issuer");
    String[] refused = {"unknown-key", "signature", "malformed", "algorithm"};
    byThief(
        "a key named by a path", Map.of("kid", "../../../../dev/null"), DemoIssuer.URL, refused);
    byThief(
        "a key named by an address",
        Map.of("kid", "https://evil.example/key"),
        DemoIssuer.URL,
        refused);
    byThief(
        "a key named in SQL", Map.of("kid", "x' UNION SELECT 'key' --"), DemoIssuer.URL, refused);
    byThief(
        "a key set elsewhere",
        Map.of("kid", DemoIssuer.KEY_ID, "jku", "https://evil.example/keys"),
        DemoIssuer.URL,
        refused);
    byThief(
        "a key of its own brought along",
        Map.of("kid", DemoIssuer.KEY_ID, "jwk", jwk()),
        DemoIssuer.URL,
        refused);
  }

  /// Algorithms that prove nothing, or prove it with what everybody knows.
  private void wrongAlgorithms() {
    for (String none : new String[] {"none", "None", "NONE"}) {
      add("algorithm `" + none + "`", unsigned(none) + ".", "algorithm", "malformed");
    }
    byte[] document = issuer.publicDocument();
    byte[] set = issuer.keySet().getBytes(StandardCharsets.UTF_8);
    bySecret("the public key (PEM) as a shared secret", document, DemoIssuer.KEY_ID);
    bySecret("the key set as a shared secret", set, DemoIssuer.KEY_ID);
    bySecret("an empty file as a shared secret", new byte[] {0}, "/dev/null");
  }

  private void issued(String what, Map<String, Object> other, String... reasons) {
    Map<String, Object> claims = claims();
    claims.putAll(other);
    add(what, issuer.signed(claims), reasons);
  }

  private void byThief(
      String what, Map<String, Object> header, String issuerUrl, String... reasons) {
    Map<String, Object> whole = new LinkedHashMap<>(header);
    whole.put("alg", "RS256");
    Map<String, Object> claims = claims();
    claims.put("iss", issuerUrl);
    String signed = encoded(whole) + "." + encoded(claims);
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(thief.getPrivate());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      add(what, signed + "." + encoded(signature.sign()), reasons);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has RSA", e);
    }
  }

  private void bySecret(String what, byte[] secret, String kid) {
    String signed = encoded(Map.of("alg", "HS256", "kid", kid)) + "." + encoded(claims());
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      byte[] tag = mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
      add(what, signed + "." + encoded(tag), "algorithm");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC", e);
    }
  }

  private String unsigned(String algorithm) {
    return encoded(Map.of("alg", algorithm, "kid", DemoIssuer.KEY_ID)) + "." + encoded(claims());
  }

  private Map<String, Object> jwk() {
    RSAPublicKey key = (RSAPublicKey) thief.getPublic();
    return Map.of(
        "kty",
        "RSA",
        "n",
        encoded(key.getModulus().toByteArray()),
        "e",
        encoded(key.getPublicExponent().toByteArray()));
  }

  private Map<String, Object> claims() {
    return DemoIssuer.claims(id(), commit, now);
  }

  private String id() {
    return "forged-" + number++;
  }

  private void add(String what, String token, String... reasons) {
    all.put(what, new Forged(what, token, Set.of(reasons)));
  }

  private static String encoded(Map<String, Object> json) {
    return encoded(Json.MAPPER.writeValueAsBytes(json));
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
