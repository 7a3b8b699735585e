package dev.sallyport.keys;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.testdata.Tools;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeysTest {
  private final SecureRandom random = new SecureRandom();

  @ParameterizedTest
  @EnumSource(names = {"ED25519", "ECDSA_P256"})
  void a_key_survives_its_file_and_signs_as_before(KeyAlgorithm algorithm, @TempDir Path folder) {
    SigningKey key = SigningKey.generate(algorithm, random);
    Path file = folder.resolve("a.key");
    key.writeNew(file);
    SigningKey again = SigningKey.read(file);

    assertThat(again.publicKey()).isEqualTo(key.publicKey());
    byte[] message = "what is signed".getBytes(UTF_8);
    byte[] signature = again.sign(message);
    assertThat(key.publicKey().verify(message, signature)).isTrue();
    assertThat(VerifyingKey.ofPem(key.publicKey().pem()).verify(message, signature)).isTrue();

    for (int bit = 0; bit < signature.length * 8; bit += 7) {
      byte[] bent = signature.clone();
      bent[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(key.publicKey().verify(message, bent)).as("bit %d", bit).isFalse();
    }
  }

  @Test
  void a_key_file_is_its_owners_alone(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("a.key");
    SigningKey.generate(KeyAlgorithm.ED25519, random).writeNew(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> SigningKey.read(file))
        .isInstanceOf(KeyException.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void a_key_file_is_never_overwritten(@TempDir Path folder) {
    Path file = folder.resolve("a.key");
    SigningKey.generate(KeyAlgorithm.ED25519, random).writeNew(file);
    SigningKey second = SigningKey.generate(KeyAlgorithm.ED25519, random);
    assertThatThrownBy(() -> second.writeNew(file)).hasMessageContaining("exists already");
  }

  @Test
  void openssl_reads_our_keys_and_verifies_our_signatures(@TempDir Path folder) throws Exception {
    Tools.need("openssl");
    SigningKey key = SigningKey.generate(KeyAlgorithm.ECDSA_P256, random);
    byte[] message = "for a stranger".getBytes(UTF_8);
    Files.writeString(folder.resolve("pub.pem"), key.publicKey().pem());
    Files.write(folder.resolve("message"), message);
    Files.write(folder.resolve("signature"), key.sign(message));
    Process openssl =
        new ProcessBuilder(
                "openssl",
                "dgst",
                "-sha256",
                "-verify",
                "pub.pem",
                "-signature",
                "signature",
                "message")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    assertThat(openssl.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(new String(openssl.getInputStream().readAllBytes(), UTF_8)).contains("Verified OK");
  }

  @Test
  void a_small_order_ed25519_key_is_refused() {
    byte[] identity = new byte[32];
    identity[0] = 1;
    assertThatThrownBy(() -> VerifyingKey.ofEd25519(identity)).isInstanceOf(KeyException.class);
    assertThatThrownBy(() -> VerifyingKey.ofEd25519(new byte[32])).isInstanceOf(KeyException.class);
  }

  @Test
  void no_message_or_text_shows_key_material() {
    SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519, random);
    assertThat(key.toString())
        .contains(key.publicKey().keyId().substring(0, 16))
        .doesNotContain("MC4");
    String broken =
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw!SECRET\n-----END PRIVATE KEY-----";
    assertThatThrownBy(() -> SigningKey.ofPem(broken))
        .hasMessageNotContaining("SECRET")
        .hasNoCause();
  }
}
