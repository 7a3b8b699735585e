package dev.sallyport.cli.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// Secrets stay out of the output however they are printed and cut.
class RedactorTest {
  private static final String SECRET = "s3cr3t/+ \"pass\\word\"";

  private static String redacted(String output, Random random, byte[]... secrets) {
    try (var out = new ByteArrayOutputStream()) {
      try (var redactor = new Redactor(out, List.of(secrets))) {
        byte[] bytes = output.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < bytes.length; ) {
          int length = Math.min(bytes.length - at, 1 + random.nextInt(7));
          redactor.write(bytes, at, length);
          at += length;
        }
      }
      return out.toString(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void every_form_of_a_secret_is_found_across_pieces() {
    byte[] raw = bytes(SECRET);
    Seed.forAll(
        30,
        random -> {
          for (String form :
              List.of(
                  SECRET,
                  Base64.getEncoder().encodeToString(raw),
                  Base64.getUrlEncoder().withoutPadding().encodeToString(raw),
                  Base64.getMimeEncoder(1000, new byte[] {'\n'}).encodeToString(raw),
                  HexFormat.of().formatHex(raw),
                  HexFormat.of().withUpperCase().formatHex(raw),
                  URLEncoder.encode(SECRET, StandardCharsets.UTF_8),
                  new JsonMapper().writeValueAsString(SECRET))) {
            String out = redacted("before " + form + " after", random, raw);
            assertThat(out).as(form).startsWith("before ").endsWith(" after").contains("[secret]");
            assertThat(out).as(form).doesNotContain(form);
          }
        });
  }

  @Test
  void a_secret_inside_longer_base64_is_found_at_any_alignment() {
    for (String user : List.of("", "u", "us", "use", "user")) {
      String header = Base64.getEncoder().encodeToString(bytes(user + ":" + SECRET + ":and more"));
      String out = redacted("Authorization: Basic " + header, new Random(1), bytes(SECRET));
      assertThat(out).contains("[secret]").doesNotContain(header);
    }
  }

  @Test
  void each_line_of_a_key_is_found_alone() {
    String key = "-----BEGIN KEY-----\nabcdefghij\nklmnopqrst\n-----END KEY-----\n";
    String out = redacted("  abcdefghij\n  klmnopqrst\n", new Random(1), bytes(key));
    assertThat(out).isEqualTo("  [secret]\n  [secret]\n");
  }

  @Test
  void overlapping_and_repeated_secrets_leave_nothing() {
    String out = redacted("xabababababx", new Random(1), bytes("ababab"), bytes("bababa"));
    assertThat(out).isEqualTo("x[secret]x");
    assertThat(redacted("secretsecret!", new Random(1), bytes("secret"))).isEqualTo("[secret]!");
  }

  @Test
  void what_only_begins_like_a_secret_comes_through() {
    Seed.forAll(
        20,
        random -> {
          assertThat(redacted("secre", random, bytes("secret"))).isEqualTo("secre");
          assertThat(redacted("secrsecretsecr\n", random, bytes("secret")))
              .isEqualTo("secr[secret]secr\n");
        });
  }

  /// The reference: whatever is printed, no secret of it is left, and the rest is all there.
  @Test
  void random_output_is_the_same_but_for_the_secrets() {
    Seed.forAll(
        200,
        random -> {
          String secret = "ab".repeat(2) + "abcab".substring(random.nextInt(2)) + "c";
          StringBuilder text = new StringBuilder();
          for (int i = 0; i < 200; i++) {
            text.append("abc".charAt(random.nextInt(3)));
            if (random.nextInt(20) == 0) {
              text.append(secret);
            }
          }
          String out = redacted(text.toString(), random, bytes(secret));
          assertThat(out).doesNotContain(secret);
          boolean[] hidden = new boolean[text.length()];
          for (int at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
            Arrays.fill(hidden, at, at + secret.length(), true);
          }
          StringBuilder expected = new StringBuilder();
          for (int i = 0; i < text.length(); i++) {
            if (!hidden[i]) {
              expected.append(text.charAt(i));
            } else if (i == 0 || !hidden[i - 1]) {
              expected.append("[secret]");
            }
          }
          assertThat(out).isEqualTo(expected.toString());
        });
  }
}
