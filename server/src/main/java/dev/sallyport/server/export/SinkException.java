package dev.sallyport.server.export;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A receiver did not take what it was told. The message holds no token.
final class SinkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Duration wait;

  SinkException(String message) {
    this(message, null);
  }

  /// @param wait how long the receiver asked to be left alone
  SinkException(String message, @Nullable Duration wait) {
    super(message);
    this.wait = wait;
  }

  @Nullable Duration waitAsked() {
    return wait;
  }
}
