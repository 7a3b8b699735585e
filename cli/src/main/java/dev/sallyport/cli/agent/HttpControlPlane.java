package dev.sallyport.cli.agent;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// The server over mutual TLS: what is asked of it, and the releases of the registry behind its
/// door.
final class HttpControlPlane implements ControlPlane, Registry {
  private static final int MAX_ANSWER_BYTES = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final Duration FETCH_PATIENCE = Duration.ofMinutes(10);

  private final Enrolment enrolment;
  private final Clock clock;
  private volatile HttpClient http;

  HttpControlPlane(Enrolment enrolment, Clock clock) {
    this.enrolment = enrolment;
    this.clock = clock;
    this.http = client(enrolment);
  }

  private static HttpClient client(Enrolment enrolment) {
    return HttpClient.newBuilder()
        .sslContext(enrolment.tls())
        .connectTimeout(Duration.ofSeconds(5))
        .followRedirects(HttpClient.Redirect.NEVER)
        .version(HttpClient.Version.HTTP_1_1)
        .build();
  }

  private record Answer(int status, JsonNode json) {}

  private Answer post(String path, Map<String, ?> body, Duration patience) {
    HttpRequest request =
        HttpRequest.newBuilder(at(path))
            .timeout(patience)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(StrictJson.write(body)))
            .build();
    try {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        byte[] bytes = in.readNBytes(MAX_ANSWER_BYTES + 1);
        int status = response.statusCode();
        if (bytes.length > MAX_ANSWER_BYTES || status >= 500 || status == 429) {
          throw new UnreachableException("the server answered " + status);
        }
        return new Answer(status, StrictJson.read(bytes, "the server's answer"));
      }
    } catch (IOException e) {
      throw new UnreachableException("the server does not answer: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoppedException();
    }
  }

  private URI at(String path) {
    return URI.create(enrolment.server() + path);
  }

  private Answer wanted(String path, Map<String, ?> body, Duration patience) {
    Answer answer = post(path, body, patience);
    if (answer.status() != 200) {
      throw new UnreachableException(
          "the server refused: " + answer.json().path("detail").asString("" + answer.status()));
    }
    return answer;
  }

  @Override
  public List<Offer> work(List<PlaceName> places, int waitSeconds) {
    var named = new ArrayList<Map<String, Object>>();
    for (PlaceName place : places) {
      named.add(Map.of("service", place.service(), "environment", place.environment()));
    }
    Answer answer =
        wanted(
            "/v1/agents/work",
            Map.of("places", named, "waitSeconds", waitSeconds),
            PATIENCE.plusSeconds(waitSeconds));
    var offers = new ArrayList<Offer>();
    for (JsonNode one : answer.json().path("tickets")) {
      offers.add(
          new Offer(
              one.path("deployment").asString(""),
              one.path("ticket").asString(""),
              place(one),
              one.path("kind").asString("").equals("rollback")));
    }
    return offers;
  }

  private static PlaceName place(JsonNode at) {
    return new PlaceName(at.path("service").asString(""), at.path("environment").asString(""));
  }

  @Override
  public Redemption redeem(String ticket, String nonce) {
    Answer answer = post("/v1/tickets/redeem", Map.of("ticket", ticket, "nonce", nonce), PATIENCE);
    JsonNode json = answer.json();
    if (answer.status() != 200) {
      return new Redemption.Refused(json.path("detail").asString("status " + answer.status()));
    }
    String digest = json.path("digest").asString("");
    String deployment = json.path("deployment").asString("");
    if (!digest.matches("sha256:[0-9a-f]{64}") || deployment.isEmpty()) {
      return new Redemption.Refused("the server's answer names no release");
    }
    return new Redemption.Granted(
        deployment, place(json), digest, json.path("registryRepository").asString(""));
  }

  @Override
  public Reply report(List<PlaceReport> places) {
    var said = new ArrayList<Map<String, Object>>();
    for (PlaceReport place : places) {
      var members = new LinkedHashMap<String, Object>();
      members.put("service", place.place().service());
      members.put("environment", place.place().environment());
      if (place.deployment() != null) {
        members.put("deployment", place.deployment());
      }
      if (place.digest() != null) {
        members.put("digest", place.digest());
      }
      members.put("state", place.state());
      members.put("health", place.health());
      members.put("seconds", place.seconds());
      if (!place.detail().isEmpty()) {
        members.put("detail", place.detail().substring(0, Math.min(300, place.detail().length())));
      }
      said.add(members);
    }
    JsonNode json = wanted("/v1/agents/report", Map.of("places", said), PATIENCE).json();
    Set<String> acknowledged = new HashSet<>();
    json.path("acknowledged").forEach(one -> acknowledged.add(one.asString("")));
    Map<PlaceName, String> held = new HashMap<>();
    json.path("held").forEach(one -> held.put(place(one), one.path("reason").asString("held")));
    Map<PlaceName, String> stop = new HashMap<>();
    json.path("stop").forEach(one -> stop.put(place(one), one.path("digest").asString("")));
    return new Reply(acknowledged, held, stop);
  }

  @Override
  public void renew() {
    if (!enrolment.endsSoon(clock.instant())) {
      return;
    }
    JsonNode json = wanted("/v1/agents/renew", Map.of("csr", enrolment.request()), PATIENCE).json();
    enrolment.renewed(json.path("certificate").asString(""));
    http = client(enrolment);
  }

  @Override
  public InputStream open(String repository, Kind kind, String digest) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(at("/v2/" + repository + "/" + kind.path + "/" + digest))
            .timeout(FETCH_PATIENCE)
            .header(
                "Accept",
                kind == Kind.BLOB
                    ? "*/*"
                    : "application/vnd.oci.image.manifest.v1+json,"
                        + " application/vnd.docker.distribution.manifest.v2+json")
            .build();
    try {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      int status = response.statusCode();
      if (status == 200) {
        return response.body();
      }
      response.body().close();
      if (status >= 500 || status == 429) {
        throw new UnreachableException("the registry answered " + status);
      }
      throw new AgentException("the registry gives no " + digest + ": status " + status);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoppedException();
    }
  }
}
