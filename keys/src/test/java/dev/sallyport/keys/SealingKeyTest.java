package dev.sallyport.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.testdata.Seed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is sealed opens for its own place alone, and only untouched.
class SealingKeyTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final SealingKey KEY = SealingKey.generate(RANDOM);
  private static final List<String> PLACE = List.of("payments/db", "3");

  @TempDir Path folder;

  @Test
  void what_is_sealed_opens_whatever_its_size() {
    Seed.forAll(
        40,
        random -> {
          byte[] value =
              new byte[random.nextInt(2) == 0 ? random.nextInt(70) : random.nextInt(65537)];
          random.nextBytes(value);
          assertThat(KEY.open(KEY.seal(value, PLACE, RANDOM), PLACE)).isEqualTo(value);
        });
  }

  @Test
  void too_large_a_value_is_refused() {
    assertThatThrownBy(() -> KEY.seal(new byte[SealingKey.MAX_VALUE_BYTES + 1], PLACE, RANDOM))
        .isInstanceOf(KeyException.class);
  }

  @Test
  void a_flipped_bit_anywhere_refuses() {
    Seed.forAll(
        20,
        random -> {
          SealedBox sealed = KEY.seal("a value".getBytes(StandardCharsets.UTF_8), PLACE, RANDOM);
          refused(
              new SealedBox(sealed.keyId(), flipped(sealed.wrappedKey(), random), sealed.box()));
          refused(
              new SealedBox(sealed.keyId(), sealed.wrappedKey(), flipped(sealed.box(), random)));
          refused(new SealedBox(sealed.keyId(), sealed.wrappedKey(), new byte[27]));
          refused(new SealedBox(sealed.keyId(), new byte[0], sealed.box()));
        });
  }

  private static byte[] flipped(byte[] bytes, Random random) {
    int bit = random.nextInt(bytes.length * 8);
    bytes[bit / 8] ^= (byte) (1 << bit % 8);
    return bytes;
  }

  private static void refused(SealedBox sealed) {
    assertThatThrownBy(() -> KEY.open(sealed, PLACE)).isInstanceOf(KeyException.class);
  }

  @Test
  void a_box_moved_to_another_place_does_not_open() {
    SealedBox sealed = KEY.seal(new byte[] {1}, PLACE, RANDOM);
    for (List<String> other :
        List.of(
            List.of("payments/db", "2"),
            List.of("payments/dc", "3"),
            List.of("payments/db3"),
            List.of("payments/db", "3", ""),
            List.<String>of())) {
      assertThatThrownBy(() -> KEY.open(sealed, other)).isInstanceOf(KeyException.class);
    }
  }

  @Test
  void the_data_key_of_another_value_does_not_open_it() {
    SealedBox one = KEY.seal(new byte[] {1}, PLACE, RANDOM);
    SealedBox two = KEY.seal(new byte[] {1}, PLACE, RANDOM);
    assertThat(one.box()).isNotEqualTo(two.box());
    refused(new SealedBox(one.keyId(), two.wrappedKey(), one.box()));
  }

  @Test
  void another_key_does_not_open_it() {
    SealingKey other = SealingKey.generate(RANDOM);
    SealedBox sealed = KEY.seal(new byte[] {1}, PLACE, RANDOM);
    assertThatThrownBy(() -> other.open(sealed, PLACE)).isInstanceOf(KeyException.class);
    var renamed = new SealedBox(other.keyId(), sealed.wrappedKey(), sealed.box());
    assertThatThrownBy(() -> other.open(renamed, PLACE)).isInstanceOf(KeyException.class);
  }

  @Test
  void the_file_is_its_owners_alone_and_no_text_shows_the_key() throws IOException {
    Path file = folder.resolve("secrets.key");
    KEY.writeNew(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    SealingKey read = SealingKey.read(file);
    SealedBox sealed = KEY.seal("secret value".getBytes(StandardCharsets.UTF_8), PLACE, RANDOM);
    assertThat(read.open(sealed, PLACE)).asString(StandardCharsets.UTF_8).isEqualTo("secret value");
    assertThat(read).hasToString("sealing key " + KEY.keyId());
    assertThat(sealed).hasToString("box sealed under " + KEY.keyId());
    assertThatThrownBy(() -> KEY.writeNew(file)).isInstanceOf(KeyException.class);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> SealingKey.read(file))
        .isInstanceOf(KeyException.class)
        .hasMessageContaining("chmod 600");
    assertThatThrownBy(() -> SealingKey.read(folder.resolve("none")))
        .isInstanceOf(KeyException.class);
  }

  @Test
  void a_file_that_holds_something_else_is_refused() throws IOException {
    Path file = folder.resolve("short.key");
    Files.writeString(
        file, "-----BEGIN SALLYPORT SEALING KEY-----\nAAAA\n-----END SALLYPORT SEALING KEY-----\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThatThrownBy(() -> SealingKey.read(file))
        .isInstanceOf(KeyException.class)
        .hasMessageNotContaining("AAAA");
  }
}
