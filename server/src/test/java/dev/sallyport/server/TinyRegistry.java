package dev.sallyport.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sallyport.server.ledger.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// A registry in memory to stand behind the door: it believes everything, keeps what it was asked,
/// and can be told to lie.
final class TinyRegistry implements AutoCloseable {
  final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  final Map<String, byte[]> manifests = new ConcurrentHashMap<>();
  final Map<String, String> types = new ConcurrentHashMap<>();
  final List<String> asked = new CopyOnWriteArrayList<>();
  private final Map<String, ByteArrayOutputStream> uploads = new ConcurrentHashMap<>();
  private final HttpServer server;

  /// Where uploads are said to go on; null for here.
  volatile String elsewhere = "";

  /// The subject that it says it took note of; empty as in a registry without referrers.
  volatile String subject = "";

  TinyRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String method = exchange.getRequestMethod();
      asked.add(method + " " + exchange.getRequestURI());
      byte[] body = exchange.getRequestBody().readAllBytes();
      String last = path.substring(path.lastIndexOf('/') + 1);
      if (path.endsWith("/blobs/uploads/")) {
        String id = UUID.randomUUID().toString();
        uploads.put(id, new ByteArrayOutputStream());
        located(exchange, 202, elsewhere + path + id + "?_state=x");
      } else if (path.contains("/blobs/uploads/")) {
        upload(exchange, method, path, last, body);
      } else if (path.contains("/blobs/")) {
        give(exchange, method, blobs.get(last), "application/octet-stream");
      } else if (path.contains("/manifests/") && method.equals("PUT")) {
        String name = path.substring(4, path.indexOf("/manifests/"));
        for (String key : List.of(last, Digest.of(body).text())) {
          manifests.put(name + " " + key, body);
          types.put(name + " " + key, exchange.getRequestHeaders().getFirst("Content-Type"));
        }
        if (!subject.isEmpty()) {
          exchange.getResponseHeaders().set("OCI-Subject", subject);
        }
        located(exchange, 201, path);
      } else if (path.contains("/manifests/")) {
        String key = path.substring(4, path.indexOf("/manifests/")) + " " + last;
        give(exchange, method, manifests.get(key), types.getOrDefault(key, ""));
      } else if (path.endsWith("/tags/list")) {
        give(
            exchange,
            method,
            "{\"name\":\"acme/shop\",\"tags\":[\"v1\"]}".getBytes(StandardCharsets.UTF_8),
            "application/json");
      } else {
        exchange.sendResponseHeaders(404, -1);
      }
    }
  }

  private void upload(HttpExchange exchange, String method, String path, String id, byte[] body)
      throws IOException {
    ByteArrayOutputStream upload = uploads.get(id);
    if (upload == null) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    upload.write(body);
    switch (method) {
      case "PATCH" -> located(exchange, 202, elsewhere + path + "?_state=y");
      case "DELETE" -> {
        uploads.remove(id);
        exchange.sendResponseHeaders(204, -1);
      }
      default -> {
        String query = exchange.getRequestURI().getQuery();
        blobs.put(query.substring(query.indexOf("digest=") + 7), upload.toByteArray());
        located(exchange, 201, "/");
      }
    }
  }

  private static void located(HttpExchange exchange, int status, String place) throws IOException {
    exchange.getResponseHeaders().set("Location", place);
    exchange.sendResponseHeaders(status, -1);
  }

  private static void give(
      HttpExchange exchange, String method, byte @Nullable [] body, String type)
      throws IOException {
    if (body == null) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", type);
    if (method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(200, -1);
    } else {
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
