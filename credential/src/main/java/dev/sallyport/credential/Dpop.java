package dev.sallyport.credential;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.impl.ECDSA;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import dev.sallyport.credential.Checked.Reason;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.ECPublicKey;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Proofs that a caller holds the key its token is bound to, for this very request (RFC 9449).
///
/// Only ES256. Whether a proof was seen before is for the caller to say: it keeps [Proof#replayId]
/// at least until [Proof#freshUntil].
public final class Dpop {
  /// How old a proof may be, and how far in the future by a wrong clock.
  public static final Duration WINDOW = Duration.ofSeconds(60);

  private static final Set<String> PUBLIC_MEMBERS =
      Set.of("kty", "crv", "x", "y", "kid", "alg", "use", "key_ops");
  private static final int MAX_ID_CHARS = 128;

  private Dpop() {}

  /// A proof that holds.
  ///
  /// @param thumbprint of the key that made it (RFC 7638), as tokens carry it in `cnf.jkt`
  /// @param replayId equal for two uses of one proof and no others
  /// @param freshUntil after this the proof is refused anyway
  public record Proof(String thumbprint, String replayId, Instant freshUntil) {}

  /// Checks a proof as RFC 9449 section 4.3 lists it, but for its first and last point (one header,
  /// not seen before).
  ///
  /// @param addresses under which this very resource is known, never taken from the request
  /// @param accessToken the token that came with it, null where there was none
  public static Checked<Proof> verify(
      String proof,
      String method,
      Collection<URI> addresses,
      @Nullable String accessToken,
      Instant now) {
    // 2. The DPoP HTTP request header field value is a single and well-formed JWT.
    Optional<Jws> parsed = Jws.parse(proof);
    if (parsed.isEmpty()) {
      return Checked.refused(Reason.MALFORMED, "proof is not a signed JWT");
    }
    Jws jws = parsed.get();
    // 3. All required claims per section 4.2 are contained in the JWT.
    Optional<String> id = jws.text("jti").filter(text -> !text.isEmpty());
    Optional<String> forMethod = jws.text("htm");
    Optional<String> forAddress = jws.text("htu");
    Optional<Long> issued = jws.seconds("iat");
    if (id.isEmpty() || forMethod.isEmpty() || forAddress.isEmpty() || issued.isEmpty()) {
      return Checked.refused(Reason.MALFORMED, "proof lacks `jti`, `htm`, `htu` or `iat`");
    }
    if (id.get().length() > MAX_ID_CHARS || jws.header().containsKey("crit")) {
      return Checked.refused(Reason.MALFORMED, "proof has a `jti` too long or wants an extension");
    }
    // 4. The typ JOSE Header Parameter has the value dpop+jwt.
    if (!jws.headerText("typ").equals(Optional.of("dpop+jwt"))) {
      return Checked.refused(Reason.MALFORMED, "proof is not of type dpop+jwt");
    }
    // 5. The alg JOSE Header Parameter indicates a registered asymmetric digital signature
    //    algorithm, is not none, is supported by the application.
    if (!jws.headerText("alg").equals(Optional.of("ES256"))) {
      return Checked.refused(Reason.ALGORITHM, "proof is not signed with ES256");
    }
    // 6. The JWT signature verifies with the public key contained in the jwk JOSE Header Parameter.
    // 7. The jwk JOSE Header Parameter does not contain a private key.
    Optional<ECKey> key = key(jws.header().get("jwk"));
    if (key.isEmpty()) {
      return Checked.refused(Reason.MALFORMED, "proof carries no public P-256 key");
    }
    if (!isSigned(jws, key.get())) {
      return Checked.refused(Reason.SIGNATURE, "proof's signature does not hold");
    }
    // 8. The htm claim matches the HTTP method of the current request.
    if (!forMethod.get().equals(method)) {
      return Checked.refused(Reason.BINDING, "proof is for another method");
    }
    // 9. The htu claim matches the HTTP URI value, ignoring any query and fragment parts.
    Optional<URI> address = normal(forAddress.get());
    if (address.isEmpty()
        || addresses.stream().noneMatch(one -> normal(one.toString()).equals(address))) {
      return Checked.refused(Reason.BINDING, "proof is for another address");
    }
    // 10. If the server provided a nonce value ...: we give none.
    // 11. The creation time of the JWT is within an acceptable window.
    Instant made = Instant.ofEpochSecond(issued.get());
    if (made.isBefore(now.minus(WINDOW))) {
      return Checked.refused(Reason.EXPIRED, "proof is older than " + WINDOW.toSeconds() + " s");
    }
    if (made.isAfter(now.plus(TokenVerifier.SKEW))) {
      return Checked.refused(Reason.NOT_YET_VALID, "proof was made in the future");
    }
    // 12. If presented with an access token, the value of the ath claim equals its hash.
    Optional<String> hash = jws.text("ath");
    if (accessToken != null && !hash.equals(Optional.of(tokenHash(accessToken)))) {
      return Checked.refused(Reason.BINDING, "proof is for another token");
    }
    String thumbprint = thumbprint(key.get());
    return new Checked.Accepted<>(
        new Proof(
            thumbprint,
            TokenVerifier.hex("dpop\n" + thumbprint + "\n" + id.get()),
            made.plus(WINDOW).plus(TokenVerifier.SKEW)));
  }

