package dev.sallyport.server.settings;

/// The configuration cannot be used; the message names the file, the place and what is wrong.
public final class SettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// A refusal described by one lower-case clause.
  public SettingsException(String message) {
    super(message);
  }

  /// A refusal with its cause.
  public SettingsException(String message, Throwable cause) {
    super(message, cause);
  }
}
