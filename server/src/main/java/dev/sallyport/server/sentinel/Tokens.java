package dev.sallyport.server.sentinel;

import dev.sallyport.gate.Ruling;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.tokens.TokenDesk;
import java.util.List;
import org.springframework.stereotype.Component;

/// What responses ask of the room that mints tokens.
interface Tokens {
  /// Tokens of a run that still count.
  List<String> living(String run);

  /// Revokes one.
  void revoke(Ruling.Allow allow, Actor by, String token);

  /// Whether one would still be taken, by the look that every request goes through.
  boolean isTaken(String token);

  /// Of the desk.
  @Component
  final class OfDesk implements Tokens {
    private final TokenDesk desk;

    OfDesk(TokenDesk desk) {
      this.desk = desk;
    }

    @Override
    public List<String> living(String run) {
      return desk.living(run, null);
    }

    @Override
    public void revoke(Ruling.Allow allow, Actor by, String token) {
      desk.revoke(allow, by, token);
    }

    @Override
    public boolean isTaken(String token) {
      return desk.isTaken(token);
    }
  }
}
