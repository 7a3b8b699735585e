package dev.sallyport.credential;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.jwk.JWKSet;
import dev.sallyport.testdata.Bent;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/// Tokens, proofs and key sets against hostile text. The first byte chooses the reader; in a token,
/// header and claims are bent as JSON and encoded afterwards, so that they are reached.
public final class TokenFuzz {
  private static final TokenVerifier VERIFIER = FakeIssuer.verifier();

  private TokenFuzz() {}

  /// A refusal is a value; only a key set may throw, and only what it declares.
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(input, 1, input.length);
    String text = new String(rest, UTF_8);
    switch (input[0]) {
      case 'k' -> keySet(rest);
      case 'd' -> dpop(text);
      case 'D' -> dpop(encoded(text));
      case 'T' -> VERIFIER.verify(encoded(text), FakeIssuer.NOW);
      default -> VERIFIER.verify(text, FakeIssuer.NOW);
    }
  }

  private static void keySet(byte[] bytes) {
    try {
      TrustedKeys.parse(bytes);
    } catch (IllegalArgumentException declared) {
      // As it should be.
    }
  }

  private static void dpop(String proof) {
    Dpop.verify(
        proof,
        "POST",
        List.of(URI.create("https://localhost:1/v1/decisions")),
        null,
        FakeIssuer.NOW);
  }

  /// `HEADER\nCLAIMS` as a compact token with a signature of no worth.
  private static String encoded(String text) {
    int end = text.indexOf('\n');
    String header = end < 0 ? text : text.substring(0, end);
    String claims = end < 0 ? "{}" : text.substring(end + 1);
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    return base64.encodeToString(header.getBytes(UTF_8))
        + "."
        + base64.encodeToString(claims.getBytes(UTF_8))
        + "."
        + base64.encodeToString(new byte[64]);
  }

  static List<byte[]> seeds() {
    String jwk = FakeIssuer.EC.toPublicJWK().toJSONString();
    return Stream.of(
            "t" + FakeIssuer.token(FakeIssuer.claims()),
            "T{\"alg\":\"ES256\",\"kid\":\"ec-1\",\"typ\":\"JWT\"}\n{\"iss\":\""
                + FakeIssuer.URL
                + "\",\"aud\":[\"a\"],\"exp\":1796212800,\"iat\":1.5e9,\"jti\":\"a\"}",
            "D{\"alg\":\"ES256\",\"typ\":\"dpop+jwt\",\"jwk\":"
                + jwk
                + "}\n{\"jti\":\"a\",\"htm\":\"POST\",\"htu\":\"https://localhost:1/v1/decisions\",\"iat\":"
                + FakeIssuer.NOW.getEpochSecond()
                + "}",
            "d" + FakeIssuer.token(FakeIssuer.claims()),
            "k" + new JWKSet(List.of(FakeIssuer.EC, FakeIssuer.RSA)).toPublicJWKSet().toString())
        .map(text -> text.getBytes(UTF_8))
        .toList();
  }

  /// Writes the seeds into the folder named, for `./build fuzz`.
  public static void main(String[] arguments) {
    Bent.write(seeds(), Path.of(arguments[0]));
  }
}
