package dev.sallyport.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.sallyport.keys.CertificatePath;
import dev.sallyport.keys.LoopbackAuthority;
import dev.sallyport.keys.SigningKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.time.Clock;
import java.util.Comparator;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import picocli.CommandLine.Command;

/// Walks the common paths once, so that the AOT cache made while it runs knows their classes: each
/// step of a job is a process of its own, and most of its time is its start.
///
/// What a job asks of a server is rehearsed against a stand-in on loopback that says yes to
/// everything and lives as long as this command.
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Runnable {
  private static final String DIGEST = "sha256:" + "0".repeat(64);

  @Override
  public void run() {
    Main.run("--help");
    Main.run("commits", "verify", "--help");
    for (String command : new String[] {"run", "decide"}) {
      Main.run(command, "--help");
    }
    Materials.of(Surroundings.ofProcess());
    try {
      Path folder = Files.createTempDirectory("sallyport-warm-up");
      try {
        rehearse(folder, Surroundings.ofProcess());
      } finally {
        remove(folder);
      }
    } catch (IOException | GeneralSecurityException e) {
      // The cache is smaller then, and nothing else.
      throw new UserError("couldn't rehearse: " + e.getMessage(), "");
    }
  }

  /// What a job asks of a server, twice, without any server.
  ///
  /// @param folder of ours alone; what is put there is for the caller to remove
  static void rehearse(Path folder, Surroundings there)
      throws IOException, GeneralSecurityException {
    var random = new SecureRandom();
    LoopbackAuthority.TlsFiles tls =
        LoopbackAuthority.in(folder, Clock.systemUTC().instant(), random);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context(tls)));
    server.createContext("/", WarmUpCommand::answer);
    server.start();
    try {
      Path file = Files.writeString(folder.resolve("file"), "a token, and a product");
      String[] asked = {
        "--server",
        "https://127.0.0.1:" + server.getAddress().getPort(),
        "--ca",
        tls.authority().toString(),
        "--token-file",
        file.toString(),
        "--session",
        folder.resolve("session").toString()
      };
      for (int i = 0; i < 2; i++) {
        ask(there, asked, "publish", file.toString(), "--repository", "acme/shop");
        ask(there, asked, "deploy", "shop", "--env", "prod", "--artifact", DIGEST, "--wait");
      }
    } finally {
      server.stop(0);
    }
  }

  private static void ask(Surroundings there, String[] asked, String... command) {
    Main.run(there, Stream.concat(Stream.of(command), Stream.of(asked)).toArray(String[]::new));
  }

  private static SSLContext context(LoopbackAuthority.TlsFiles tls)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server",
        SigningKey.read(tls.key()).jdkKey(),
        new char[0],
        CertificatePath.readPem(Files.readString(tls.certificate(), StandardCharsets.US_ASCII))
            .toArray(Certificate[]::new));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    int status = exchange.getRequestURI().getPath().contains("/manifests/") ? 201 : 200;
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
    } else {
      byte[] body =
          """
          {"access_token":"t","expires_in":300,"token":"t","ticket":"t","deployment":"d",\
          "state":"live","over":true,"detail":""}
          """
              .getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  /// Removes a folder and all in it.
  static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
