package dev.sallyport.credential;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.ECKey;
import dev.sallyport.credential.Checked.Reason;
import dev.sallyport.keys.SigningKey;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Our own tokens: ES256, five minutes, bound to the caller's key by `cnf.jkt` (RFC 9449 section
/// 6.1, RFC 9068).
///
/// A token without a binding is never minted and never taken, so that nobody can fall back to a
/// plain bearer token.
public final class BoundTokens {
  /// How long a token lives.
  public static final Duration LIFETIME = Duration.ofMinutes(5);

  private final SigningKey key;
  private final ECKey publicKey;
  private final String issuer;

  /// Mints and checks as `issuer`, which is the audience too: we hand tokens to ourselves.
  public BoundTokens(SigningKey key, String issuer) {
    this.key = key;
    this.publicKey = Dpop.publicKey(key);
    this.issuer = issuer;
  }

  /// Who a token speaks for, as verified when it was minted.
  ///
  /// @param workload the caller by immutable ids
  /// @param claims what else is known of it
  public record Holder(
      String workload, String repository, String kind, Map<String, String> claims) {
    public Holder {
      claims = Map.copyOf(new TreeMap<>(claims));
    }
  }

  /// The kind of holder that is a person: no repository, and claims of its own.
  public static final String PERSON = "person";

  /// A minted token; never shown by `toString`.
  public record Minted(String token, Instant expires) {
    @Override
    public String toString() {
      return "token until " + expires;
    }
  }

  /// A token of ours that holds.
  ///
  /// @param thumbprint of the key it is bound to
  public record Presented(String id, Holder holder, String thumbprint, Instant expires) {}

  /// Mints a token.
  ///
  /// @param id unique, random
  /// @param thumbprint of the key that the caller proved to hold
  public Minted mint(String id, Holder holder, String thumbprint, Instant now) {
    Instant expires = Instant.ofEpochSecond(now.plus(LIFETIME).getEpochSecond());
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("typ", "at+jwt");
    header.put("alg", "ES256");
    header.put("kid", Dpop.thumbprint(publicKey));
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", issuer);
    claims.put("aud", issuer);
    claims.put("sub", holder.workload());
    claims.put("iat", now.getEpochSecond());
    claims.put("exp", expires.getEpochSecond());
    claims.put("jti", id);
    claims.put("cnf", Map.of("jkt", thumbprint));
    claims.put("kind", holder.kind());
    claims.put("repository", holder.repository());
    claims.put("claims", holder.claims());
    return new Minted(Dpop.sign(header, claims, key), expires);
  }

  /// Checks a token that a caller presents, together with the proof that came with it.
  public Checked<Presented> verify(String token, Dpop.Proof proof, Instant now) {
    Optional<Jws> parsed = Jws.parse(token);
    if (parsed.isEmpty()) {
      return Checked.refused(Reason.MALFORMED, "token is not a signed JWT");
    }
    Jws jws = parsed.get();
    if (!jws.headerText("typ").equals(Optional.of("at+jwt"))
        || !jws.headerText("alg").equals(Optional.of("ES256"))
        || jws.header().containsKey("crit")) {
      return Checked.refused(Reason.ALGORITHM, "token is not one of ours");
    }
    if (!isSignedByUs(jws)) {
      return Checked.refused(Reason.SIGNATURE, "token is not signed by us");
    }
    if (!issuer.equals(jws.payload().get("iss")) || !issuer.equals(jws.payload().get("aud"))) {
      return Checked.refused(Reason.AUDIENCE, "token is not for us");
    }
    Optional<Long> expires = jws.seconds("exp");
    if (expires.isEmpty() || !now.isBefore(Instant.ofEpochSecond(expires.get()))) {
      return Checked.refused(Reason.EXPIRED, "token has expired");
    }
    if (!(jws.payload().get("cnf") instanceof Map<?, ?> confirmation)
        || !proof.thumbprint().equals(confirmation.get("jkt"))) {
      return Checked.refused(Reason.BINDING, "token is bound to another key");
    }
    return presented(jws, proof, Instant.ofEpochSecond(expires.get()));
  }

  private static Checked<Presented> presented(Jws jws, Dpop.Proof proof, Instant expires) {
    Optional<String> id = jws.text("jti");
    Optional<String> workload = jws.text("sub");
    Optional<String> kind = jws.text("kind");
    Optional<String> repository = jws.text("repository");
    if (id.isEmpty()
        || workload.isEmpty()
        || kind.isEmpty()
        || repository.isEmpty()
        || !(jws.payload().get("claims") instanceof Map<?, ?> members)) {
      return Checked.refused(Reason.MALFORMED, "token lacks a claim");
    }
    Map<String, String> claims = new TreeMap<>();
    members.forEach((name, value) -> claims.put((String) name, String.valueOf(value)));
    return new Checked.Accepted<>(
        new Presented(
            id.get(),
            new Holder(workload.get(), repository.get(), kind.get(), claims),
            proof.thumbprint(),
            expires));
  }

  private boolean isSignedByUs(Jws jws) {
    try {
      return jws.isSignedBy(publicKey.toECPublicKey(), JWSAlgorithm.ES256);
    } catch (JOSEException e) {
      return false;
    }
  }
}
