package dev.sallyport.scan.dependencies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sallyport.scan.NotChecked;
import dev.sallyport.scan.Source;
import dev.sallyport.scan.TextFile;
import dev.sallyport.testdata.Seed;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.cyclonedx.Version;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DependenciesTest {
  @Test
  void npm_of_every_lockfile_version_is_read() {
    var two =
        inventory(
            file(
                "package-lock.json",
                """
                {"lockfileVersion": 3, "packages": {
                  "": {"name": "mine", "version": "1.0.0"},
                  "packages/part": {"version": "1.0.0"},
                  "node_modules/part": {"resolved": "packages/part", "link": true},
                  "node_modules/@scope/a": {"version": "1.2.3", "integrity": "sha1-AAECAwQFBgcICQoLDA0ODxAREhM="},
                  "node_modules/b/node_modules/c": {"version": "2.0.0", "dev": true},
                  "node_modules/alias": {"name": "real", "version": "3.0.0"},
                  "node_modules/g": {"version": "git+ssh://git@x.example/g.git#00"}
                }}
                """));
    assertThat(two.components())
        .extracting(Component::purl, Component::development)
        .containsExactly(
            tuple("pkg:npm/%40scope/a@1.2.3", false),
            tuple("pkg:npm/c@2.0.0", true),
            tuple("pkg:npm/real@3.0.0", false));
    assertThat(two.components().getFirst().hashes())
        .containsEntry("SHA-1", "000102030405060708090a0b0c0d0e0f10111213");
    assertThat(two.notChecked())
        .singleElement()
        .extracting(NotChecked::why)
        .asString()
        .contains("not from a registry");
    var one =
        inventory(
            file(
                "npm-shrinkwrap.json",
                """
                {"lockfileVersion": 1, "dependencies": {
                  "a": {"version": "1.0.0", "dependencies": {"b": {"version": "npm:@s/real@2.0.0"}}}}}
                """));
    assertThat(one.components())
        .extracting(Component::purl)
        .containsExactly("pkg:npm/%40s/real@2.0.0", "pkg:npm/a@1.0.0");
  }

  @Test
  void requirements_are_read_where_they_are_pinned() {
    var inventory =
        inventory(
            file(
                "requirements-dev.txt",
                """
                # a comment
                Django[argon2]==4.2.1 ; python_version >= "3.8"
                zope.interface == 6.0 \\
                    --hash=sha256:%s
                flask>=2
                -r other.txt
                -e ./here
                https://x.example/a.whl
                """
                    .formatted("ab".repeat(32))));
    assertThat(inventory.components())
        .extracting(Component::purl, Component::line)
        .containsExactly(
            tuple("pkg:pypi/django@4.2.1", 2), tuple("pkg:pypi/zope-interface@6.0", 3));
    assertThat(inventory.components().getLast().hashes()).containsEntry("SHA-256", "ab".repeat(32));
    assertThat(inventory.notChecked())
        .singleElement()
        .extracting(NotChecked::why)
        .asString()
        .startsWith("3 requirements");
  }

  @Test
  void poetry_uv_and_pipenv_are_read() {
    var poetry =
        inventory(
            file(
                "poetry.lock",
                """
                [[package]]
                name = "Requests"
                version = "2.31.0"
                files = [{file = "r.whl", hash = "sha256:%1$s"}]

                [[package]]
                name = "mine"
                version = "1"
                [package.source]
                type = "git"
                url = "https://x.example"
                """
                    .formatted("cd".repeat(32))));
    assertThat(poetry.components())
        .extracting(Component::purl)
        .containsExactly("pkg:pypi/requests@2.31.0");
    assertThat(poetry.notChecked()).hasSize(1);
    var uv =
        inventory(
            file(
                "uv.lock",
                """
                version = 1
                [[package]]
                name = "mine"
                version = "0.1.0"
                source = { editable = "." }
                [[package]]
                name = "idna"
                version = "3.7"
                source = { registry = "https://x.example/simple" }
                sdist = { url = "https://x.example/i.tgz", hash = "sha256:%s", size = 1 }
                """
                    .formatted("ef".repeat(32))));
    assertThat(uv.components())
        .singleElement()
        .satisfies(c -> {
          assertThat(c.purl()).isEqualTo("pkg:pypi/idna@3.7");
          assertThat(c.hashes()).containsKey("SHA-256");
        });
    var pipenv =
        inventory(
            file(
                "Pipfile.lock",
                "{\"_meta\": {}, \"default\": {\"a\": {\"version\": \"==1.0\"}}, \"develop\": {\"b\": {\"version\": \"==2.0\"}, \"c\": {\"git\": \"x\"}}}"));
    assertThat(pipenv.components())
        .extracting(Component::name, Component::development)
        .containsExactly(tuple("a", false), tuple("b", true));
    assertThat(pipenv.notChecked()).hasSize(1);
  }

  @Test
  void a_go_module_is_read_with_its_replacements_and_sums() {
    var inventory =
        inventory(
            file(
                "go.mod",
                """
                module example.com/mine

                go 1.22
                require example.com/one v1.0.0
                require (
                	example.com/two/v2 v2.3.4 // indirect
                	example.com/three v0.0.0-20200101000000-abcdefabcdef
                	example.com/four v1.0.0
                )
                replace example.com/three => example.com/fork v1.1.1
                replace example.com/four v1.0.0 => ../four
                """),
            file(
                "go.sum",
                "example.com/one v1.0.0 h1:AAAA=\nexample.com/one v1.0.0/go.mod h1:BBBB=\n"));
    assertThat(inventory.components())
        .extracting(Component::purl, Component::line)
        .containsExactly(
            tuple("pkg:golang/example.com/fork@v1.1.1", 7),
            tuple("pkg:golang/example.com/one@v1.0.0", 4),
            tuple("pkg:golang/example.com/two/v2@v2.3.4", 6));
    assertThat(inventory.components().get(1).hashes()).isEqualTo(Map.of("h1", "AAAA="));
    assertThat(inventory.notChecked())
        .singleElement()
        .extracting(NotChecked::why)
        .asString()
        .contains("folder");
  }

  @Test
  void an_old_go_module_says_that_it_does_not_list_everything() {
    var inventory = inventory(file("go.mod", "module m\ngo 1.16\nrequire example.com/a v1.0.0\n"));
    assertThat(inventory.notChecked())
        .singleElement()
        .extracting(NotChecked::why)
        .asString()
        .contains("1.17");
  }

  @Test
  void cargo_is_read_without_its_own_members() {
    var inventory =
        inventory(
            file(
                "Cargo.lock",
                """
                version = 3
                [[package]]
                name = "mine"
                version = "0.1.0"
                [[package]]
                name = "serde"
                version = "1.0.1"
                source = "registry+https://x.example/index"
                checksum = "%s"
                """
                    .formatted("01".repeat(32))));
    assertThat(inventory.components())
        .singleElement()
        .satisfies(c -> {
          assertThat(c.purl()).isEqualTo("pkg:cargo/serde@1.0.1");
          assertThat(c.hashes()).containsEntry("SHA-256", "01".repeat(32));
        });
  }

  @Test
  void poms_of_one_source_know_their_parents() {
    var parent =
        file(
            "pom.xml",
            """
            <project><groupId>g</groupId><artifactId>parent</artifactId><version>1</version>
              <properties><jackson.version>2.17.0</jackson.version></properties>
              <dependencyManagement><dependencies>
                <dependency><groupId>org.a</groupId><artifactId>managed</artifactId><version>${jackson.version}</version></dependency>
              </dependencies></dependencyManagement>
            </project>
            """);
    var child =
        file(
            "child/pom.xml",
            """
            <project><parent><groupId>g</groupId><artifactId>parent</artifactId><version>1</version></parent>
              <artifactId>child</artifactId>
              <dependencies>
                <dependency><groupId>org.a</groupId><artifactId>managed</artifactId></dependency>
                <dependency><groupId>org.a</groupId><artifactId>unknown</artifactId></dependency>
                <dependency><groupId>g</groupId><artifactId>child2</artifactId><version>${project.version}</version></dependency>
                <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.12</version><scope>test</scope></dependency>
              </dependencies>
            </project>
            """);
    var inventory = inventory(parent, child);
    assertThat(inventory.components())
        .extracting(Component::purl, Component::development)
        .containsExactly(
            tuple("pkg:maven/g/child2@1", false),
            tuple("pkg:maven/junit/junit@4.12", true),
            tuple("pkg:maven/org.a/managed@2.17.0", false));
    assertThat(inventory.notChecked())
        .extracting(NotChecked::why)
        .anyMatch(why -> why.contains("org.a:unknown"))
        .anyMatch(why -> why.contains("direct dependencies only"));
  }

  @Test
  void a_pom_with_an_external_entity_is_named_and_not_followed() {
    var inventory =
        inventory(
            file(
                "pom.xml",
                "<!DOCTYPE p [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><project><groupId>&x;</groupId></project>"));
    assertThat(inventory.components()).isEmpty();
    assertThat(inventory.notChecked()).hasSize(1);
  }

  @Test
  void gradle_lockfiles_are_read() {
    var inventory =
        inventory(
            file(
                "gradle.lockfile",
                "# x\norg.a:b:1.0=compileClasspath,runtimeClasspath\norg.a:t:2.0=testRuntimeClasspath\nempty=annotationProcessor\n"));
    assertThat(inventory.components())
        .extracting(Component::purl, Component::development)
        .containsExactly(
            tuple("pkg:maven/org.a/b@1.0", false), tuple("pkg:maven/org.a/t@2.0", true));
  }

  @ParameterizedTest
  @CsvSource({
    "package-lock.json, '{\"packages\": {', line 1",
    "package-lock.json, '{\"packages\": {}, \"packages\": {}}', Duplicate",
    "package-lock.json, '[]', object",
    "Cargo.lock, '[[package]', line 1",
    "poetry.lock, 'a = 1\na = 2', line",
    "go.mod, 'require x', line 1",
    "pom.xml, '<project>', line 1",
    "gradle.lockfile, 'x', line 1",
  })
  void a_broken_lock_file_is_named_with_its_reason_and_the_others_are_read(
      String name, String text, String reason) {
    var inventory =
        inventory(
            file("a/" + name, text),
            file("b/Pipfile.lock", "{\"default\": {\"a\": {\"version\": \"==1.0\"}}}"));
    assertThat(inventory.components()).hasSize(1);
    assertThat(inventory.notChecked())
        .singleElement()
        .satisfies(gap -> {
          assertThat(gap.what()).isEqualTo("a/" + name);
          assertThat(gap.why()).contains(reason);
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yarn.lock",
        "pnpm-lock.yaml",
        "composer.lock",
        "Gemfile.lock",
        "packages.lock.json",
        "x/.terraform.lock.hcl"
      })
  void a_lock_file_that_is_not_read_is_named(String path) {
    assertThat(Dependencies.isLockFile(path)).isTrue();
    assertThat(inventory(file(path, "x")).notChecked())
        .singleElement()
        .extracting(NotChecked::what)
        .isEqualTo(path);
  }

  @Test
  void lock_files_of_copied_projects_are_passed_over_and_counted() {
    var inventory =
        inventory(file("vendor/x/go.mod", "module x\n"), file("a/node_modules/b/yarn.lock", ""));
    assertThat(inventory.components()).isEmpty();
    assertThat(inventory.notChecked())
        .extracting(NotChecked::what)
        .containsExactly("2 lock files under `node_modules` or `vendor`");
  }

  @Test
  @Timeout(20)
  void any_text_is_survived_by_every_reader() {
    String words =
        "{\"packages\":{\"node_modules/a\":{\"version\":\"1\"}}}[[package]]\nname = \"a\"\nversion='1'\nrequire ( x v1 \n<project><dependencies>a==1 \\\n --hash=";
    Seed.forAll(
        300,
        chance -> {
          var text = new StringBuilder();
          while (text.length() < 300) {
            int from = chance.nextInt(words.length());
            text.append(words, from, Math.min(words.length(), from + chance.nextInt(40)));
          }
          for (String name :
              List.of(
                  "package-lock.json",
                  "poetry.lock",
                  "uv.lock",
                  "Pipfile.lock",
                  "go.mod",
                  "Cargo.lock",
                  "pom.xml",
                  "gradle.lockfile",
                  "requirements.txt")) {
            inventory(file(name, text.toString()));
          }
        });
  }

  @Test
  @Timeout(20)
  void a_deep_document_is_a_gap() {
    for (String name : List.of("package-lock.json", "Pipfile.lock")) {
      assertThat(inventory(file(name, "{\"a\":".repeat(100_000))).notChecked()).hasSize(1);
    }
    assertThat(inventory(file("Cargo.lock", "a = " + "[".repeat(100_000))).notChecked()).hasSize(1);
    assertThat(inventory(file("pom.xml", "<a>".repeat(100_000))).notChecked()).hasSize(1);
  }

  // ---- SBOM

  @Test
  void the_sbom_is_valid_cyclonedx_1_6_and_the_same_each_time() throws IOException {
    var lock =
        file(
            "package-lock.json",
            "{\"packages\": {\"node_modules/@s/a\": {\"version\": \"1.0.0\", \"integrity\": \"sha512-"
                + "A".repeat(86)
                + "==\"}, \"node_modules/b\": {\"version\": \"2.0.0\", \"dev\": true}}}");
    var cargo =
        file(
            "Cargo.lock",
            "[[package]]\nname = \"x\"\nversion = \"1.0.0\"\nsource = \"registry+r\"\n");
    var other = file("yarn.lock", "");
    String sbom = Sbom.cyclonedx(inventory(lock, cargo, other), "service", "1.0");
    assertThat(Sbom.cyclonedx(inventory(other, cargo, lock), "service", "1.0")).isEqualTo(sbom);
    assertThat(new JsonParser().validate(sbom, Version.VERSION_16)).isEmpty();
    assertThat(sbom)
        .contains(
            "\"specVersion\" : \"1.6\"",
            "pkg:npm/%40s/a@1.0.0",
            "urn:uuid:",
            "sallyport:not-checked")
        .doesNotContain("timestamp");
  }

  @Test
  void an_empty_inventory_still_makes_a_valid_sbom() throws IOException {
    assertThat(
            new JsonParser()
                .validate(Sbom.cyclonedx(inventory(), "service", "1.0"), Version.VERSION_16))
        .isEmpty();
  }

  @Test
  void the_poms_of_this_very_project_are_read() throws IOException {
    Path root = SharedData.projectRoot();
    var files = new ArrayList<TextFile>();
    files.add(new TextFile("pom.xml", Files.readAllBytes(root.resolve("pom.xml"))));
    try (var folders = Files.list(root)) {
      for (Path pom :
          folders.map(f -> f.resolve("pom.xml")).filter(Files::isRegularFile).toList()) {
        files.add(new TextFile(root.relativize(pom).toString(), Files.readAllBytes(pom)));
      }
    }
    var inventory = Dependencies.inventory(Source.of(files));
    assertThat(inventory.components())
        .extracting(Component::name, Component::path)
        .contains(tuple("org.snakeyaml:snakeyaml-engine", "scan/pom.xml"));
    assertThat(new JsonParser().validate(Sbom.cyclonedx(inventory, "all", "1"), Version.VERSION_16))
        .isEmpty();
  }

  private static Inventory inventory(TextFile... files) {
    return Dependencies.inventory(Source.of(Arrays.asList(files)));
  }

  private static TextFile file(String path, String text) {
    return new TextFile(path, text.getBytes(StandardCharsets.UTF_8));
  }
}
