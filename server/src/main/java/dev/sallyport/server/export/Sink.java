package dev.sallyport.server.export;

import java.util.List;

/// One receiver. Used by one thread at a time.
interface Sink extends AutoCloseable {
  /// Tells these entries and comes back when the receiver has them as safely as it can say.
  ///
  /// @throws SinkException if not all of them were taken: then all are told again
  void tell(List<Told> entries) throws InterruptedException;

  /// Whether the receiver says when it has something for good.
  boolean acknowledges();

  @Override
  void close();
}
