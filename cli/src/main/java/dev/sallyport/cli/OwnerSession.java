package dev.sallyport.cli;

import dev.sallyport.credential.Dpop;
import dev.sallyport.credential.OwnerAssertion;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.SigningKey;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The owner of a server's data folder, who may administer it from its own machine: shows once that
/// he can read `operator.key` there (RFC 7523), and asks with a token bound to a key of this
/// process (RFC 9449).
final class OwnerSession {
  private static final String TOKEN_PATH = "/v1/token";

  private final ServerClient client;
  private final Path operatorKey;
  private final SecureRandom random = new SecureRandom();
  private final Clock clock = Clock.systemUTC();
  private final SigningKey key = SigningKey.generate(KeyAlgorithm.ECDSA_P256, random);
  private @Nullable String token;

  OwnerSession(ServerOptions server) {
    this.client = server.client();
    this.operatorKey = server.dataFolder().resolve("operator.key");
  }

  /// Asks for something; the answer is given as it is.
  ServerClient.Answer send(String method, String path, @Nullable JsonNode body) {
    String held = token == null ? exchange() : token;
    token = held;
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Authorization", "DPoP " + held);
    String resource = path.indexOf('?') < 0 ? path : path.substring(0, path.indexOf('?'));
    headers.put("DPoP", Dpop.prove(key, method, client.at(resource), held, id(), clock.instant()));
    if (body == null) {
      return client.get(path, headers);
    }
    headers.put("Content-Type", "application/json");
    return client.send(method, path, headers, Json.line(body).getBytes(StandardCharsets.UTF_8));
  }

  /// Asks for something and goes on only where it was done.
  JsonNode must(String method, String path, @Nullable JsonNode body) {
    ServerClient.Answer answer = send(method, path, body);
    JsonNode json = answer.json();
    if (answer.status() / 100 != 2) {
      throw new UserError(
          Terminal.safe(json.path("detail").asString("the server answered " + answer.status())),
          Terminal.safe(json.path("advice").path(0).asString("")));
    }
    return json;
  }

  private String exchange() {
    SigningKey operator;
    try {
      if (!Files.isReadable(operatorKey)) {
        throw new UserError(
            "only the owner of the server's folder may do this, and `"
                + operatorKey
                + "` cannot be read",
            "run it on the server's machine as its user, with --data if the folder is another");
      }
      operator = SigningKey.read(operatorKey);
    } catch (KeyException e) {
      throw new UserError(String.valueOf(e.getMessage()), "check the server's data folder");
    }
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/x-www-form-urlencoded");
    headers.put(
        "DPoP", Dpop.prove(key, "POST", client.at(TOKEN_PATH), null, id(), clock.instant()));
    String form =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
            + URLEncoder.encode(
                OwnerAssertion.make(operator, client.at(TOKEN_PATH), id(), clock.instant()),
                StandardCharsets.UTF_8);
    ServerClient.Answer answer =
        client.send("POST", TOKEN_PATH, headers, form.getBytes(StandardCharsets.UTF_8));
    if (answer.status() != 200) {
      throw new UserError(
          "the server does not take the owner's key: "
              + Terminal.safe(answer.json().path("error_description").asString("")),
          "is --data the folder of this very server?");
    }
    return answer.json().path("access_token").asString("");
  }

  private String id() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
