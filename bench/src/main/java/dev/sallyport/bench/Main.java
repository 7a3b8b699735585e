package dev.sallyport.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// `./build bench NAME`.
public final class Main {
  private Main() {}

  /// Runs the bench named and prints its figures.
  public static void main(String[] args) throws Exception {
    Path scratch = Files.createTempDirectory("sallyport-bench");
    try {
      Figures figures =
          switch (args.length == 1 ? args[0] : "") {
            case "commits" -> new CommitsBench(scratch).run();
            case "cedar" -> new CedarBench().run();
            case "pipeline" -> new PipelineBench().run();
            default -> null;
          };
      if (figures == null) {
        System.err.println("usage: ./build bench cedar|commits|pipeline");
        System.exit(2);
        return;
      }
      System.out.println(figures.json());
    } finally {
      delete(scratch);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
