package dev.sallyport.scan.dependencies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Orders that other people wrote down, every one.
class VersionOrderTest {
  @ParameterizedTest
  @CsvSource({
    "MAVEN, maven, 60",
    "PYPI, pypi, 30",
    "NPM, semver, 60",
    "GO, semver, 60",
    "CARGO, semver, 60"
  })
  void every_assertion_of_the_ecosystem_holds(Ecosystem ecosystem, String file, int atLeast)
      throws IOException {
    Path path = SharedData.archive("versions").resolve("scalibr/" + file + "-versions.txt");
    var wrong = new ArrayList<String>();
    int seen = 0;
    for (String line : Files.readAllLines(path)) {
      if (line.isBlank() || line.startsWith("#") || line.startsWith("//")) {
        continue;
      }
      String[] parts = line.strip().split("\\s+");
      if (parts.length != 3) {
        continue;
      }
      seen++;
      int order = Integer.signum(ecosystem.versionOrder().compare(parts[0], parts[2]));
      int back = Integer.signum(ecosystem.versionOrder().compare(parts[2], parts[0]));
      int expected = parts[1].equals("<") ? -1 : parts[1].equals("=") ? 0 : 1;
      if (order != expected || back != -expected) {
        wrong.add(line + " said " + order + "/" + back);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(seen).isGreaterThan(atLeast);
  }

  @Test
  void the_official_maven_orders_hold() throws IOException {
    Path path =
        SharedData.archive("versions").resolve("vers-spec/tests/maven_version_cmp_test.json");
    var wrong = new ArrayList<String>();
    Comparator<String> order = Ecosystem.MAVEN.versionOrder();
    for (JsonNode test : JsonMapper.shared().readTree(path).path("tests").values()) {
      JsonNode versions = test.path("input").path("versions");
      JsonNode expected = test.path("expected_output");
      String first = versions.path(0).asString();
      String second = versions.path(1).asString();
      if (test.path("test_type").asString().equals("equality")) {
        if ((order.compare(first, second) == 0) != expected.asBoolean()) {
          wrong.add(first + " = " + second);
        }
      } else if (order.compare(expected.path(0).asString(), expected.path(1).asString()) > 0) {
        wrong.add(expected + "");
      }
    }
    assertThat(wrong).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"NPM, ''", "NPM, latest", "GO, not-a-version", "CARGO, 1.x", "PYPI, ''", "MAVEN, ''"})
  void what_is_no_version_is_refused(Ecosystem ecosystem, String version) {
    assertThatThrownBy(() -> ecosystem.versionOrder().compare(version, "1.0.0"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
