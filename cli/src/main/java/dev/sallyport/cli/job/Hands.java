package dev.sallyport.cli.job;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Who starts a step's command where the job stands, and hears when the job is told to end: this
/// very process, or the client of one that serves a job.
public interface Hands {
  /// A command that runs.
  interface Run {
    /// Waits for its end and for the last of its output; its exit code.
    int await();

    /// Tells it to end, and makes it where it does not.
    void stop();
  }

  /// Until it is closed, what is to happen on SIGTERM or SIGINT.
  interface Watch {
    /// Ends it.
    void close();
  }

  /// Starts it.
  ///
  /// @throws StepException if it could not be
  Run start(StepOrder order);

  /// From now on, calls `told` once when the job is told to end, and keeps it from ending before
  /// the watch is closed, for 30 seconds at most.
  Watch watch(Runnable told);

  /// The hands of this process.
  static Hands own() {
    return new Hands() {
      @Override
      public Run start(StepOrder order) {
        return StepProcess.start(order);
      }

      @Override
      public Watch watch(Runnable told) {
        return new ShutdownWatch(told);
      }
    };
  }

  /// Seconds in which the end of a step is to be recorded after it was told to end.
  int LAST_WORDS_SECONDS = 30;

  /// A shutdown hook of the JVM.
  final class ShutdownWatch implements Watch {
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean told;

    private ShutdownWatch(Runnable act) {
      this.hook =
          new Thread(() -> {
            told = true;
            act.run();
            await();
          });
      Runtime.getRuntime().addShutdownHook(hook);
    }

    private void await() {
      try {
        over.await(LAST_WORDS_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      over.countDown();
      if (told) {
        return;
      }
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException goingDown) {
        told = true;
      }
    }
  }
}
