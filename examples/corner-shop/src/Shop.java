import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** The corner shop: it says what it sells, over HTTP on loopback. */
public final class Shop {
  static String greeting() {
    return "bread, milk, batteries\n";
  }

  public static void main(String[] args) throws Exception {
    if (args.length == 1 && args[0].equals("--self-test")) {
      if (!greeting().contains("bread")) {
        throw new AssertionError("a corner shop without bread");
      }
      System.out.println("self-test passed");
      return;
    }
    int port = args.length == 1 ? Integer.parseInt(args[0]) : 8080;
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = greeting().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }
}
