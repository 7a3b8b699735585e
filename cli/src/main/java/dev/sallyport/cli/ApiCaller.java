package dev.sallyport.cli;

import dev.sallyport.credential.Dpop;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Somebody who holds a CI token and speaks the server's API by hand, as an attacker does who is
/// not bound to what our commands would ask.
final class ApiCaller {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ServerClient client;
  private final Clock clock;
  private final SigningKey key = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
  private final String token;

  ApiCaller(ServerClient client, String ciToken, Clock clock) {
    this.client = client;
    this.clock = clock;
    this.token =
        CallerSession.exchange(client, key, ciToken, id(), clock.instant())
            .json()
            .path("access_token")
            .asString("");
    if (token.isEmpty()) {
      throw new UserError("the exchange gave no token", "run ./sallyport demo and look around");
    }
  }

  ServerClient.Answer post(String path, ObjectNode body) {
    return client.send(
        "POST", path, headers("POST", path), Json.line(body).getBytes(StandardCharsets.UTF_8));
  }

  ServerClient.Answer get(String path, String query) {
    return client.get(path + query, headers("GET", path));
  }

  private Map<String, String> headers(String method, String path) {
    return Map.of(
        "Authorization",
        "DPoP " + token,
        "DPoP",
        Dpop.prove(key, method, client.at(path), token, id(), clock.instant()),
        "Content-Type",
        "application/json");
  }

  private static String id() {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
