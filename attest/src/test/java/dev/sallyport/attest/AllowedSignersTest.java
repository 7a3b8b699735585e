package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/// The list of signers as a reviewer sees it is the list that counts.
class AllowedSignersTest {
  /// Any point will do: nobody signs here.
  private static String key() {
    byte[] basePoint = new byte[32];
    Arrays.fill(basePoint, (byte) 0x66);
    basePoint[0] = 0x58;
    var blob = new ByteArrayOutputStream();
    blob.writeBytes(SshWire.stringOf("ssh-ed25519".getBytes(US_ASCII)));
    blob.writeBytes(SshWire.stringOf(basePoint));
    return "ssh-ed25519 " + Base64.getEncoder().encodeToString(blob.toByteArray());
  }

  private static AllowedSigners read(String text) {
    return AllowedSigners.parse(text, ZoneOffset.UTC);
  }

  @Test
  void a_carriage_return_hides_no_signer_in_a_comment() {
    for (String hidden : new String[] {"\r", "\u2028", "\u0085", "\f", "\u000b"}) {
      assertThat(read("# the release team" + hidden + "mallory@x " + key() + "\n").size())
          .as("U+%04x", (int) hidden.charAt(0))
          .isZero();
    }
  }

  @Test
  void lines_of_either_ending_are_read() {
    assertThat(read("a@x " + key() + "\r\nb@x " + key() + "\r\n").size()).isEqualTo(2);
    assertThat(read("a@x " + key()).size()).isEqualTo(1);
  }
}
