package dev.sallyport.server.console;

import dev.sallyport.server.identity.AskedBy;
import dev.sallyport.server.ledger.Ledger;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/// Tells open pages that something was recorded (server-sent events, WHATWG HTML section 9.2). It
/// says only how long the log is: what a page shows it asks for itself, as its person may.
@Controller
final class LiveConsole {
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);
  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(15);
  private static final int MOST_LISTENERS = 200;

  private final Ledger ledger;
  private final Semaphore listeners = new Semaphore(MOST_LISTENERS);

  LiveConsole(Ledger ledger) {
    this.ledger = ledger;
  }

  @GetMapping("/events")
  @AskedBy(AskedBy.Who.SIGNED_IN)
  ResponseEntity<SseEmitter> events(Session session) {
    if (!listeners.tryAcquire()) {
      return ResponseEntity.status(503).header("Retry-After", "10").build();
    }
    var emitter = new SseEmitter(LONGEST.toMillis());
    Thread.ofVirtual().name("events").start(() -> tell(emitter));
    return ResponseEntity.ok().contentType(MediaType.TEXT_EVENT_STREAM).body(emitter);
  }

  private void tell(SseEmitter emitter) {
    try {
      long told = ledger.head().size();
      long end = System.nanoTime() + LONGEST.toNanos();
      long lastSign = System.nanoTime();
      while (System.nanoTime() < end) {
        long size = ledger.head().size();
        if (size != told) {
          told = size;
          emitter.send(SseEmitter.event().name("entry").data(Long.toString(size)));
          lastSign = System.nanoTime();
        } else if (System.nanoTime() - lastSign > SIGN_OF_LIFE.toNanos()) {
          emitter.send(SseEmitter.event().comment("still here"));
          lastSign = System.nanoTime();
        }
        Thread.sleep(LOOK_EVERY);
      }
      emitter.complete();
    } catch (IOException | IllegalStateException gone) {
      emitter.complete();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      listeners.release();
    }
  }
}
