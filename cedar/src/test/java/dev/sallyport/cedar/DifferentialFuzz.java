package dev.sallyport.cedar;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/// The laws of [DifferentialTest] on seeds that no test plays, for as long as wanted: `./build fuzz
/// --seconds N cedar`.
public final class DifferentialFuzz {
  private DifferentialFuzz() {}

  /// Plays every law on one seed after the other, from the seed given, for the seconds given. A
  /// seed on which the engines differ is written to the file of seeds, so that it is a test from
  /// then on.
  public static void main(String[] arguments) {
    long first = Long.parseLong(arguments[0]);
    long end = System.nanoTime() + Long.parseLong(arguments[1]) * 1_000_000_000L;
    var seen = new DifferentialTest.Seen();
    var taken = new int[2];
    Map<String, Consumer<Random>> laws = new LinkedHashMap<>();
    laws.put("answers", random -> DifferentialTest.answers(random, seen));
    laws.put(
        "texts",
        random -> {
          for (int i = 0; i < 10; i++) {
            DifferentialTest.texts(random, taken);
          }
        });
    laws.put("typed", random -> DifferentialTest.typed(random, seen));
    long seed = first;
    boolean differs = false;
    while (System.nanoTime() < end && !differs) {
      for (var law : laws.entrySet()) {
        try {
          law.getValue().accept(new Random(seed));
        } catch (RuntimeException | AssertionError difference) {
          differs = true;
          keep(law.getKey() + " " + seed);
          System.out.println(
              "fuzz: cedar and cedar-java differ on `%s %d`, kept in cedar/src/test/seeds.txt: %s"
                  .formatted(law.getKey(), seed, difference.getMessage()));
        }
      }
      seed++;
    }
    System.out.println(
        "fuzz: cedar beside cedar-java: %d requests, %d policies judged, %d texts, seeds %d to %d"
            .formatted(
                seen.all(),
                seen.valid.get() + seen.invalid.get(),
                taken[0] + taken[1],
                first,
                seed - 1));
    if (differs) {
      System.exit(1);
    }
  }

  private static void keep(String line) {
    try {
      Files.writeString(DifferentialTest.SEEDS, line + "\n", StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
