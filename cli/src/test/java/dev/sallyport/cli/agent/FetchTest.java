package dev.sallyport.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.testdata.Seed;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Releases from a registry, honest and otherwise.
class FetchTest {
  private static final long MAX = 1 << 20;
  private final TinyRegistry registry = new TinyRegistry();
  @TempDir private Path folder;
  private int next;

  private Inventory fetch(String digest) {
    try {
      Path target = Files.createDirectory(folder.resolve("t" + next++));
      return Fetch.into(target, registry, "acme/shop", digest, MAX, _ -> {});
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path last() {
    return folder.resolve("t" + (next - 1));
  }

  private void refused(String digest, String why) {
    assertThatThrownBy(() -> fetch(digest))
        .isInstanceOf(AgentException.class)
        .hasMessageContaining(why);
  }

  private String archive(TinyRegistry.Tar tar) {
    return registry.manifest(
        List.of(registry.layer("application/vnd.oci.image.layer.v1.tar", tar.bytes(), null)));
  }

  @Test
  void a_release_is_archives_and_titled_files() throws Exception {
    Inventory inventory =
        fetch(registry.release(Map.of("bin/run", "#!/bin/sh\n", "lib/a/b.txt", "b")));
    assertThat(inventory.files().keySet())
        .containsExactlyInAnyOrder("bin/run", "lib/a/b.txt", "NOTE");
    assertThat(Files.readString(last().resolve("lib/a/b.txt"))).isEqualTo("b");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(last().resolve("bin/run"))))
        .isEqualTo("r-xr-xr-x");
    assertThat(inventory.differs(last())).isEmpty();
    assertThat(Inventory.ofJson(inventory.toJson())).isEqualTo(inventory);
  }

  @Test
  void what_the_tar_of_this_machine_writes_is_read(@TempDir Path source) throws Exception {
    Path deep = Files.createDirectories(source.resolve("d".repeat(90)).resolve("e".repeat(90)));
    Files.writeString(deep.resolve("ümlaut-" + "f".repeat(100)), "long");
    Files.writeString(source.resolve("short"), "x".repeat(513));
    for (String format : List.of("gnu", "pax", "ustar")) {
      Path archive = folder.resolve(format + ".tar");
      Process tar =
          new ProcessBuilder("tar", "--format=" + format, "-cf", archive.toString(), ".")
              .directory(source.toFile())
              .inheritIO()
              .start();
      assertThat(tar.waitFor(20, TimeUnit.SECONDS)).isTrue();
      if (tar.exitValue() != 0) {
        // ustar has no room for the long name: it says so, and that is its right.
        assertThat(format).isEqualTo("ustar");
        continue;
      }
      Inventory inventory =
          fetch(
              registry.manifest(
                  List.of(
                      registry.layer(
                          "application/vnd.oci.image.layer.v1.tar",
                          Files.readAllBytes(archive),
                          null))));
      assertThat(inventory.files()).hasSize(2);
      assertThat(inventory.differs(source)).as(format).isEmpty();
      assertThat(
              Files.readString(
                  last().resolve(source.relativize(deep)).resolve("ümlaut-" + "f".repeat(100))))
          .isEqualTo("long");
    }
  }

  @Test
  void a_registry_that_gives_other_bytes_is_refused() {
    String digest = registry.release(Map.of("bin/run", "good"));
    for (var entry : new TreeMap<>(registry.things).entrySet()) {
      String one = entry.getKey();
      byte[] honest = entry.getValue();
      Seed.forAll(
          50,
          random -> {
            byte[] bent = honest.clone();
            bent[random.nextInt(bent.length)] ^= (byte) (1 << random.nextInt(8));
            registry.things.put(one, bent);
            assertThatThrownBy(() -> fetch(digest))
                .isInstanceOfAny(AgentException.class, UnreachableException.class);
          });
      registry.things.put(one, java.util.Arrays.copyOf(honest, honest.length + 1));
      assertThatThrownBy(() -> fetch(digest)).isInstanceOf(AgentException.class);
      registry.things.put(one, java.util.Arrays.copyOf(honest, honest.length - 1));
      assertThatThrownBy(() -> fetch(digest))
          .isInstanceOfAny(AgentException.class, UnreachableException.class);
      registry.things.put(one, honest);
    }
    assertThat(fetch(digest).files()).hasSize(2);
  }

