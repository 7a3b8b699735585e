package dev.sallyport.server.console;

import dev.sallyport.server.console.RunEntryStore.RunEntry;
import dev.sallyport.server.ledger.Ledger;
import java.util.List;
import org.springframework.stereotype.Component;

/// Finds the entries about a run. The log is read on when somebody looks, never in the way of an
/// answer to a job.
@Component
final class RunIndex {
  /// Most entries read for one look; a log that is further ahead is caught up with look by look.
  private static final int PAGES = 256;

  private final RunEntryStore store;
  private final Ledger ledger;

  RunIndex(RunEntryStore store, Ledger ledger) {
    this.store = store;
    this.ledger = ledger;
  }

  /// Reads on; the first entry that was not read.
  long catchUp() {
    long next = store.next();
    for (int page = 0; page < PAGES; page++) {
      List<Ledger.Recorded> read = ledger.entries(next, Ledger.MAX_PAGE);
      if (read.isEmpty()) {
        return next;
      }
      long to = read.getLast().index() + 1;
      store.add(next, to, read.stream().flatMap(one -> about(one).stream()).toList());
      next = store.next();
    }
    return next;
  }

  private static List<RunEntry> about(Ledger.Recorded recorded) {
    return recorded.entry().subject().stream()
        .filter(subject -> subject.type().equals("Run"))
        .map(subject -> new RunEntry(subject.id(), recorded.index()))
        .distinct()
        .toList();
  }

  List<Ledger.Recorded> of(String run, int limit) {
    return store.of(run, limit).stream().flatMap(index -> ledger.entry(index).stream()).toList();
  }

  List<String> newest(int limit) {
    return store.newest(limit);
  }
}
