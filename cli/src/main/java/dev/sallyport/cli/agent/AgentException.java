package dev.sallyport.cli.agent;

/// Something that the agent could not do; one lower-case clause, without secrets.
public final class AgentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  AgentException(String message) {
    super(message);
  }

  AgentException(String message, Throwable cause) {
    super(message, cause);
  }
}
