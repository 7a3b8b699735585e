package dev.sallyport.cli.agent;

/// The agent is being stopped: what it was at stands in its journal and is taken up when it starts
/// again.
final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;
}