  private static Optional<ECKey> key(@Nullable Object jwk) {
    if (!(jwk instanceof Map<?, ?> members) || !PUBLIC_MEMBERS.containsAll(members.keySet())) {
      return Optional.empty();
    }
    try {
      ECKey key = ECKey.parse(StrictJson.MAPPER.writeValueAsString(members));
      return Curve.P_256.equals(key.getCurve()) && !key.isPrivate()
          ? Optional.of(key)
          : Optional.empty();
    } catch (ParseException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private static boolean isSigned(Jws jws, ECKey key) {
    try {
      return jws.isSignedBy(key.toECPublicKey(), JWSAlgorithm.ES256);
    } catch (JOSEException e) {
      return false;
    }
  }

  /// Scheme and host in lower case, the default port left out, no query and no fragment (RFC 3986
  /// section 6.2.2 and 6.2.3, as RFC 9449 section 4.3 asks).
  private static Optional<URI> normal(String address) {
    try {
      var parsed = new URI(address);
      if (parsed.getScheme() == null || parsed.getHost() == null || parsed.getUserInfo() != null) {
        return Optional.empty();
      }
      String scheme = parsed.getScheme().toLowerCase(Locale.ROOT);
      boolean defaultPort =
          (scheme.equals("https") && parsed.getPort() == 443)
              || (scheme.equals("http") && parsed.getPort() == 80);
      return Optional.of(
          new URI(
              scheme,
              null,
              parsed.getHost().toLowerCase(Locale.ROOT),
              defaultPort ? -1 : parsed.getPort(),
              parsed.getPath().isEmpty() ? "/" : parsed.getPath(),
              null,
              null));
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /// Makes the proof for one request.
  ///
  /// @param key a P-256 key of the caller's own
  /// @param id a fresh random text
  /// @param accessToken the token that goes with the request, null where there is none
  public static String prove(
      SigningKey key,
      String method,
      URI address,
      @Nullable String accessToken,
      String id,
      Instant now) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("typ", "dpop+jwt");
    header.put("alg", "ES256");
    header.put("jwk", publicKey(key).toPublicJWK().toJSONObject());
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("jti", id);
    claims.put("htm", method);
    claims.put("htu", normal(address.toString()).orElseThrow().toString());
    claims.put("iat", now.getEpochSecond());
    if (accessToken != null) {
      claims.put("ath", tokenHash(accessToken));
    }
    return sign(header, claims, key);
  }

  static ECKey publicKey(SigningKey key) {
    if (key.publicKey().algorithm() != KeyAlgorithm.ECDSA_P256
        || !(key.publicKey().jdkKey() instanceof ECPublicKey elliptic)) {
      throw new IllegalArgumentException("tokens are signed with P-256 keys only");
    }
    return new ECKey.Builder(Curve.P_256, elliptic).build();
  }

  static String sign(Map<String, Object> header, Map<String, Object> claims, SigningKey key) {
    String input = encode(header) + "." + encode(claims);
    try {
      byte[] concatenated =
          ECDSA.transcodeSignatureToConcat(key.sign(input.getBytes(StandardCharsets.US_ASCII)), 64);
      return input + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(concatenated);
    } catch (JOSEException e) {
      throw new IllegalStateException("couldn't encode a signature", e);
    }
  }

  private static String encode(Map<String, Object> members) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(StrictJson.MAPPER.writeValueAsBytes(members));
  }

  static String thumbprint(ECKey key) {
    try {
      return key.computeThumbprint().toString();
    } catch (JOSEException e) {
      throw new IllegalStateException("couldn't compute a thumbprint", e);
    }
  }

  private static String tokenHash(String token) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(
              MessageDigest.getInstance("SHA-256")
                  .digest(token.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
