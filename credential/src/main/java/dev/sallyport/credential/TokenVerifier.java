package dev.sallyport.credential;

import com.nimbusds.jose.JWSAlgorithm;
import dev.sallyport.credential.Checked.Reason;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Verifies the OIDC tokens of CI jobs (RFC 7519, RFC 8725) by configuration alone.
///
/// The issuer is found by the exact text of `iss` among those configured; algorithm, audience, keys
/// and trusted ids are then that issuer's. Header members that bring keys along (`jku`, `x5u`,
/// `jwk`, `x5c`) are never looked at, `crit` is refused, `sub` is compared as a whole and never
/// parsed.
public final class TokenVerifier {
  /// How far two clocks may differ.
  public static final Duration SKEW = Duration.ofSeconds(30);

  private static final Duration MAX_LIFETIME = Duration.ofHours(24);

  private final Map<String, Issuer> issuers;
  private final KeySource keys;

  /// A verifier for exactly these issuers.
  public TokenVerifier(List<Issuer> issuers, KeySource keys) {
    this.issuers =
        issuers.stream()
            .collect(java.util.stream.Collectors.toUnmodifiableMap(Issuer::url, one -> one));
    this.keys = keys;
  }

  /// Checks a token at the time `now`.
  public Checked<CiToken> verify(String token, Instant now) {
    Optional<Jws> parsed = Jws.parse(token);
    if (parsed.isEmpty()) {
      return Checked.refused(Reason.MALFORMED, "token is not a signed JWT");
    }
    Jws jws = parsed.get();
    Optional<Issuer> issuer = jws.text("iss").map(issuers::get);
    if (issuer.isEmpty()) {
      return Checked.refused(Reason.UNKNOWN_ISSUER, "token is from an issuer not configured here");
    }
    return signature(jws, issuer.get())
        .then(_ -> times(jws, issuer.get(), now))
        .then(_ -> audience(jws, issuer.get()))
        .then(_ -> trusted(jws, issuer.get()))
        .then(_ -> CiClaims.read(jws, issuer.get(), replayId(jws, issuer.get())));
  }

  private Checked<Jws> signature(Jws jws, Issuer issuer) {
    Optional<String> named = jws.headerText("alg");
    if (named.isEmpty() || !issuer.algorithms().contains(named.get())) {
      return Checked.refused(Reason.ALGORITHM, "token is not signed in a way this issuer may use");
    }
    if (jws.header().containsKey("crit") || jws.header().containsKey("b64")) {
      return Checked.refused(Reason.MALFORMED, "token wants an extension to be understood");
    }
    Object keyId = jws.header().get("kid");
    if (keyId != null && !(keyId instanceof String)) {
      return Checked.refused(Reason.MALFORMED, "token's key id is not text");
    }
    JWSAlgorithm algorithm = JWSAlgorithm.parse(named.get());
    Optional<TrustedKeys> known = keys.keys(issuer, false);
    if (known.isEmpty()) {
      return Checked.refused(Reason.KEYS_UNAVAILABLE, "the issuer's keys could not be had");
    }
    Optional<PublicKey> key = known.get().find((String) keyId, algorithm);
    if (key.isEmpty()) {
      key = keys.keys(issuer, true).flatMap(again -> again.find((String) keyId, algorithm));
    }
    if (key.isEmpty()) {
      return Checked.refused(Reason.UNKNOWN_KEY, "token is signed with a key its issuer has not");
    }
    return jws.isSignedBy(key.get(), algorithm)
        ? new Checked.Accepted<>(jws)
        : Checked.refused(Reason.SIGNATURE, "token's signature does not hold");
  }

  private static Checked<Jws> times(Jws jws, Issuer issuer, Instant now) {
    Optional<Long> expires = jws.seconds("exp");
    Optional<Long> issued = jws.seconds("iat");
    if (expires.isEmpty() || issued.isEmpty()) {
      return Checked.refused(Reason.CLAIMS, "token has no `exp` or no `iat`");
    }
    Instant end = Instant.ofEpochSecond(expires.get());
    Instant start = Instant.ofEpochSecond(issued.get());
    if (!now.isBefore(end.plus(SKEW))) {
      return Checked.refused(Reason.EXPIRED, "token has expired");
    }
    if (start.isAfter(now.plus(SKEW))) {
      return Checked.refused(Reason.NOT_YET_VALID, "token was issued in the future");
    }
    if (jws.payload().containsKey("nbf")) {
      Optional<Long> from = jws.seconds("nbf");
      if (from.isEmpty() || Instant.ofEpochSecond(from.get()).isAfter(now.plus(SKEW))) {
        return Checked.refused(Reason.NOT_YET_VALID, "token is not valid yet");
      }
    }
    if (Duration.between(start, end).compareTo(MAX_LIFETIME) > 0) {
      return Checked.refused(Reason.CLAIMS, "token lives longer than a day");
    }
    if (now.isAfter(start.plus(issuer.maxAge()).plus(SKEW))) {
      return Checked.refused(
          Reason.EXPIRED, "token is older than " + issuer.maxAge().toSeconds() + " s");
    }
    return new Checked.Accepted<>(jws);
  }

  /// One audience, and it is ours: a token that is also for somebody else can be replayed by him.
  private static Checked<Jws> audience(Jws jws, Issuer issuer) {
    Object audience = jws.payload().get("aud");
    boolean ours =
        issuer.audience().equals(audience)
            || (audience instanceof List<?> list && list.equals(List.of(issuer.audience())));
    return ours
        ? new Checked.Accepted<>(jws)
        : Checked.refused(Reason.AUDIENCE, "token is not for us alone");
  }

  private static Checked<Jws> trusted(Jws jws, Issuer issuer) {
    for (var claim : issuer.trusted().entrySet()) {
      Optional<String> value = CiClaims.scalar(jws.payload().get(claim.getKey()));
      if (value.isEmpty() || !claim.getValue().contains(value.get())) {
        return Checked.refused(
            Reason.CLAIMS, "token's `" + claim.getKey() + "` is not one that is trusted here");
      }
    }
    return new Checked.Accepted<>(jws);
  }

  /// What was signed, not how: an ECDSA signature has two spellings, what it signs has one.
  private static String replayId(Jws jws, Issuer issuer) {
    String what =
        jws.text("jti")
            .map(id -> "jti\n" + issuer.url() + "\n" + id)
            .orElseGet(() -> "jws\n" + issuer.url() + "\n" + jws.signingInput());
    return hex(what);
  }

  static String hex(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
