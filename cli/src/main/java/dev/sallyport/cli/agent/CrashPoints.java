package dev.sallyport.cli.agent;

/// Places in the work where a crash would be worst: tests pull the plug there.
///
/// In a real process `-Dsallyport.haltAt=POINT` halts it without a word, as `kill -9` does.
@FunctionalInterface
interface CrashPoints {
  /// The work has come to `point`.
  void at(String point);

  /// Halts this process where the system property says so; else nothing.
  static CrashPoints ofProcess() {
    String wanted = System.getProperty("sallyport.haltAt", "");
    return point -> {
      if (point.equals(wanted)) {
        Runtime.getRuntime().halt(137);
      }
    };
  }
}
