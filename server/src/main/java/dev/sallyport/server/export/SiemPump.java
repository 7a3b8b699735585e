package dev.sallyport.server.export;

import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.settings.DataFolder;
import dev.sallyport.server.settings.Settings;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/// Tells the ledger to every configured sink, each by a thread and a cursor of its own, so that one
/// that is slow or gone holds up nobody. The ledger is the buffer: nothing is dropped, however long
/// a receiver is away.
@Component
public final class SiemPump implements AutoCloseable {
  private final List<SinkWorker> workers = new ArrayList<>();

  SiemPump(
      Settings settings,
      DataFolder folder,
      Ledger ledger,
      CursorStore cursors,
      Clock clock,
      SecureRandom random) {
    byte[] node = new byte[16];
    random.nextBytes(node);
    String name = HexFormat.of().formatHex(node);
    for (Settings.Export export : settings.exports()) {
      workers.add(
          new SinkWorker(
              export,
              Sinks.of(export, folder, ledger.logKey().name()),
              ledger,
              cursors,
              clock,
              random,
              name,
              (state, why) -> record(ledger, export.name(), state, why)));
    }
    workers.forEach(SinkWorker::start);
  }

  /// A sink that fails, and one that does again, stand in the log.
  private static void record(Ledger ledger, String sink, String state, String why) {
    ledger.append(
        new Ledger.Draft(
            EntryType.EXPORT,
            Actor.SERVER,
            "tell",
            new Subject("Sink", sink),
            state,
            CanonicalJson.bytes(Map.of("reason", why))));
  }

  /// How all sinks do.
  public List<SinkHealth> health() {
    return workers.stream().map(SinkWorker::health).toList();
  }

  @Override
  public void close() {
    workers.forEach(SinkWorker::close);
  }
}
