package dev.sallyport.server.export;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A receiver that behaves as Splunk documents its event collector, and can be told to fail. What
/// it has acknowledged it keeps for ever; what it has not it may lose.
final class HecReceiver implements AutoCloseable {
  static final String TOKEN = "11111111-2222-3333-4444-555555555555";
  private static final JsonMapper JSON = new JsonMapper();

  /// What happens to the next request for events.
  enum Fault {
    NONE,
    BUSY,
    LOSE_SILENTLY,
    STORE_AND_DIE,
    STORE_AND_NEVER_ACKNOWLEDGE,
    NO_ACK_ID
  }

  private final HttpServer server;
  private final List<JsonNode> stored = new ArrayList<>();
  private final Map<String, Map<Long, Boolean>> acks = new HashMap<>();
  private final Set<String> problems = new HashSet<>();
  private long nextAck;
  private java.util.function.Supplier<Fault> faults = () -> Fault.NONE;

  HecReceiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/services/collector/event", exchange -> guarded(exchange, this::event));
    server.createContext("/services/collector/ack", exchange -> guarded(exchange, this::ack));
    server.start();
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  synchronized void failing(java.util.function.Supplier<Fault> next) {
    faults = next;
  }

  /// The `dedup` of everything that arrived, in order, with what came twice.
  synchronized List<String> arrived() {
    return stored.stream().map(event -> event.path("fields").path("dedup").asString()).toList();
  }

  synchronized List<JsonNode> events() {
    return List.copyOf(stored);
  }

  synchronized Set<String> problems() {
    return Set.copyOf(problems);
  }

  private interface Handler {
    void handle(HttpExchange exchange, String channel) throws IOException;
  }

  private void guarded(HttpExchange exchange, Handler handler) throws IOException {
    String channel = exchange.getRequestHeaders().getFirst("X-Splunk-Request-Channel");
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    if (!("Splunk " + TOKEN).equals(authorization)) {
      answer(exchange, 403, "{\"text\":\"Invalid token\",\"code\":4}");
      return;
    }
    if (channel == null || !channel.matches("[0-9a-f-]{36}")) {
      synchronized (this) {
        problems.add("a request without a channel");
      }
      answer(exchange, 400, "{\"text\":\"Data channel is missing\",\"code\":10}");
      return;
    }
    synchronized (this) {
      handler.handle(exchange, channel);
    }
  }

  private void event(HttpExchange exchange, String channel) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    Fault fault = faults.get();
    switch (fault) {
      case BUSY -> {
        exchange.getResponseHeaders().add("Retry-After", "0");
        answer(exchange, 503, "{\"text\":\"Server is busy\",\"code\":9}");
        return;
      }
      case STORE_AND_DIE -> {
        store(body);
        exchange.close();
        return;
      }
      case NONE, STORE_AND_NEVER_ACKNOWLEDGE, NO_ACK_ID -> store(body);
      case LOSE_SILENTLY -> {}
    }
    if (fault == Fault.NO_ACK_ID) {
      answer(exchange, 200, "{\"text\":\"Success\",\"code\":0}");
      return;
    }
    long id = nextAck++;
    acks.computeIfAbsent(channel, _ -> new HashMap<>()).put(id, fault == Fault.NONE);
    answer(exchange, 200, "{\"text\":\"Success\",\"code\":0,\"ackId\":" + id + "}");
  }

  private void store(byte[] body) {
    try (JsonParser parser = JSON.createParser(body)) {
      JSON.readerFor(JsonNode.class).<JsonNode>readValues(parser).forEachRemaining(stored::add);
    }
  }

  private void ack(HttpExchange exchange, String channel) throws IOException {
    String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    var answer = JSON.createObjectNode();
    var answered = answer.putObject("acks");
    for (JsonNode id : JSON.readTree(text).path("acks")) {
      answered.put(
          id.asString(), acks.getOrDefault(channel, Map.of()).getOrDefault(id.asLong(), false));
    }
    answer(exchange, 200, answer.toString());
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
