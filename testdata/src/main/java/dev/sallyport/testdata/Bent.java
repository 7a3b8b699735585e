package dev.sallyport.testdata;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/// Good bytes bent as an enemy, or chance, would bend them: what a parser must survive.
///
/// A parser's fuzz target is a class with `fuzzerTestOneInput`, which `./build fuzz` hands to a
/// fuzzer that watches coverage; its unit test bends the same seeds blindly, in a second.
public final class Bent {
  private static final long PATIENCE_NANOS = 5_000_000_000L;
  private static final List<String> SPLINTERS =
      List.of(
          "\0",
          "\n",
          "\r\n",
          "\"",
          "\\",
          "{",
          "}",
          "[",
          "]",
          "(",
          ":",
          ",",
          "-",
          "9".repeat(40),
          "-1",
          "1e999",
          "\u00ff",
          "\ud83d\ude00",
          "\u202e",
          "&a",
          "*a",
          "<<: ",
          "${{ ",
          "null",
          "=",
          "==",
          " ".repeat(70),
          "A".repeat(300));

  private Bent() {}

  /// Hands every seed, and `rounds` bent ones, to the target; it may neither throw nor dawdle.
  public static void survives(List<byte[]> seeds, int rounds, Consumer<byte[]> target) {
    seeds.forEach(target);
    target.accept(new byte[0]);
    Seed.forAll(
        rounds,
        chance -> {
          byte[] bent = of(chance, seeds.get(chance.nextInt(seeds.size())));
          long before = System.nanoTime();
          target.accept(bent);
          if (System.nanoTime() - before > PATIENCE_NANOS) {
            throw new AssertionError("took more than five seconds");
          }
        });
  }

  /// A copy of `seed` with one to eight wounds.
  public static byte[] of(Random chance, byte[] seed) {
    byte[] bytes = seed.clone();
    for (int wounds = 1 + chance.nextInt(8); wounds > 0; wounds--) {
      int from = chance.nextInt(bytes.length + 1);
      int to = Math.min(bytes.length, from + chance.nextInt(1 + Math.min(64, bytes.length)));
      bytes =
          switch (chance.nextInt(5)) {
            case 0 -> flipped(chance, bytes);
            case 1 -> spliced(bytes, from, to, new byte[0]);
            case 2 -> spliced(bytes, from, from, java.util.Arrays.copyOfRange(bytes, from, to));
            case 3 ->
                spliced(
                    bytes,
                    from,
                    chance.nextBoolean() ? from : to,
                    SPLINTERS
                        .get(chance.nextInt(SPLINTERS.size()))
                        .getBytes(StandardCharsets.UTF_8));
            default ->
                chance.nextInt(8) == 0 ? spliced(bytes, from, bytes.length, new byte[0]) : bytes;
          };
    }
    return bytes;
  }

  private static byte[] flipped(Random chance, byte[] bytes) {
    if (bytes.length > 0) {
      bytes[chance.nextInt(bytes.length)] ^= (byte) (1 << chance.nextInt(8));
    }
    return bytes;
  }

  private static byte[] spliced(byte[] bytes, int from, int to, byte[] with) {
    var out = new ByteArrayOutputStream();
    out.write(bytes, 0, from);
    out.writeBytes(with);
    out.write(bytes, to, bytes.length - to);
    return out.toByteArray();
  }

  /// Writes the seeds into a folder, one file each, as a fuzzer wants its corpus.
  public static void write(List<byte[]> seeds, Path folder) {
    try {
      Files.createDirectories(folder);
      for (int i = 0; i < seeds.size(); i++) {
        Files.write(folder.resolve("seed-" + i), seeds.get(i));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
