package dev.sallyport.server.settings;

import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/// Under which addresses this server is known: told once it listens, never taken from a request.
public final class ServerAddress {
  private final List<URI> configured;
  private final AtomicReference<List<URI>> all = new AtomicReference<>(List.of());

  /// The addresses of a proxy in front, as configured.
  public ServerAddress(List<URI> configured) {
    this.configured = List.copyOf(configured);
  }

  /// Says on which port of the loopback interface it listens.
  public void listensOn(int port) {
    var known = new java.util.ArrayList<URI>(configured);
    for (String host : List.of("127.0.0.1", "localhost", "[::1]")) {
      known.add(URI.create("https://" + host + ":" + port));
    }
    all.set(List.copyOf(known));
  }

  /// All addresses of one path.
  public List<URI> of(String path) {
    return all.get().stream().map(base -> URI.create(base + path)).toList();
  }

  /// Whether `origin` (RFC 6454) is one of ours.
  public boolean isOurs(String origin) {
    return all.get().stream().anyMatch(base -> base.toString().equals(origin));
  }
}
