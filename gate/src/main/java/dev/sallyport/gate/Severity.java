package dev.sallyport.gate;

/// How bad an advisory is, as its source says.
public enum Severity {
  CRITICAL,
  HIGH,
  MEDIUM,
  LOW,
  /// Its source does not say.
  UNRATED
}
