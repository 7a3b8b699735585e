package dev.sallyport.scan.secrets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.scan.Finding;
import dev.sallyport.scan.Severity;
import dev.sallyport.scan.Source;
import dev.sallyport.scan.TextFile;
import dev.sallyport.testdata.Seed;
import dev.sallyport.testdata.SharedData;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every secret here is put together at run time, so that no file of ours holds one.
class SecretsTest {
  private static final String DIGITS = "0123456789";
  private static final String LOWER = "abcdefghijklmnopqrstuvwxyz";
  private static final String UPPER = LOWER.toUpperCase(java.util.Locale.ROOT);
  private static final String ALNUM = LOWER + UPPER + DIGITS;
  private static final String HEX = DIGITS + "abcdef";

  private final Secrets secrets = Secrets.builtIn();
  private final Random random = new Random(3);

  @ParameterizedTest
  @CsvSource({
    "AKIA, aws-access-key, B32, 16",
    "AIza, google-api-key, ALNUM, 35",
    "ghp_, github-token, ALNUM, 36",
    "ghs_, github-token, ALNUM, 36",
    "glpat-, gitlab-token, ALNUM, 20",
    "npm_, npm-token, ALNUM, 36",
    "dckr_pat_, docker-token, ALNUM, 27",
    "hf_, hugging-face-token, LETTERS, 34",
    "hvs., vault-token, ALNUM, 90",
    "dop_v1_, digitalocean-token, HEX, 64",
    "dapi, databricks-token, HEX, 32",
    "sk_live_, stripe-key, ALNUM, 24",
    "sk_test_, stripe-test-key, ALNUM, 24",
    "shpat_, shopify-token, HEX, 32",
    "sk-ant-api03-, anthropic-key, ALNUM, 95",
    "sk-proj-, openai-key, ALNUM, 120",
    "rubygems_, rubygems-token, HEX, 48",
    "xkeysib-, '', HEX, 10",
    "PMAK-, '', HEX, 20",
  })
  void a_token_of_a_published_format_is_found(
      String prefix, String rule, String alphabet, int length) {
    String token = prefix + chance(alphabet(alphabet), length);
    List<Finding> findings = scan("src/Main.java", "  call(\"" + token + "\");\n");
    if (rule.isEmpty()) {
      assertThat(findings).isEmpty();
      return;
    }
    assertThat(findings).singleElement().extracting(Finding::rule).isEqualTo("secret/" + rule);
    assertThat(findings.getFirst().line()).isEqualTo(1);
  }

  @Test
  void a_github_token_whose_checksum_holds_is_critical() {
    String payload = chance(ALNUM, 30);
    var crc = new CRC32();
    crc.update(payload.getBytes(StandardCharsets.US_ASCII));
    String token = "ghp_" + payload + TokenFormat.base62(crc.getValue());
    assertThat(scan("a.txt", token))
        .singleElement()
        .extracting(Finding::severity)
        .isEqualTo(Severity.CRITICAL);
    assertThat(scan("a.txt", "ghp_" + payload + "000000"))
        .singleElement()
        .extracting(Finding::severity)
        .isEqualTo(Severity.HIGH);
  }

  @Test
  void no_finding_carries_the_value() {
    String token = "ghp_" + chance(ALNUM, 36);
    String password = chance(LOWER, 6) + "7Q!";
    var findings = scan("app.properties", "t=" + token + "\ndb.password=" + password + "\n");
    assertThat(findings).hasSize(2);
    assertThat(findings.toString())
        .doesNotContain(token)
        .doesNotContain(token.substring(0, 12))
        .doesNotContain(password);
  }

  @Test
  void a_moved_token_keeps_its_fingerprint_and_another_has_another() {
    String token = "ghp_" + chance(ALNUM, 36);
    String first = scan("a.txt", token).getFirst().fingerprint();
    assertThat(scan("b/c.yml", "\n\n  x: " + token).getFirst().fingerprint()).isEqualTo(first);
    assertThat(scan("a.txt", "ghp_" + chance(ALNUM, 36)).getFirst().fingerprint())
        .isNotEqualTo(first);
  }

