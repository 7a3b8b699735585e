package dev.sallyport.testdata;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;

/// Real tools that tests ask as outside oracles; a plain machine may lack one.
public final class Tools {
  private Tools() {}

  /// Skips the calling test with one line for the first tool that is not on the PATH.
  public static void need(String... names) {
    for (String name : names) {
      if (!onPath(name)) {
        SharedData.skip("`" + name + "` on the PATH", "is not installed here");
      }
    }
  }

  private static boolean onPath(String name) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
        return true;
      }
    }
    return false;
  }
}
