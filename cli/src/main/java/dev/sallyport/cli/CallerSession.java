package dev.sallyport.cli;

import dev.sallyport.credential.Dpop;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.KeyException;
import dev.sallyport.keys.SigningKey;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Who asks a server: a CI job's token, exchanged once for a short one that is bound to a key of
/// this process (RFC 8693, RFC 9449). With `--session` several commands of one job share that
/// exchange, since a CI token counts only once.
final class CallerSession {
  private static final String OWN_TOKEN = "SALLYPORT_ID_TOKEN";
  private static final String GITHUB_URL = "ACTIONS_ID_TOKEN_REQUEST_URL";
  private static final String GITHUB_BEARER = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "the CI job's OIDC token; default: GitHub's token endpoint, or SALLYPORT_ID_TOKEN (GitLab"
              + " id_tokens)")
  private @Nullable Path tokenFile;

  @Option(
      names = "--audience",
      paramLabel = "NAME",
      defaultValue = "sallyport",
      description = "the audience to ask GitHub's token endpoint for; default: sallyport")
  private String audience = "sallyport";

  @Option(
      names = "--session",
      paramLabel = "FILE",
      description =
          "keep the exchanged token and its key here (mode 0600) for the job's next command; with"
              + " `sallyport job start` none is needed")
  private @Nullable Path sessionFile;

  private final SecureRandom random = new SecureRandom();
  private final Clock clock = Clock.systemUTC();

  /// A token of the server's and the key that it is bound to.
  record Bound(String token, SigningKey key, Instant ends) {
    /// Long enough for a request.
    boolean lasts(Instant now) {
      return ends.isAfter(now.plusSeconds(10));
    }

    /// Without the token.
    @Override
    public String toString() {
      return "Bound[until " + ends + "]";
    }
  }

  private @Nullable Bound bound;

  /// The headers of one request: the token, and a fresh proof that we hold its key.
  Map<String, String> headers(ServerClient client, String method, String path) {
    Bound current = bound(client);
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Authorization", "DPoP " + current.token());
    headers.put(
        "DPoP",
        Dpop.prove(current.key(), method, client.at(path), current.token(), id(), clock.instant()));
    return headers;
  }

  /// A fresh proof that we hold the key of this session, without its token: for what the key alone
  /// may say when its token is over.
  String proof(ServerClient client, String method, String path) {
    return Dpop.prove(bound(client).key(), method, client.at(path), null, id(), clock.instant());
  }

  /// A fresh unguessable text.
  String id() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private Bound bound(ServerClient client) {
    Bound known = bound;
    Surroundings there = client.behalf();
    KeptSessions shared = there.sessions();
    if (known == null && sessionFile != null) {
      known = kept(there.at(sessionFile));
    } else if (known == null && shared != null) {
      List<String> presented = new ArrayList<>(presented(there));
      presented.add(client.at("/").toString());
      presented.add(audience);
      known = shared.get(presented, clock.instant(), () -> exchange(client));
    }
    if (known == null) {
      known = exchange(client);
      if (sessionFile != null) {
        keep(there.at(sessionFile), known);
      }
    }
    bound = known;
    return known;
  }

  /// What the caller shows to be let in; a session in memory is found by nothing else.
  private List<String> presented(Surroundings there) {
    String url = there.told(GITHUB_URL);
    String bearer = there.told(GITHUB_BEARER);
    if (tokenFile == null && there.told(OWN_TOKEN) == null && url != null && bearer != null) {
      return List.of("github", url, bearer);
    }
    return List.of("token", ciToken(there));
  }

  private Bound exchange(ServerClient client) {
    SigningKey key = SigningKey.generate(KeyAlgorithm.ECDSA_P256, random);
    ServerClient.Answer answer =
        exchange(client, key, ciToken(client.behalf()), id(), clock.instant());
    JsonNode json = answer.json();
    if (answer.status() != 200) {
      throw new UserError(
          "the server refused the CI token: "
              + Terminal.safe(
                  json.path("error_description")
                      .asString(json.path("detail").asString("status " + answer.status()))),
          "a token counts once, for its audience, until it expires: take a fresh one, or share one with"
              + " --session");
    }
    return new Bound(
        json.path("access_token").asString(""),
        key,
        clock.instant().plusSeconds(json.path("expires_in").asLong(0)));
  }

  /// Asks for a token bound to `key` in exchange for a CI job's token, and gives the answer as it
  /// is.
  ///
  /// @param id a fresh unguessable text
  static ServerClient.Answer exchange(
      ServerClient client, SigningKey key, String ciToken, String id, Instant now) {
    String path = "/v1/token";
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/x-www-form-urlencoded");
    headers.put("DPoP", Dpop.prove(key, "POST", client.at(path), null, id, now));
    String form =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
            + "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&subject_token="
            + URLEncoder.encode(ciToken, StandardCharsets.UTF_8);
    return client.send("POST", path, headers, form.getBytes(StandardCharsets.UTF_8));
  }

  private String ciToken(Surroundings there) {
    Path file = tokenFile;
    if (file != null) {
      try {
        if (Files.size(there.at(file)) > 65_536) {
          throw new UserError("`" + file + "` is too large for a token", "name the right file");
        }
        return Files.readString(there.at(file), StandardCharsets.US_ASCII).strip();
      } catch (IOException e) {
        throw new UserError("couldn't read `" + file + "`", "check that it exists");
      }
    }
    String own = there.told(OWN_TOKEN);
    if (own != null) {
      return own;
    }
    String url = there.told(GITHUB_URL);
    String bearer = there.told(GITHUB_BEARER);
    if (url != null && bearer != null) {
      return githubToken(url, bearer);
    }
    throw new UserError(
        "no CI token to ask with",
        "in GitHub Actions give the job `permissions: id-token: write`; in GitLab put an id_token into"
            + " SALLYPORT_ID_TOKEN; elsewhere use --token-file");
  }

  private String githubToken(String url, String bearer) {
    URI address =
        URI.create(url + "&audience=" + URLEncoder.encode(audience, StandardCharsets.UTF_8));
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(Duration.ofSeconds(15))
            .header("Authorization", "bearer " + bearer)
            .build();
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build()) {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      String value = Json.MAPPER.readTree(response.body()).path("value").asString("");
      if (response.statusCode() != 200 || value.isEmpty()) {
        throw new UserError(
            "GitHub's token endpoint gave no token (status " + response.statusCode() + ")",
            "give the job `permissions: id-token: write`");
      }
      return value;
    } catch (IOException e) {
      throw new UserError("GitHub's token endpoint did not answer", "try the job again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", "");
    }
  }

  private @Nullable Bound kept(Path file) {
    if (!Files.exists(file)) {
      return null;
    }
    try {
      if (!PosixFilePermissions.toString(Files.getPosixFilePermissions(file)).equals("rw-------")) {
        throw new UserError(
            "session file `" + file + "` may be read by others",
            "remove it and take a fresh token");
      }
      JsonNode node = Json.MAPPER.readTree(Files.readString(file));
      Instant ends = Instant.ofEpochSecond(node.path("ends").asLong(0));
      Bound known =
          new Bound(
              node.path("token").asString(""),
              SigningKey.ofPem(node.path("key").asString("")),
              ends);
      return known.lasts(clock.instant()) ? known : null;
    } catch (IOException | KeyException e) {
      throw new UserError(
          "couldn't read session file `" + file + "`", "remove it and take a fresh token");
    }
  }

  private static void keep(Path file, Bound fresh) {
    ObjectNode node = Json.object();
    node.put("token", fresh.token());
    node.put("ends", fresh.ends().getEpochSecond());
    node.put("key", fresh.key().pem());
    try {
      Path staged =
          Files.createTempFile(
              file.toAbsolutePath().getParent(),
              ".session",
              ".new",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(staged, Json.line(node));
      Files.move(staged, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UserError("couldn't write session file `" + file + "`", "check the folder");
    }
  }
}
