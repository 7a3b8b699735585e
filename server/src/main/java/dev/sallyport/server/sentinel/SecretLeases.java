package dev.sallyport.server.sentinel;

import dev.sallyport.gate.Ruling;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.secrets.Lease;
import dev.sallyport.server.secrets.SecretBroker;
import java.util.List;
import org.springframework.stereotype.Component;

/// Leases of the broker.
@Component
final class SecretLeases implements Leases {
  private final SecretBroker secrets;

  SecretLeases(SecretBroker secrets) {
    this.secrets = secrets;
  }

  @Override
  public List<String> revoke(Ruling.Allow allow, Actor by, String run) {
    return secrets.revokeRun(allow, by, run).stream().map(Lease::id).toList();
  }

  @Override
  public boolean isTaken(String lease) {
    return secrets.isLive(lease);
  }
}
