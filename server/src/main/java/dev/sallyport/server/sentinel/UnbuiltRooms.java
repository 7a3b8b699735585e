package dev.sallyport.server.sentinel;

import dev.sallyport.gate.Ruling;
import dev.sallyport.server.decisions.Warrant;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.Digest;
import java.util.List;
import org.springframework.stereotype.Component;

/// Stands where the room of releases is not built yet: nothing runs.
@Component
final class UnbuiltRooms implements Places {
  @Override
  public List<At> with(Digest digest) {
    return List.of();
  }

  @Override
  public List<Digest> earlier(At place) {
    return List.of();
  }

  @Override
  public String rollBack(Warrant warrant, At place, Digest to, String reason, String retry) {
    throw new IllegalStateException("nothing runs anywhere");
  }

  @Override
  public Progress progress(String deployment) {
    return Progress.FAILED;
  }

  @Override
  public List<String> revokeTickets(Ruling.Allow allow, Actor by, Digest digest, String reason) {
    return List.of();
  }

  @Override
  public boolean isTaken(String id) {
    return false;
  }
}
