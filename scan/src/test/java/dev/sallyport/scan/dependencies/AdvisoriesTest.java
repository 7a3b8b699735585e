package dev.sallyport.scan.dependencies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.scan.Finding;
import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Severity;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AdvisoriesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "PYPI, PyPI, ECOSYSTEM, Foo_Bar, foo-bar, 1.0, true",
    "PYPI, PyPI, ECOSYSTEM, foo-bar, FOO.bar, 1.9.9, true",
    "PYPI, PyPI, ECOSYSTEM, foo-bar, foo-bar, 2.0, false",
    "PYPI, PyPI, ECOSYSTEM, foo-bar, foo-bar, 2.0rc1, true",
    "NPM, npm, SEMVER, a, a, 1.10.0, true",
    "NPM, npm, SEMVER, a, a, 2.0.0-beta, true",
    "NPM, npm, SEMVER, a, a, 2.0.0, false",
    "GO, Go, SEMVER, example.com/a, example.com/a, v1.2.3, true",
    "GO, Go, SEMVER, example.com/a, example.com/a, v2.0.0, false",
    "GO, Go, SEMVER, example.com/a, example.com/a, v0.0.0-20200101000000-abcdefabcdef, true",
    "CARGO, crates.io, SEMVER, a, a, 1.0.0, true",
    "MAVEN, Maven, ECOSYSTEM, g:a, g:a, 1.5.RELEASE, true",
    "MAVEN, Maven, ECOSYSTEM, g:a, g:a, 2.0-M1, true",
    "MAVEN, Maven, ECOSYSTEM, g:a, g:a, 2.0.1, false",
    "NPM, npm, SEMVER, a, b, 1.0.0, false",
    "CARGO, npm, SEMVER, a, a, 1.0.0, false",
  })
  void a_version_below_the_fix_is_affected(
      Ecosystem ecosystem,
      String osv,
      String type,
      String named,
      String name,
      String version,
      boolean affected) {
    write(
        "a.json",
        advisory(
            "X-1",
            osv,
            named,
            "[{\"type\": \""
                + type
                + "\", \"events\": [{\"introduced\": \"0\"}, {\"fixed\": \"2.0\"}]}]",
            "[]"));
    var hits = match(component(ecosystem, name, version));
    assertThat(hits).hasSize(affected ? 1 : 0);
    if (affected) {
      assertThat(hits.getFirst().fixedIn()).isEqualTo("2.0");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1.0.0, true",
    "1.5.0, true",
    "1.5.1, false",
    "2.9.9, false",
    "3.0.0, true",
    "3.1.0, true",
    "3.1.1, false",
    "0.9.9, false",
  })
  void ranges_with_last_affected_and_gaps_hold_in_any_order_of_events(
      String version, boolean affected) {
    write(
        "a.json",
        advisory(
            "X-1",
            "npm",
            "a",
            "[{\"type\": \"SEMVER\", \"events\": [{\"introduced\": \"3.0.0\"}, {\"last_affected\": \"3.1.0\"}, {\"fixed\": \"1.5.1\"}, {\"introduced\": \"1.0.0\"}]}]",
            "[]"));
    assertThat(match(component(Ecosystem.NPM, "a", version))).hasSize(affected ? 1 : 0);
  }

  @Test
  void a_listed_version_is_affected_whatever_the_ranges_say() {
    write(
        "a.json",
        advisory(
            "X-1",
            "PyPI",
            "a",
            "[{\"type\": \"GIT\", \"events\": [{\"introduced\": \"0\"}]}]",
            "[\"1.0\"]"));
    assertThat(match(component(Ecosystem.PYPI, "a", "1.0"))).hasSize(1);
    assertThat(match(component(Ecosystem.PYPI, "a", "1.0.0"))).hasSize(1);
    assertThat(match(component(Ecosystem.PYPI, "a", "1.1"))).isEmpty();
  }

  @Test
  void a_malicious_package_without_versions_is_meant_in_every_version() {
    write("m.json", advisory("MAL-2024-1", "npm", "evil", "[]", "[]"));
    var finding =
        Advisories.open(folder)
            .report(inventory(component(Ecosystem.NPM, "evil", "9.9.9")))
            .findings();
    assertThat(finding)
        .singleElement()
        .satisfies(f -> {
          assertThat(f.rule()).isEqualTo("dependency/malicious-package");
          assertThat(f.severity()).isEqualTo(Severity.CRITICAL);
          assertThat(f.controls()).contains("CWE-506");
        });
  }

  @Test
  void a_withdrawn_advisory_counts_no_more() {
    write(
        "w.json",
        "{\"id\": \"X-1\", \"withdrawn\": \"2024-01-01T00:00:00Z\", \"affected\": [{\"package\": {\"ecosystem\": \"npm\", \"name\": \"a\"}, \"versions\": [\"1.0.0\"]}]}");
    assertThat(match(component(Ecosystem.NPM, "a", "1.0.0"))).isEmpty();
  }

  @Test
  void one_vulnerability_with_three_names_counts_once() {
    write("1.json", aliased("PYSEC-1", "CVE-2024-1"));
    write("2.json", aliased("GHSA-x", "CVE-2024-1"));
    write("3.json", aliased("CVE-2024-1", "GHSA-x"));
    write("4.json", aliased("PYSEC-9", "CVE-2024-9"));
    var hits = match(component(Ecosystem.PYPI, "a", "1.0"));
    assertThat(hits).extracting(Vulnerability::id).containsExactly("CVE-2024-1", "CVE-2024-9");
    assertThat(hits.getFirst().ids()).containsExactly("CVE-2024-1", "GHSA-x", "PYSEC-1");
  }

  @ParameterizedTest
  @CsvSource({
    "'\"severity\": [{\"type\": \"CVSS_V3\", \"score\": \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}]', CRITICAL",
    "'\"severity\": [{\"type\": \"CVSS_V4\", \"score\": \"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N\"}]', CRITICAL",
    "'\"severity\": [{\"type\": \"CVSS_V3\", \"score\": \"CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N\"}]', LOW",
    "'\"database_specific\": {\"severity\": \"HIGH\"}', HIGH",
    "'\"severity\": [{\"type\": \"CVSS_V3\", \"score\": \"nonsense\"}]', MEDIUM",
    "'\"x\": 1', MEDIUM",
  })
  void severity_comes_from_the_vector_or_the_word(String member, Severity severity) {
    write(
        "a.json",
        "{\"id\": \"X-1\", "
            + member
            + ", \"affected\": [{\"package\": {\"ecosystem\": \"npm\", \"name\": \"a\"}, \"versions\": [\"1.0.0\"]}]}");
    assertThat(match(component(Ecosystem.NPM, "a", "1.0.0")))
        .extracting(Vulnerability::severity)
        .containsExactly(severity);
  }

  @Test
  void a_version_that_cannot_be_ordered_is_a_gap_and_not_clean() {
    write(
        "a.json",
        advisory(
            "X-1",
            "npm",
            "a",
            "[{\"type\": \"SEMVER\", \"events\": [{\"introduced\": \"0\"}, {\"fixed\": \"2.0.0\"}]}]",
            "[]"));
    var report = Advisories.open(folder).report(inventory(component(Ecosystem.NPM, "a", "latest")));
    assertThat(report.findings()).isEmpty();
    assertThat(report.notChecked())
        .singleElement()
        .extracting(NotChecked::why)
        .asString()
        .contains("X-1")
        .contains("`latest`");
  }

  @Test
  void a_component_of_an_ecosystem_without_advisories_is_a_gap_and_not_clean() {
    write("a.json", advisory("X-1", "npm", "a", "[]", "[]"));
    var report =
        Advisories.open(folder).report(inventory(component(Ecosystem.MAVEN, "g:a", "1.0")));
    assertThat(report.notChecked())
        .extracting(NotChecked::what)
        .containsExactly("1 Maven components");
  }

  @Test
  void a_broken_advisory_is_named_and_the_others_are_read() {
    write("broken.json", "{\"id\": ");
    write("twice.json", "{\"id\": \"A\", \"id\": \"B\"}");
    write("other.json", "[]");
    write("good.json", advisory("X-1", "npm", "a", "[]", "[\"1.0.0\"]"));
    var advisories = Advisories.open(folder);
    assertThat(advisories.size()).isEqualTo(1);
    assertThat(advisories.notChecked())
        .extracting(NotChecked::what)
        .containsExactly("advisory broken.json", "advisory other.json", "advisory twice.json");
  }

  @Test
  void yaml_keeps_versions_as_text() {
    write(
        "a.yaml",
        "id: PYSEC-1\nmodified: 2024-01-02T00:00:00Z\naffected:\n- package:\n    ecosystem: PyPI\n    name: a\n  versions:\n  - 1.10\n");
    assertThat(match(component(Ecosystem.PYPI, "a", "1.10"))).hasSize(1);
    assertThat(match(component(Ecosystem.PYPI, "a", "1.1"))).isEmpty();
    assertThat(Advisories.open(folder).newest()).contains("2024-01-02T00:00:00Z");
  }

  @Test
  @Timeout(60)
  void a_zip_bomb_ends_as_a_gap_and_a_good_zip_is_read() throws IOException {
    Path zip = folder.resolve("all.zip");
    try (OutputStream out = Files.newOutputStream(zip);
        var zipped = new ZipOutputStream(out)) {
      zipped.putNextEntry(new ZipEntry("npm/X-1.json"));
      zipped.write(
          advisory("X-1", "npm", "a", "[]", "[\"1.0.0\"]").getBytes(StandardCharsets.UTF_8));
      zipped.putNextEntry(new ZipEntry("bomb.json"));
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 20; i++) {
        zipped.write(zeros);
      }
    }
    assertThat(Files.size(zip)).isLessThan(1 << 20);
    var advisories = Advisories.open(zip);
    assertThat(advisories.size()).isEqualTo(1);
    assertThat(advisories.notChecked())
        .singleElement()
        .extracting(NotChecked::why)
        .asString()
        .contains("16 MiB");
  }

  @Test
  void a_place_that_is_not_there_is_refused() {
    assertThatThrownBy(() -> Advisories.open(folder.resolve("nothing")))
        .isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void the_fingerprint_of_a_vulnerability_does_not_know_version_or_line() {
    write("a.json", advisory("X-1", "npm", "a", "[]", "[\"1.0.0\", \"1.0.1\"]"));
    var advisories = Advisories.open(folder);
    Finding one =
        advisories.report(inventory(component(Ecosystem.NPM, "a", "1.0.0"))).findings().getFirst();
    Finding two =
        advisories.report(inventory(component(Ecosystem.NPM, "a", "1.0.1"))).findings().getFirst();
    assertThat(one.fingerprint()).isEqualTo(two.fingerprint());
    assertThat(one.message()).isNotEqualTo(two.message());
  }

  // ---- real advisories

  @Test
  void real_advisories_load_and_every_version_they_list_is_affected() throws IOException {
    Path root = SharedData.archive("osv");
    long before = System.nanoTime();
    var pypi = Advisories.open(root.resolve("pypi"));
    var go = Advisories.open(root.resolve("go"));
    var rust = Advisories.open(root.resolve("rust"));
    System.err.printf(
        "osv: PyPI %d, Go %d, Rust %d advisories in %d ms, gaps %d %d %d%n",
        pypi.size(),
        go.size(),
        rust.size(),
        (System.nanoTime() - before) / 1_000_000,
        pypi.notChecked().size(),
        go.notChecked().size(),
        rust.notChecked().size());
    assertThat(pypi.notChecked()).isEmpty();
    assertThat(go.notChecked()).isEmpty();
    assertThat(rust.notChecked()).isEmpty();
    int checked = 0;
    try (var files = Files.walk(root.resolve("rust"))) {
      for (Path file : files.filter(p -> p.toString().endsWith(".json")).sorted().toList()) {
        checked += fixesAreClean(file);
      }
    }
    try (var files = Files.walk(root.resolve("go"))) {
      for (Path file : files.filter(p -> p.toString().endsWith(".json")).sorted().toList()) {
        checked += fixesAreClean(file);
      }
    }
    System.err.println("osv: " + checked + " fixed versions checked");
    assertThat(checked).isGreaterThan(1000);
  }

  // A fixed version isn't affected by the advisory that names it; one just introduced is.
  private static int fixesAreClean(Path file) throws IOException {
    JsonNode root = JsonMapper.shared().readTree(file);
    if (root.has("withdrawn")) {
      return 0;
    }
    int checked = 0;
    String id = root.path("id").asString();
    for (JsonNode affected : root.path("affected").values()) {
      if (affected.path("ranges").size() != 1
          || !affected.path("versions").isEmpty()
          || root.path("affected").size() != 1) {
        continue;
      }
      for (JsonNode event : affected.path("ranges").path(0).path("events").values()) {
        for (Map.Entry<String, JsonNode> one : event.properties()) {
          String version = one.getValue().asString();
          boolean twice =
              affected
                      .path("ranges")
                      .path(0)
                      .path("events")
                      .toString()
                      .split("\"" + version + "\"", -1)
                      .length
                  > 2;
          if (version.equals("0") || twice) {
            continue;
          }
          Advisory advisory = AdvisoryReader.read(Files.readAllBytes(file), false);
          boolean hit = advisory != null && advisory.affected().getFirst().affects(version);
          assertThat(hit)
              .as(id + " " + one.getKey() + " " + version)
              .isEqualTo(!one.getKey().equals("fixed"));
          checked++;
        }
      }
    }
    return checked;
  }

  @Test
  void nearly_every_version_that_pypi_lists_lies_in_the_ranges_too() throws IOException {
    Path root = SharedData.archive("osv").resolve("pypi");
    int listed = 0;
    int outside = 0;
    try (var files = Files.walk(root)) {
      for (Path file : files.filter(p -> p.toString().endsWith(".yaml")).sorted().toList()) {
        Advisory advisory = AdvisoryReader.read(Files.readAllBytes(file), true);
        if (advisory == null) {
          continue;
        }
        for (Advisory.Affected affected : advisory.affected()) {
          for (String version :
              affected.ranges().isEmpty() ? List.<String>of() : affected.versions()) {
            var rangesOnly =
                new Advisory.Affected(Ecosystem.PYPI, "a", affected.ranges(), Set.of(), null);
            listed++;
            outside += rangesOnly.affects(version) ? 0 : 1;
          }
        }
      }
    }
    System.err.println(
        "osv: " + listed + " listed PyPI versions, " + outside + " outside their ranges");
    assertThat(listed).isGreaterThan(10_000);
    assertThat(outside).isLessThan(listed / 100);
  }

  private List<Vulnerability> match(Component component) {
    return Advisories.open(folder).match(inventory(component), new ArrayList<>());
  }

  private static Inventory inventory(Component component) {
    return new Inventory(List.of(component), List.of(), List.of());
  }

  private static Component component(Ecosystem ecosystem, String name, String version) {
    return Component.of(ecosystem, name, version, Map.of(), "lock", 0, false);
  }

  private static String advisory(
      String id, String ecosystem, String name, String ranges, String versions) {
    return "{\"id\": \"%s\", \"affected\": [{\"package\": {\"ecosystem\": \"%s\", \"name\": \"%s\"}, \"ranges\": %s, \"versions\": %s}]}"
        .formatted(id, ecosystem, name, ranges, versions);
  }

  private static String aliased(String id, String alias) {
    return "{\"id\": \"%s\", \"aliases\": [\"%s\"], \"affected\": [{\"package\": {\"ecosystem\": \"PyPI\", \"name\": \"a\"}, \"versions\": [\"1.0\"]}]}"
        .formatted(id, alias);
  }

  private void write(String name, String text) {
    try {
      Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
