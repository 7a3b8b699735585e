package dev.sallyport.credential;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.text.ParseException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The public keys that an issuer publishes (RFC 7517), of which only strong signing keys are kept.
public final class TrustedKeys {
  /// Most bytes a key set may have.
  public static final int MAX_BYTES = 256 * 1024;

  private static final int MAX_KEYS = 100;
  private static final int MAX_KEY_ID_CHARS = 256;
  private static final int MIN_RSA_BITS = 2048;
  private static final int MAX_RSA_BITS = 8192;

  private final List<JWK> keys;

  private TrustedKeys(List<JWK> keys) {
    this.keys = keys;
  }

  /// Reads a key set; symmetric, weak and encryption keys in it are passed over.
  ///
  /// @throws IllegalArgumentException if it is not a key set, or holds a private key
  public static TrustedKeys parse(byte[] jwks) {
    if (jwks.length > MAX_BYTES || StrictJson.object(jwks).isEmpty()) {
      throw new IllegalArgumentException("not a key set");
    }
    try {
      List<JWK> all = JWKSet.parse(new String(jwks, StandardCharsets.UTF_8)).getKeys();
      if (all.size() > MAX_KEYS) {
        throw new IllegalArgumentException("key set has more than " + MAX_KEYS + " keys");
      }
      if (all.stream().anyMatch(key -> !(key instanceof OctetSequenceKey) && key.isPrivate())) {
        throw new IllegalArgumentException("key set holds a private key");
      }
      return new TrustedKeys(all.stream().filter(TrustedKeys::isStrongSigningKey).toList());
    } catch (ParseException e) {
      throw new IllegalArgumentException("not a key set", e);
    }
  }

  private static boolean isStrongSigningKey(JWK key) {
    if (key.getKeyUse() != null && !key.getKeyUse().equals(KeyUse.SIGNATURE)) {
      return false;
    }
    return switch (key) {
      case RSAKey rsa -> rsa.size() >= MIN_RSA_BITS && rsa.size() <= MAX_RSA_BITS;
      case ECKey _ -> true;
      default -> false;
    };
  }

  /// The key that a token names, fit for the token's algorithm; without a name the only fit one.
  Optional<PublicKey> find(@Nullable String keyId, JWSAlgorithm algorithm) {
    if (keyId != null && keyId.length() > MAX_KEY_ID_CHARS) {
      return Optional.empty();
    }
    List<JWK> fit =
        keys.stream()
            .filter(key -> keyId == null || keyId.equals(key.getKeyID()))
            .filter(key -> key.getAlgorithm() == null || key.getAlgorithm().equals(algorithm))
            .filter(key -> isOf(key, algorithm))
            .toList();
    if (fit.size() != 1) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          switch (fit.getFirst()) {
            case RSAKey rsa -> rsa.toRSAPublicKey();
            case ECKey elliptic -> elliptic.toECPublicKey();
            default -> throw new IllegalStateException("only RSA and EC keys are kept");
          });
    } catch (JOSEException e) {
      return Optional.empty();
    }
  }

  private static boolean isOf(JWK key, JWSAlgorithm algorithm) {
    return switch (key) {
      case RSAKey _ -> JWSAlgorithm.Family.RSA.contains(algorithm);
      case ECKey elliptic ->
          Curve.forJWSAlgorithm(algorithm) != null
              && Curve.forJWSAlgorithm(algorithm).contains(elliptic.getCurve());
      default -> false;
    };
  }

  /// How many keys are usable.
  public int size() {
    return keys.size();
  }
}
