package dev.sallyport.credential;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.ECKey;
import dev.sallyport.credential.Checked.Reason;
import dev.sallyport.keys.SigningKey;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The owner of a server's folder shows that he can read its `operator.key` (RFC 7523 section 2.1).
///
/// Made on the machine of the server by whoever may read the folder, for one use within a minute:
/// it proves no less than reading all other keys of that folder would, and no more.
public final class OwnerAssertion {
  /// How long one is taken.
  public static final Duration LIFETIME = Duration.ofSeconds(60);

  private static final String TYPE = "sallyport-owner+jwt";
  private static final String OWNER = "administrator";

  private OwnerAssertion() {}

  /// An assertion that holds.
  ///
  /// @param replayId equal for two uses of one assertion and no others
  /// @param expires after this it is refused anyway
  public record Holds(String person, String replayId, Instant expires) {}

  /// Makes one.
  ///
  /// @param tokenEndpoint where it is to be shown
  /// @param id a fresh random text
  public static String make(SigningKey operator, URI tokenEndpoint, String id, Instant now) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("typ", TYPE);
    header.put("alg", "ES256");
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", OWNER);
    claims.put("sub", OWNER);
    claims.put("aud", tokenEndpoint.toString());
    claims.put("jti", id);
    claims.put("iat", now.getEpochSecond());
    claims.put("exp", now.plus(LIFETIME).getEpochSecond());
    return Dpop.sign(header, claims, operator);
  }

  /// Checks one as RFC 7523 section 3 lists it, but for use only once.
  ///
  /// @param tokenEndpoints under which addresses this very endpoint is known
  public static Checked<Holds> verify(
      String assertion, SigningKey operator, Collection<URI> tokenEndpoints, Instant now) {
    Optional<Jws> parsed = Jws.parse(assertion);
    if (parsed.isEmpty()) {
      return Checked.refused(Reason.MALFORMED, "assertion is not a signed JWT");
    }
    Jws jws = parsed.get();
    if (!jws.headerText("typ").equals(Optional.of(TYPE))
        || !jws.headerText("alg").equals(Optional.of("ES256"))
        || jws.header().containsKey("crit")) {
      return Checked.refused(Reason.ALGORITHM, "assertion is not an owner's");
    }
    if (!isSigned(jws, Dpop.publicKey(operator))) {
      return Checked.refused(Reason.SIGNATURE, "assertion is not signed by the owner's key");
    }
    Optional<String> audience = jws.text("aud");
    if (audience.isEmpty()
        || tokenEndpoints.stream().noneMatch(one -> one.toString().equals(audience.get()))) {
      return Checked.refused(Reason.AUDIENCE, "assertion is for another server");
    }
    Optional<Long> issued = jws.seconds("iat");
    Optional<Long> expires = jws.seconds("exp");
    Optional<String> id = jws.text("jti").filter(text -> text.length() >= 16);
    if (issued.isEmpty()
        || expires.isEmpty()
        || id.isEmpty()
        || !jws.text("iss").equals(Optional.of(OWNER))
        || !jws.text("sub").equals(Optional.of(OWNER))) {
      return Checked.refused(Reason.CLAIMS, "assertion lacks a claim");
    }
    if (expires.get() - issued.get() > LIFETIME.toSeconds()
        || !now.isBefore(Instant.ofEpochSecond(expires.get()))) {
      return Checked.refused(Reason.EXPIRED, "assertion has expired");
    }
    if (Instant.ofEpochSecond(issued.get()).isAfter(now.plus(TokenVerifier.SKEW))) {
      return Checked.refused(Reason.NOT_YET_VALID, "assertion was made in the future");
    }
    return new Checked.Accepted<>(
        new Holds(
            OWNER, TokenVerifier.hex("owner\n" + id.get()), Instant.ofEpochSecond(expires.get())));
  }

  private static boolean isSigned(Jws jws, ECKey key) {
    try {
      return jws.isSignedBy(key.toECPublicKey(), JWSAlgorithm.ES256);
    } catch (JOSEException e) {
      return false;
    }
  }
}