  @Test
  void without_a_key_the_fingerprint_of_a_password_tells_nothing_about_it() {
    String one = scan("a.env", "DB_PASSWORD=" + "gx7!" + "pwq9z").getFirst().fingerprint();
    String two = scan("a.env", "DB_PASSWORD=" + "kz3?" + "vvj2x").getFirst().fingerprint();
    assertThat(one).isEqualTo(two);
    Secrets keyed = Secrets.withKey(new byte[32]);
    assertThat(
            keyed
                .scan(file("a.env", "DB_PASSWORD=" + "gx7!" + "pwq9z"))
                .report()
                .findings()
                .getFirst()
                .fingerprint())
        .isNotEqualTo(
            keyed
                .scan(file("a.env", "DB_PASSWORD=" + "kz3?" + "vvj2x"))
                .report()
                .findings()
                .getFirst()
                .fingerprint());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "password = \"${DB_PASSWORD}\"",
        "password: \"changeme\"",
        "api_key = 'your-api-key-here'",
        "token = os.environ['TOKEN']",
        "secret: {{ .Values.secret }}",
        "PASSWORD=$(cat /run/secrets/db)",
        "password = \"password\"",
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "token: ${{ secrets.GITHUB_TOKEN }}",
        "passwordField = findViewById(R.id.password)",
        "postgres://user:password@localhost/db",
        "postgres://user:${PASS}@localhost/db",
        "secretName: my-database-credentials",
        "tokenizer = AutoTokenizer.from_pretrained('bert-base-uncased')",
        "public_key_token = b77a5c561934e089",
        "Authorization: Bearer <token>",
        "ssh://git@github.com:22/a/b.git",
        "password: xxxxxxxxxxxx",
        "sk-something-in-kebab-case-that-goes-on",
      })
  void a_stand_in_is_no_secret(String line) {
    assertThat(scan("config.yml", line + "\n")).isEmpty();
  }

  @Test
  void the_names_and_operators_of_many_languages_lead_to_the_value() {
    String value = "q7Xw" + "Zr2k" + "Lp9v" + "Tb4m" + "Ys8d";
    for (String line :
        List.of(
            "api_key = \"%s\"",
            "apiKey: '%s',",
            "\"clientSecret\": \"%s\"",
            "final String accessToken = \"%s\";",
            "val secretKey: String = \"%s\"",
            "secret := \"%s\"",
            ":secret_token => '%s'",
            "config['api_key'] = '%s'",
            "<add key=\"authToken\" value=\"%s\"/>",
            "{\\\"token\\\": \\\"%s\\\"}",
            "setProperty(\"token\", \"%s\")",
            "run --token %s --verbose",
            "if (token == \"%s\") {")) {
      assertThat(scan("src/Main.java", line.formatted(value)))
          .as(line)
          .singleElement()
          .extracting(Finding::rule)
          .isEqualTo("secret/generic");
    }
    assertThat(scan("a.xml", "<password>" + value + "</password>")).hasSize(1);
    assertThat(scan(".env", "export CLIENT_SECRET=" + value)).hasSize(1);
    assertThat(scan("x.sql", "ALTER USER sys IDENTIFIED BY " + value)).hasSize(1);
  }

  @Test
  void a_password_in_a_url_and_in_a_basic_header_is_found() {
    String password = "v8Kq" + "2zNw";
    assertThat(scan("a.yml", "db: postgres://app:" + password + "@db.internal:5432/x"))
        .extracting(Finding::rule)
        .containsExactly("secret/url-credentials");
    String basic =
        Base64.getEncoder().encodeToString(("app:" + password).getBytes(StandardCharsets.UTF_8));
    assertThat(scan("a.txt", "Authorization: Basic " + basic))
        .extracting(Finding::rule)
        .containsExactly("secret/basic-authorization");
  }

  @Test
  void an_encrypted_private_key_counts_less_than_a_plain_one() {
    String body = wrapped(chance(ALNUM, 800));
    String plain = "-----BEGIN " + "PRIVATE KEY-----\n" + body + "-----END " + "PRIVATE KEY-----\n";
    assertThat(scan("k.pem", plain))
        .singleElement()
        .extracting(Finding::severity)
        .isEqualTo(Severity.CRITICAL);
    String folded = "key = \"" + plain.replace("\n", "\\n") + "\"";
    assertThat(scan("k.json", folded))
        .singleElement()
        .extracting(Finding::rule)
        .isEqualTo("secret/private-key");
    assertThat(scan("k.pem", plain.replace("PRIVATE", "ENCRYPTED PRIVATE")))
        .singleElement()
        .extracting(Finding::severity)
        .isEqualTo(Severity.LOW);
    assertThat(scan("k.pem", openssh("aes256-ctr")))
        .singleElement()
        .extracting(Finding::severity)
        .isEqualTo(Severity.LOW);
    assertThat(scan("k.pem", openssh("none")))
        .singleElement()
        .extracting(Finding::severity)
        .isEqualTo(Severity.CRITICAL);
    assertThat(scan("Doc.md", "starts with `-----BEGIN " + "PRIVATE KEY-----` and so on"))
        .isEmpty();
  }

  @Test
  void an_allow_comment_with_a_reason_suppresses_and_is_reported() {
    String token = "ghp_" + chance(ALNUM, 36);
    var same =
        secrets
            .scan(file("a.py", "t = '" + token + "' # sallyport:allow-secret revoked in 2024\n"))
            .report();
    assertThat(same.findings()).isEmpty();
    assertThat(same.suppressed())
        .singleElement()
        .satisfies(s -> assertThat(s.reason()).isEqualTo("revoked in 2024"));
    var above =
        secrets
            .scan(file("a.py", "# sallyport:allow-secret: revoked in 2024\nt = '" + token + "'\n"))
            .report();
    assertThat(above.suppressed()).hasSize(1);
  }

  @Test
  void an_allow_comment_without_a_reason_suppresses_nothing() {
    String token = "ghp_" + chance(ALNUM, 36);
    var report =
        secrets.scan(file("a.py", "t = '" + token + "' # sallyport:allow-secret\n")).report();
    assertThat(report.suppressed()).isEmpty();
    assertThat(report.findings())
        .singleElement()
        .satisfies(f -> assertThat(f.message()).contains("gives no reason"));
  }

  @Test
  void a_secret_hidden_in_utf_16_is_found() {
    String text = "one\ntwo\nkey: ghp_" + chance(ALNUM, 36);
    for (String charset : List.of("UTF-16LE", "UTF-16BE")) {
      byte[] bytes = ("\uFEFF" + text).getBytes(Charset.forName(charset));
      assertThat(secrets.scan(new TextFile("a.txt", bytes)).report().findings())
          .singleElement()
          .extracting(Finding::line)
          .isEqualTo(3);
    }
  }

  @Test
  void a_binary_file_is_counted_and_a_huge_one_is_named() {
    var binary = new TextFile("a.bin", new byte[100]);
    var huge = new TextFile("big.sql", new byte[TextFile.LARGEST_BYTES + 1]);
    var result = secrets.scan(Source.of(List.of(binary, huge)));
    assertThat(result.binaries()).isEqualTo(1);
    assertThat(result.report().notChecked())
        .singleElement()
        .satisfies(gap -> {
          assertThat(gap.what()).isEqualTo("big.sql");
          assertThat(gap.why()).contains("32 MiB");
        });
  }

  @Test
  void a_file_full_of_secrets_ends_with_a_named_gap() {
    var text = new StringBuilder();
    for (int i = 0; i < 1500; i++) {
      text.append("ghp_").append(chance(ALNUM, 36)).append('\n');
    }
    var report = secrets.scan(file("dump.txt", text.toString())).report();
    assertThat(report.findings()).hasSizeGreaterThanOrEqualTo(1000);
    assertThat(report.notChecked()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "password=",
        "token",
        "token=\"",
        "eyJ",
        "eyJ.",
        "://",
        "://a:",
        "-----BEGIN PRIVATE KEY-----\\n",
        "-----BEGIN PRIVATE KEY-----A",
        "AKIA",
        "secret:'",
        "basic ",
        "bearer a",
        "otpauth://totp/a?b=",
        "sig=",
        "pass pass",
        "\"d\":\"",
        "a.b-",
        "://a:b@",
        "hooks.slack.com/services/T",
        "sallyport:allow-secret "
      })
  @Timeout(20)
  void hostile_repetition_takes_time_in_proportion_to_its_length(String piece) {
    byte[] bytes = piece.repeat((1 << 20) / piece.length()).getBytes(StandardCharsets.UTF_8);
    org.junit.jupiter.api.Assertions.assertTimeout(
        Duration.ofSeconds(10), () -> secrets.scan(new TextFile("a.yml", bytes)));
  }

  @Test
  void any_bytes_are_survived() {
    Seed.forAll(
        200,
        chance -> {
          byte[] bytes = new byte[chance.nextInt(3000)];
          chance.nextBytes(bytes);
          String seedText = "password=\"\\ token:' eyJa.b.c -----BEGIN PRIVATE KEY----- x://a:b@ ";
          byte[] words = seedText.getBytes(StandardCharsets.UTF_8);
          for (int i = 0; i + words.length < bytes.length; i += 1 + chance.nextInt(120)) {
            System.arraycopy(
                words, 0, bytes, i, Math.min(words.length, 1 + chance.nextInt(words.length)));
          }
          for (int i = 0; i < bytes.length; i++) {
            bytes[i] = bytes[i] == 0 ? 1 : bytes[i];
          }
          secrets.scan(new TextFile("a.yml", bytes));
        });
  }

  @Test
  void threads_do_not_change_the_report() throws IOException {
    Path root = SharedData.archive("secrets").resolve("fake-leaks");
    var files = new ArrayList<TextFile>();
    try (var paths = Files.walk(root)) {
      for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
        files.add(new TextFile(root.relativize(path).toString(), Files.readAllBytes(path)));
      }
    }
    var one = secrets.scan(Source.of(files));
    assertThat(secrets.scan(Source.of(files.reversed()))).isEqualTo(one);
    assertThat(one.files()).isEqualTo(files.size());
    System.err.println(
        "fake-leaks: " + one.report().findings().size() + " in " + one.files() + " files");
    assertThat(one.report().findings()).hasSizeGreaterThan(50);
  }

  @Test
  void most_bytes_are_passed_over_quickly() throws IOException {
    Path root = SharedData.archive("creddata").resolve("data");
    var files = new ArrayList<TextFile>();
    try (var paths = Files.walk(root)) {
      for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
        files.add(new TextFile(path.toString(), Files.readAllBytes(path)));
      }
    }
    var many = new ArrayList<TextFile>();
    for (int i = 0; i < 3; i++) {
      many.addAll(files);
    }
    double best = 0;
    for (int round = 0; round < 4; round++) {
      long start = System.nanoTime();
      long bytes = secrets.scan(Source.of(many)).bytes();
      best = Math.max(best, bytes / 1e6 / ((System.nanoTime() - start) / 1e9));
    }
    System.err.printf("secrets: %.0f MB/s warm%n", best);
    // Far below what a quiet machine does, so that a busy one passes.
    assertThat(best).isGreaterThan(20);
  }

  private List<Finding> scan(String path, String text) {
    return secrets.scan(file(path, text)).report().findings();
  }

  private static TextFile file(String path, String text) {
    return new TextFile(path, text.getBytes(StandardCharsets.UTF_8));
  }

  private String chance(String alphabet, int length) {
    var text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  private static String alphabet(String name) {
    return switch (name) {
      case "B32" -> UPPER + "234567";
      case "HEX" -> HEX;
      case "LETTERS" -> LOWER + UPPER;
      default -> ALNUM;
    };
  }

  private String openssh(String cipher) {
    var bytes = new java.io.ByteArrayOutputStream();
    bytes.writeBytes("openssh-key-v1\0".getBytes(StandardCharsets.US_ASCII));
    bytes.writeBytes(new byte[] {0, 0, 0, (byte) cipher.length()});
    bytes.writeBytes(cipher.getBytes(StandardCharsets.US_ASCII));
    byte[] rest = new byte[300];
    random.nextBytes(rest);
    bytes.writeBytes(rest);
    return "-----BEGIN OPENSSH "
        + "PRIVATE KEY-----\n"
        + wrapped(Base64.getEncoder().encodeToString(bytes.toByteArray()))
        + "-----END OPENSSH "
        + "PRIVATE KEY-----\n";
  }

  private static String wrapped(String text) {
    return text.replaceAll("(.{64})", "$1\n") + "\n";
  }
}
