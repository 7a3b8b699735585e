package dev.sallyport.scan;

/// How much an attacker gains, in rising order, so that `compareTo` asks "at least as bad as".
public enum Severity {
  /// Good practice: nothing is gained by it alone.
  LOW,
  /// One step of an attack.
  MEDIUM,
  /// An attack that needs one more condition.
  HIGH,
  /// An attack as it stands.
  CRITICAL
}
