package dev.sallyport.credential;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.text.ParseException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A signed token in compact form (RFC 7515 section 7.1), read strictly and not yet believed.
///
/// Only three-part signatures are read, so that an encrypted or unsecured token is malformed, not a
/// case to handle. Base64 with stray bits and doubled members are refused: one token has one
/// spelling.
record Jws(
    String signingInput,
    Map<String, Object> header,
    Map<String, Object> payload,
    Base64URL encodedHeader,
    byte[] signature) {
  static final int MAX_CHARS = 16 * 1024;
  private static final Pattern COMPACT =
      Pattern.compile("([A-Za-z0-9_-]+)\\.([A-Za-z0-9_-]+)\\.([A-Za-z0-9_-]+)");

  static Optional<Jws> parse(String token) {
    Matcher parts = COMPACT.matcher(token);
    if (token.length() > MAX_CHARS || !parts.matches()) {
      return Optional.empty();
    }
    byte @Nullable [] header = decode(parts.group(1));
    byte @Nullable [] payload = decode(parts.group(2));
    byte @Nullable [] signature = decode(parts.group(3));
    if (header == null || payload == null || signature == null) {
      return Optional.empty();
    }
    Optional<Map<String, Object>> headerMembers = StrictJson.object(header);
    Optional<Map<String, Object>> payloadMembers = StrictJson.object(payload);
    if (headerMembers.isEmpty() || payloadMembers.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Jws(
            parts.group(1) + "." + parts.group(2),
            headerMembers.get(),
            payloadMembers.get(),
            new Base64URL(parts.group(1)),
            signature));
  }

  private static byte @Nullable [] decode(String text) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(text);
      String again = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      return again.equals(text) ? bytes : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /// A header member that is text.
  Optional<String> headerText(String name) {
    return header.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /// A claim that is text.
  Optional<String> text(String name) {
    return payload.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /// A claim that is a NumericDate (RFC 7519 section 2) in whole seconds within reason.
  Optional<Long> seconds(String name) {
    return switch (payload.get(name)) {
      case Integer number when number >= 0 -> Optional.of((long) number);
      case Long number when number >= 0 && number < 1L << 40 -> Optional.of(number);
      case null, default -> Optional.empty();
    };
  }

  /// Whether the signature holds under this key and exactly this algorithm.
  boolean isSignedBy(Key key, JWSAlgorithm algorithm) {
    try {
      JWSHeader parsed = JWSHeader.parse(encodedHeader);
      if (!parsed.getAlgorithm().equals(algorithm)) {
        return false;
      }
      return new DefaultJWSVerifierFactory()
          .createJWSVerifier(parsed, key)
          .verify(
              parsed,
              signingInput.getBytes(StandardCharsets.US_ASCII),
              Base64URL.encode(signature));
    } catch (JOSEException | ParseException | RuntimeException e) {
      return false;
    }
  }

  /// Never the token.
  @Override
  public String toString() {
    return "token of " + payload.get("iss");
  }
}
