package dev.sallyport.server.export;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Splunk's HTTP Event Collector with indexer acknowledgement.
///
/// A 200 says only that the events arrived; they count as told when the acknowledgement of their
/// `ackId` is true ("About HTTP Event Collector Indexer Acknowledgment"). A receiver that gives no
/// `ackId` is refused: with it entries could be lost without anybody knowing.
final class HecSink implements Sink {
  private static final int MAX_ANSWER_BYTES = 64 * 1024;
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
  private static final JsonMapper JSON = new JsonMapper();

  private final HttpClient http;
  private final URI events;
  private final URI base;
  private final String token;
  private final @Nullable String index;
  private final String host;
  private final Duration acknowledgedWithin;
  private final Duration askEvery;

  /// Acknowledgements are kept by channel; a new one after a failure, so that none is mixed up.
  private String channel = UUID.randomUUID().toString();

  HecSink(
      HttpClient http,
      URI base,
      String token,
      @Nullable String index,
      String host,
      Duration acknowledgedWithin,
      Duration askEvery) {
    this.http = http;
    this.base = base;
    this.events = base.resolve("/services/collector/event");
    this.token = token;
    this.index = index;
    this.host = host;
    this.acknowledgedWithin = acknowledgedWithin;
    this.askEvery = askEvery;
  }

  @Override
  public void tell(List<Told> entries) throws InterruptedException {
    try {
      long ackId = send(entries);
      long deadline = System.nanoTime() + acknowledgedWithin.toNanos();
      while (!isAcknowledged(ackId)) {
        if (System.nanoTime() > deadline) {
          throw new SinkException(
              "no acknowledgement within " + acknowledgedWithin.toSeconds() + " s");
        }
        Thread.sleep(askEvery);
      }
    } catch (SinkException e) {
      channel = UUID.randomUUID().toString();
      throw e;
    }
  }

  private long send(List<Told> entries) throws InterruptedException {
    var body = new StringBuilder();
    for (Told told : entries) {
      ObjectNode event = JSON.createObjectNode();
      event.put("time", told.time().toEpochMilli() / 1000.0);
      event.put("host", host);
      event.put("source", "sallyport");
      event.put("sourcetype", "sallyport:entry");
      if (index != null) {
        event.put("index", index);
      }
      event.set("event", JSON.readTree(told.json()));
      event.putObject("fields").put("dedup", told.dedup());
      body.append(event);
    }
    JsonNode answer = post(events, body.toString());
    JsonNode ackId = answer.path("ackId");
    if (!ackId.isIntegralNumber()) {
      throw new SinkException(
          "the receiver gives no acknowledgement: switch indexer acknowledgement on for the token");
    }
    return ackId.asLong();
  }

  private boolean isAcknowledged(long ackId) throws InterruptedException {
    JsonNode answer =
        post(
            base.resolve("/services/collector/ack?channel=" + channel),
            "{\"acks\":[" + ackId + "]}");
    return answer.path("acks").path(Long.toString(ackId)).asBoolean(false);
  }

  private JsonNode post(URI address, String body) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(TIMEOUT)
            .header("Authorization", "Splunk " + token)
            .header("X-Splunk-Request-Channel", channel)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
            .build();
    try {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      byte[] bytes;
      try (InputStream in = response.body()) {
        bytes = in.readNBytes(MAX_ANSWER_BYTES);
      }
      if (response.statusCode() != 200) {
        throw new SinkException(
            "the receiver answered " + response.statusCode() + reason(bytes), retryAfter(response));
      }
      return JSON.readTree(bytes);
    } catch (IOException e) {
      throw new SinkException("the receiver did not answer: " + e.getClass().getSimpleName());
    } catch (JacksonException e) {
      throw new SinkException("the receiver's answer is not JSON");
    }
  }

  private static String reason(byte[] bytes) {
    try {
      JsonNode node = JSON.readTree(bytes);
      String text = node.path("text").asString("");
      return text.isEmpty() ? "" : ": " + text.replaceAll("[^ -~]", "?");
    } catch (JacksonException e) {
      return "";
    }
  }

  private static @Nullable Duration retryAfter(HttpResponse<?> response) {
    try {
      return response
          .headers()
          .firstValue("Retry-After")
          .map(text -> Duration.ofSeconds(Long.parseLong(text.strip())))
          .filter(wait -> !wait.isNegative())
          .map(wait -> wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait)
          .orElse(null);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  @Override
  public boolean acknowledges() {
    return true;
  }

  @Override
  public void close() {
    http.close();
  }
}
