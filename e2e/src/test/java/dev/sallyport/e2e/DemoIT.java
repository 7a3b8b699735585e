package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// `sallyport demo`, the first command of the README: every scene as it should, in time, and
/// nothing left behind.
final class DemoIT {
  @Test
  void every_scene_ends_as_it_should_and_nothing_stays_behind() throws IOException {
    Path scratch = Program.scratch("demo");
    Path temporary = Files.createDirectory(scratch.resolve("tmp"));
    Program.Answer answer =
        Program.held(
            Program.run(
                scratch,
                Map.of("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary),
                List.of(Program.launcher().toString(), "demo", "--json")));
    assertThat(answer.exitCode()).as("%s", answer).isZero();
    JsonNode scenes = answer.json().path("scenes");
    List<String> stories = new ArrayList<>();
    for (JsonNode scene : scenes) {
      assertThat(scene.path("asItShould").asBoolean()).as("%s", scene).isTrue();
      stories.add(scene.path("story").asString());
      if (scene.path("refused").asBoolean()) {
        assertThat(scene.path("because").asString()).as("%s", scene).isNotBlank();
      }
    }
    assertThat(stories)
        .contains(
            "", "R01", "R04", "R10", "R12", "R17", "R18", "R20", "R24", "R26", "R31", "R33", "R51");
    System.out.printf("sallyport demo: %d scenes in %.0f s%n", scenes.size(), answer.seconds());
    // Two minutes are promised; on a machine that others keep busy the clock measures them.
    boolean quiet =
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()
            < 2.0 * Runtime.getRuntime().availableProcessors();
    assertThat(answer.seconds()).isLessThan(quiet ? 120 : 600);

    assertThat(
            ProcessHandle.allProcesses()
                .map(one -> one.info().commandLine().orElse(""))
                .filter(line -> line.contains(temporary.toString())))
        .isEmpty();
    try (Stream<Path> left = Files.list(temporary)) {
      // The JDK's own files of running and ended virtual machines.
      assertThat(left.filter(file -> !file.getFileName().toString().startsWith("hsperfdata")))
          .isEmpty();
    }
  }
}
