package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Rules of the whole house that a search over its sources can hold; each first proves that it saw
/// the sources.
class HouseTest {
  private static final Path ROOT = SharedData.projectRoot();

  private static List<Path> sources(String under) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      List<Path> found =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> !file.toString().contains("/target/"))
              .filter(file -> ROOT.relativize(file).toString().contains(under))
              .toList();
      assertThat(found).hasSizeGreaterThan(100);
      return found;
    }
  }

  private static Set<String> offenders(List<Path> files, Pattern wrong) throws IOException {
    Set<String> offenders = new TreeSet<>();
    for (Path file : files) {
      int number = 0;
      for (String line : Files.readAllLines(file)) {
        number++;
        String code = line.strip();
        if (!code.startsWith("//") && !code.startsWith("*") && wrong.matcher(code).find()) {
          offenders.add(ROOT.relativize(file) + ":" + number + "  " + code);
        }
      }
    }
    return offenders;
  }

  @Test
  void every_package_says_what_it_is_for_and_is_null_marked() throws IOException {
    Set<String> unmarked = new TreeSet<>();
    Set<Path> packages = new TreeSet<>();
    for (Path file : sources("src/main/java/")) {
      packages.add(file.getParent());
    }
    for (Path one : packages) {
      Path info = one.resolve("package-info.java");
      String text = Files.exists(info) ? Files.readString(info) : "";
      if (!text.contains("@NullMarked") || !text.startsWith("/// ")) {
        unmarked.add(ROOT.relativize(one).toString());
      }
    }
    assertThat(packages).hasSizeGreaterThan(20);
    assertThat(unmarked).isEmpty();
  }

  @Test
  void product_code_is_handed_its_clock_and_its_chance() throws IOException {
    Pattern wrong =
        Pattern.compile(
            "Instant\\.now\\(\\)|currentTimeMillis|new Random\\(|ThreadLocalRandom|LocalDate\\.now");
    assertThat(offenders(sources("src/main/java/"), wrong))
        .allMatch(line -> line.startsWith("testdata/"));
  }

  @Test
  void libraries_print_nothing() throws IOException {
    Pattern wrong = Pattern.compile("System\\.(out|err)|printStackTrace");
    Set<String> printing = offenders(sources("src/main/java/"), wrong);
    assertThat(printing)
        .allMatch(line ->
            Stream.of(
                    "cli/",
                    "server/",
                    "bench/",
                    "testdata/",
                    "gate/src/main/java/dev/sallyport/gate/ValidatorMain")
                .anyMatch(line::startsWith));
  }

  @Test
  void rooms_are_named_for_what_they_are() throws IOException {
    assertThat(sources("src/main/java/"))
        .noneMatch(file ->
            file.toString().matches(".*/(common|util|utils|core|model|dto|shared|helpers?)/.*"));
  }

  @Test
  void nothing_is_left_to_do_in_a_comment_and_no_test_is_switched_off() throws IOException {
    Pattern wrong = Pattern.compile("\\b(TODO|FIXME|XXX)\\b|^@Disabled|^@Ignore");
    assertThat(offenders(sources("src/"), wrong))
        .allMatch(line -> line.startsWith("e2e/src/test/java/dev/sallyport/e2e/HouseTest"));
  }

  @Test
  void no_file_names_a_registry_or_a_path_of_one_machine() throws IOException {
    Pattern wrong =
        Pattern.compile(
            "repo1?\\.maven\\.|registry\\.npmjs|proxy\\.golang|pypi\\.org/simple|/root/\\.|/work/(main|shared)");
    Set<String> offenders = new TreeSet<>();
    int seen = 0;
    try (Stream<Path> files = Files.walk(ROOT)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = ROOT.relativize(file).toString();
        if (name.matches("(.*/)?target/.*|\\.git(/.*)?") || Files.size(file) > 1_000_000) {
          continue;
        }
        seen++;
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        if (wrong.matcher(text).find() && !name.endsWith("HouseTest.java")) {
          offenders.add(name);
        }
      }
    }
    assertThat(seen).isGreaterThan(300);
    assertThat(offenders).isEmpty();
  }
}
