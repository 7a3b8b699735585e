package dev.sallyport.scan.dependencies;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `gradle.lockfile` (Gradle user manual, "Locking dependency versions"): every module of every
/// locked configuration.
final class GradleLock {
  private static final Pattern LINE = Pattern.compile("([^:=#\\s]+):([^:=\\s]+):([^:=\\s]+)=(.*)");

  private GradleLock() {}

  static void read(LockFile file) {
    int number = 0;
    for (String line : file.text().split("\n", -1)) {
      number++;
      String bare = line.strip();
      if (bare.isEmpty() || bare.startsWith("#") || bare.startsWith("empty=")) {
        continue;
      }
      Matcher matcher = LINE.matcher(bare);
      if (!matcher.matches()) {
        throw new LockFile.Unreadable(
            "line " + number + ": no `group:artifact:version=configurations`");
      }
      boolean test =
          !matcher.group(4).matches(".*(?:compile|runtime)Classpath(?:,.*|$)")
              || matcher.group(4).matches("(?:test[A-Za-z]*,?)+");
      file.add(
          Ecosystem.MAVEN,
          matcher.group(1) + ":" + matcher.group(2),
          matcher.group(3),
          Map.of(),
          number,
          test);
    }
  }
}
