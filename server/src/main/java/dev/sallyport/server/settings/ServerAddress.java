package dev.sallyport.server.settings;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/// Under which addresses this server is known: told once it listens, never taken from a request.
public final class ServerAddress {
  private final List<URI> configured;
  private final AtomicReference<List<URI>> all = new AtomicReference<>(List.of());
  private final AtomicReference<List<URI>> machines = new AtomicReference<>(List.of());

  /// The addresses of a proxy in front, as configured.
  public ServerAddress(List<URI> configured) {
    this.configured = List.copyOf(configured);
  }

  /// Says on which ports of the loopback interface it listens: one for all, one for machines.
  public void listensOn(int port, int machinePort) {
    var known = new ArrayList<URI>(configured);
    known.addAll(loopback(port));
    all.set(List.copyOf(known));
    machines.set(loopback(machinePort));
  }

  private static List<URI> loopback(int port) {
    return Stream.of("127.0.0.1", "localhost", "[::1]")
        .map(host -> URI.create("https://" + host + ":" + port))
        .toList();
  }

  /// Where machines ask, as they would spell it on this machine.
  public URI ofMachines() {
    return machines.get().getFirst();
  }

  /// All addresses of one path.
  public List<URI> of(String path) {
    return all.get().stream().map(base -> URI.create(base + path)).toList();
  }

  /// Whether `origin` (RFC 6454) is one of ours.
  public boolean isOurs(String origin) {
    return Stream.concat(all.get().stream(), machines.get().stream())
        .anyMatch(base -> base.toString().equals(origin));
  }
}
