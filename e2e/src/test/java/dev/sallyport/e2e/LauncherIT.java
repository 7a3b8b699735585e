package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The launcher on machines as they are: an old `java` on the PATH, no JDK, no Maven, odd paths.
///
/// What it does before a build is shown on a bare checkout with a `mvn` that only tells what it was
/// given; what it does after, on the program laid out for all tests here.
final class LauncherIT {
  private static final List<String> TOOLS =
      List.of(
          "bash",
          "sh",
          "env",
          "readlink",
          "dirname",
          "basename",
          "cat",
          "find",
          "grep",
          "sed",
          "awk",
          "mkdir",
          "touch",
          "rm",
          "mv",
          "cp",
          "date",
          "tee",
          "head",
          "flock",
          "tr",
          "sort");

  /// A checkout that was never built: launcher, scripts and poms.
  private static Path checkout(String name) {
    Path folder = Program.scratch(name).resolve("check out");
    Program.must(
        SharedData.projectRoot(),
        "sh",
        "-c",
        "mkdir -p \"$0/cli/src/main\" && cp -a sallyport build scripts pom.xml \"$0\" && cp cli/pom.xml \"$0/cli\"",
        folder.toString());
    return folder;
  }

  /// A folder with the everyday tools and nothing of Java, for a PATH of its own.
  private static Path tools(String name) throws IOException {
    Path bin = Program.scratch(name);
    for (String tool : TOOLS) {
      Files.createSymbolicLink(
          bin.resolve(tool), Path.of(Program.must(bin, "sh", "-c", "command -v " + tool)));
    }
    return bin;
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private static Map<String, String> machine(Path bin, Path root) {
    Map<String, String> environment = new HashMap<>();
    environment.put("PATH", bin.toString());
    environment.put("HOME", root.resolve("home").toString());
    environment.put("SALLYPORT_SYSTEM_ROOT", root.toString());
    environment.put("JAVA_HOME", "");
    environment.put("SDKMAN_DIR", "");
    return environment;
  }

  /// A JDK as far as the launcher looks: `bin/javac` and `release`.
  private static Path jdk(Path folder, String version) throws IOException {
    Files.createDirectories(folder.resolve("bin"));
    for (String tool : List.of("java", "javac")) {
      script(folder.resolve("bin").resolve(tool), "echo " + version + "\n");
    }
    Files.writeString(folder.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    return folder;
  }

  @Test
  void a_jdk_25_beside_an_older_java_is_found_and_given_to_maven() throws IOException {
    for (String place :
        List.of(
            "usr/lib/jvm/temurin-25",
            "home/.sdkman/candidates/java/25-tem",
            "home/.jdks/x",
            "opt/jdk-25")) {
      Path root = Program.scratch("machine");
      Path bin = tools("bin");
      Path old = jdk(root.resolve("usr/lib/jvm/java-17"), "17.0.15");
      Path wanted = jdk(root.resolve(place), "25.0.3");
      Files.createSymbolicLink(bin.resolve("java"), old.resolve("bin/java"));
      Files.createSymbolicLink(bin.resolve("javac"), old.resolve("bin/javac"));
      script(bin.resolve("mvn"), "echo \"[ERROR] maven was given $JAVA_HOME\"; exit 1\n");
      for (String home : List.of("", old.toString())) {
        Map<String, String> environment = machine(bin, root);
        environment.put("JAVA_HOME", home);
        Path checkout = checkout("found");
        Program.Answer answer =
            Program.run(
                checkout, environment, List.of(checkout.resolve("sallyport").toString(), "--help"));
        assertThat(answer.exitCode()).as("%s", answer).isEqualTo(2);
        assertThat(answer.err()).contains("maven was given " + wanted);
      }
    }
  }

  @Test
  void no_jdk_25_is_one_sentence_that_says_what_to_install() throws IOException {
    Path root = Program.scratch("machine");
    Path bin = tools("bin");
    Path old = jdk(root.resolve("usr/lib/jvm/java-17"), "17.0.15");
    Files.createSymbolicLink(bin.resolve("javac"), old.resolve("bin/javac"));
    script(bin.resolve("mvn"), "exit 1\n");
    Path checkout = checkout("none");
    for (String command : List.of("sallyport", "build")) {
      Program.Answer answer =
          Program.run(
              checkout, machine(bin, root), List.of(checkout.resolve(command).toString(), "it"));
      assertThat(answer.exitCode()).as("%s", answer).isEqualTo(2);
      assertThat(answer.out()).isEmpty();
      assertThat(answer.err().strip().lines())
          .singleElement()
          .asString()
          .startsWith("sallyport: no JDK 25 found")
          .contains("install");
    }
  }

  @Test
  void no_maven_is_one_sentence_that_says_what_to_install() throws IOException {
    Path root = Program.scratch("machine");
    Path bin = tools("bin");
    jdk(root.resolve("usr/lib/jvm/temurin-25"), "25.0.3");
    Path checkout = checkout("none");
    for (String command : List.of("sallyport", "build")) {
      Program.Answer answer =
          Program.run(
              checkout, machine(bin, root), List.of(checkout.resolve(command).toString(), "it"));
      assertThat(answer.exitCode()).as("%s", answer).isEqualTo(2);
      assertThat(answer.err().strip().lines())
          .singleElement()
          .asString()
          .startsWith("sallyport: no Maven")
          .contains("install");
    }
  }

  @Test
  void a_later_start_builds_nothing_and_is_quick() {
    Path folder = Program.scratch("start");
    double wall = Double.MAX_VALUE;
    double processor = Double.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      Program.Answer answer =
          Program.run(
              folder,
              Map.of("TIMEFORMAT", "%U %S"),
              List.of("bash", "-c", "time \"$0\" --help", Program.launcher().toString()));
      assertThat(answer.exitCode()).isZero();
      assertThat(answer.out()).startsWith("Usage: sallyport");
      assertThat(answer.err().strip()).as("nothing but the times").matches("[0-9.]+ [0-9.]+");
      String[] times = answer.err().strip().split(" ", 2);
      processor = Math.min(processor, Double.parseDouble(times[0]) + Double.parseDouble(times[1]));
      wall = Math.min(wall, answer.seconds());
    }
    System.out.printf(
        "sallyport --help: %.2f s, %.2f s of a processor, best of 5%n", wall, processor);
    assertThat(processor).isLessThan(1.5);
    // On a busy machine the clock measures the others.
    if (ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()
        < Runtime.getRuntime().availableProcessors()) {
      assertThat(wall).isLessThan(1);
    }
  }

  @Test
  void an_old_java_on_the_path_and_in_java_home_changes_nothing() {
    Path folder = Program.scratch("old");
    for (String home : List.of("", "/usr/lib/jvm/java-17-openjdk-amd64", "/nowhere")) {
      Program.Answer answer =
          Program.run(
              folder,
              Map.of("JAVA_HOME", home, "PATH", "/usr/bin:/bin"),
              List.of(Program.launcher().toString(), "--version"));
      assertThat(answer.exitCode()).as("%s", answer).isZero();
      assertThat(answer.out()).startsWith("sallyport ");
      assertThat(answer.err()).isEmpty();
    }
  }

  @Test
  void a_link_to_the_launcher_works_from_any_folder() throws IOException {
    Path folder = Program.scratch("link");
    Path first = Files.createSymbolicLink(folder.resolve("first"), Program.launcher());
    Path second = Files.createSymbolicLink(folder.resolve("second"), first);
    Program.Answer answer = Program.run(folder, Map.of(), List.of(second.toString(), "--version"));
    assertThat(answer.exitCode()).as("%s", answer).isZero();
    assertThat(answer.out()).startsWith("sallyport ");
  }

  @Test
  void a_checkout_whose_path_has_a_space_is_laid_out_and_starts() {
    Path folder = checkout("space");
    Program.must(
        SharedData.projectRoot(),
        "sh",
        "-c",
        """
        for m in cli server; do mkdir -p "$0/$m/target"; done
        cp -a cli/target/lib cli/target/*.jar "$0/cli/target/"
        cp -a server/target/lib server/target/*.jar "$0/server/target/"
        """,
        folder.toString());
    Program.must(folder, "scripts/assemble.sh", "--built");
    Program.Answer answer =
        Program.run(
            folder, Map.of(), List.of(folder.resolve("sallyport").toString(), "verify", "--help"));
    assertThat(answer.exitCode()).as("%s", answer).isZero();
    assertThat(answer.out()).contains("Usage: sallyport verify");
    assertThat(answer.err()).isEmpty();
  }
}