  @Test
  void a_name_that_leaves_the_release_is_refused() {
    for (String name :
        List.of(
            "../evil",
            "/etc/passwd",
            "a/../../evil",
            "a//b",
            "a/./b",
            "..",
            "a\\..\\b",
            "a\nb",
            ".wh.run",
            "d/".repeat(45) + "../../x")) {
      refused(archive(new TinyRegistry.Tar().file(name, "x", false)), "name in the release");
      refused(
          registry.manifest(
              List.of(registry.layer("text/plain", name.getBytes(StandardCharsets.UTF_8), name))),
          "name in the release");
    }
    assertThat(Files.exists(folder.resolve("evil"))).isFalse();
  }

  @Test
  void links_devices_and_pipes_are_refused() {
    for (char type : new char[] {'1', '2', '3', '4', '6', 'S', 'K', 'D'}) {
      refused(
          archive(new TinyRegistry.Tar().member("x", type, new byte[0], 0644, "/etc/passwd")),
          "neither file nor folder");
    }
    refused(
        archive(
            new TinyRegistry.Tar()
                .member(
                    "x", 'x', "24 linkpath=/etc/passwd\n".getBytes(StandardCharsets.UTF_8), 0, "")
                .file("x", "y", false)),
        "a link");
  }

  @Test
  void a_file_is_written_once() {
    var twice = new TinyRegistry.Tar().file("a", "1", false).file("a", "2", false);
    assertThatThrownBy(() -> fetch(archive(twice))).isInstanceOf(UnreachableException.class);
  }

  @Test
  void a_bomb_stops_at_the_bound() {
    byte[] zeros = new byte[8 << 20];
    var tar = new TinyRegistry.Tar().member("big", '0', zeros, 0644, "");
    byte[] bomb = TinyRegistry.gzip(tar.bytes());
    assertThat(bomb.length).isLessThan(64 << 10);
    refused(
        registry.manifest(
            List.of(registry.layer("application/vnd.oci.image.layer.v1.tar+gzip", bomb, null))),
        "unpacks to more than");
    // Behind the end of the archive.
    var small = new TinyRegistry.Tar().file("a", "1", false).bytes();
    byte[] padded = java.util.Arrays.copyOf(small, small.length + (8 << 20));
    refused(
        registry.manifest(
            List.of(
                registry.layer(
                    "application/vnd.oci.image.layer.v1.tar+gzip",
                    TinyRegistry.gzip(padded),
                    null))),
        "unpacks to more than");
    assertThatThrownBy(() ->
            fetch(
                registry.manifest(
                    List.of(registry.layer("application/octet-stream", new byte[2 << 20], "x")))))
        .isInstanceOf(AgentException.class);
  }

  @Test
  void what_is_no_release_is_refused() {
    refused(registry.put("{}".getBytes(StandardCharsets.UTF_8)), "layers");
    refused(registry.put("[]".getBytes(StandardCharsets.UTF_8)), "JSON object");
    refused(registry.put("{\"a\":1,\"a\":2}".getBytes(StandardCharsets.UTF_8)), "strict JSON");
    refused(
        registry.put(
            "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}"
                .getBytes(StandardCharsets.UTF_8)),
        "not the manifest of one release");
    refused(
        registry.manifest(List.of(registry.layer("application/zstd", new byte[] {1}, null))),
        "neither tar");
    refused(archive(new TinyRegistry.Tar()), "no file");
    var many = new ArrayList<Map<String, Object>>();
    for (int i = 0; i < 129; i++) {
      many.add(registry.layer("text/plain", new byte[] {1}, "f" + i));
    }
    refused(registry.manifest(many), "layers");
  }

  @Test
  void an_archive_of_noise_never_escapes_as_another_failure() {
    byte[] honest =
        new TinyRegistry.Tar().file("a", "1".repeat(600), false).file("b/c", "2", true).bytes();
    Seed.forAll(
        400,
        random -> {
          byte[] bent = honest.clone();
          for (int i = 0; i < 1 + random.nextInt(4); i++) {
            bent[random.nextInt(bent.length)] = (byte) random.nextInt(256);
          }
          try {
            fetch(
                registry.manifest(
                    List.of(registry.layer("application/vnd.oci.image.layer.v1.tar", bent, null))));
          } catch (AgentException | UnreachableException refused) {
            assertThat(refused.getMessage()).isNotEmpty();
          }
        });
    assertThat(Files.exists(folder.resolve("evil"))).isFalse();
  }
}
