package dev.sallyport.server.export;

import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.settings.Settings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells one sink: reads from its cursor, tells, waits for the acknowledgement, moves the cursor.
///
/// A crash between acknowledgement and cursor tells a batch again; receivers drop what they have by
/// `dedup`. Failures are tried again for ever, with a pause that doubles up to a minute.
final class SinkWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SinkWorker.class);
  private static final int BATCH = 100;
  private static final int MAX_CHARACTERS = 2 << 20;
  private static final Duration HELD_FOR = Duration.ofSeconds(60);
  private static final Duration IDLE = Duration.ofMillis(200);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);
  private static final int FAILURES_UNTIL_TOLD = 3;

  private final Settings.Export export;
  private final Sink sink;
  private final Ledger ledger;
  private final CursorStore cursors;
  private final Clock clock;
  private final RandomGenerator random;
  private final String node;
  private final BiConsumer<String, String> changed;
  private final Thread thread;

  private volatile String state = "idle";
  private volatile @Nullable String error;
  private volatile boolean closing;

  /// Owned by the thread.
  private int failures;

  SinkWorker(
      Settings.Export export,
      Sink sink,
      Ledger ledger,
      CursorStore cursors,
      Clock clock,
      RandomGenerator random,
      String node,
      BiConsumer<String, String> changed) {
    this.export = export;
    this.sink = sink;
    this.ledger = ledger;
    this.cursors = cursors;
    this.clock = clock;
    this.random = random;
    this.node = node;
    this.changed = changed;
    this.thread = Thread.ofVirtual().name("export-" + export.name()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    while (!closing) {
      try {
        Thread.sleep(step());
      } catch (InterruptedException e) {
        return;
      } catch (SinkException e) {
        failed(String.valueOf(e.getMessage()), e.waitAsked());
      } catch (RuntimeException e) {
        LOG.warn("telling sink `{}` failed", export.name(), e);
        failed("something went wrong here: " + e.getClass().getSimpleName(), null);
      }
    }
  }

  /// One batch; says how long to wait until the next.
  private Duration step() throws InterruptedException {
    Instant now = clock.instant();
    if (!cursors.take(export.name(), node, now, now.plus(HELD_FOR))) {
      state = "elsewhere";
      return IDLE;
    }
    long next = cursors.find(export.name()).map(CursorStore.Cursor::nextIndex).orElse(0L);
    List<Told> batch = batch(next);
    if (batch.isEmpty()) {
      succeeded("idle");
      return IDLE;
    }
    sink.tell(batch);
    cursors.advance(export.name(), next, batch.getLast().index() + 1, clock.instant());
    succeeded("telling");
    return Duration.ZERO;
  }

  /// As many entries as go into one telling: bounded in characters too, for what explains an entry
  /// may be long, and a hundred of those would be more than anybody should hold at once.
  private List<Told> batch(long next) {
    var batch = new ArrayList<Told>();
    long characters = 0;
    for (Ledger.Recorded one : ledger.entries(next, BATCH)) {
      Digest body = one.entry().body();
      Told told =
          Told.of(
              ledger.logKey().name(),
              one,
              body == null ? new byte[0] : ledger.body(body).orElse(new byte[0]));
      characters += told.json().length();
      if (!batch.isEmpty() && characters > MAX_CHARACTERS) {
        break;
      }
      batch.add(told);
    }
    return batch;
  }

  private void succeeded(String now) {
    if (failures >= FAILURES_UNTIL_TOLD) {
      changed.accept("telling", "the receiver takes entries again");
    }
    failures = 0;
    error = null;
    state = now;
  }

  private void failed(String why, @Nullable Duration asked) {
    failures++;
    error = why;
    state = "failing";
    try {
      if (failures == FAILURES_UNTIL_TOLD) {
        changed.accept("failing", why);
      }
      Thread.sleep(asked == null ? pause() : asked);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.warn("couldn't record that sink `{}` fails", export.name(), e);
    }
  }

  private Duration pause() {
    long millis = FIRST_PAUSE.toMillis() << Math.min(failures - 1, 10);
    long bounded = Math.min(millis, LONGEST_PAUSE.toMillis());
    return Duration.ofMillis(bounded / 2 + random.nextLong(bounded / 2 + 1));
  }

  SinkHealth health() {
    CursorStore.Cursor cursor =
        cursors.find(export.name()).orElse(new CursorStore.Cursor(0, Instant.EPOCH));
    long size = ledger.head().size();
    return new SinkHealth(
        export.name(),
        export.kind(),
        state,
        cursor.nextIndex(),
        Math.max(0, size - cursor.nextIndex()),
        ledger.entry(cursor.nextIndex()).map(one -> one.entry().time()).orElse(null),
        cursor.acknowledged().equals(Instant.EPOCH) ? null : cursor.acknowledged(),
        sink.acknowledges(),
        error);
  }

  @Override
  public void close() {
    closing = true;
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sink.close();
  }
}
