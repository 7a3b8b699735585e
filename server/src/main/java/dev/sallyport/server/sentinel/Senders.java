package dev.sallyport.server.sentinel;

import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.runs.Runs;
import java.util.List;
import org.springframework.stereotype.Component;

/// What plans ask of the room that knows which bytes went through a door.
interface Senders {
  /// Whether another run than these sent bytes of this digest before any of these named or sent it.
  boolean othersWereFirst(Digest digest, List<String> runs);

  /// As the room of runs knows it.
  @Component
  final class OfRuns implements Senders {
    private final Runs runs;

    OfRuns(Runs runs) {
      this.runs = runs;
    }

    @Override
    public boolean othersWereFirst(Digest digest, List<String> these) {
      return runs.othersWereFirst(digest, these);
    }
  }
}
