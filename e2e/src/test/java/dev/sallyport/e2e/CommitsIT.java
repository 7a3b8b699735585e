package dev.sallyport.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.testdata.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// `commits verify`, `verify --attest`, `verify-attestation` and `init`, each beside the tool that
/// a third party would use: ssh-keygen's recorded verdicts, openssl, git.
final class CommitsIT {
  private static List<JsonNode> lines(Program.Answer answer) {
    return answer.out().lines().map(Program.JSON::readTree).toList();
  }

  // ---- bare commit objects ----

  @Test
  void every_real_commit_is_judged_as_ssh_keygen_and_its_bytes_say() throws IOException {
    Path folder = SharedData.archive("git-commits");
    Map<String, JsonNode> truth = new HashMap<>();
    Program.JSON
        .readTree(Files.readString(folder.resolve("ssh-keygen-ground-truth.json")))
        .forEach(list -> list.forEach(one -> truth.put(one.path("oid").asString(), one)));
    int seen = 0;
    List<Path> files;
    try (Stream<Path> listed = Files.list(folder)) {
      files = listed.filter(file -> file.toString().endsWith(".jsonl")).toList();
    }
    for (Path file : files) {
      List<String> given = Files.readAllLines(file);
      Program.Answer answer =
          Program.sallyport(folder, "commits", "verify", "--objects", file.toString());
      assertThat(answer.exitCode()).as(answer.err()).isZero();
      List<JsonNode> judged = lines(answer);
      assertThat(judged).hasSameSizeAs(given);
      for (int i = 0; i < given.size(); i++) {
        JsonNode commit = Program.JSON.readTree(given.get(i));
        JsonNode verdict = judged.get(i);
        String id = commit.path("oid").asString();
        String outcome = verdict.path("outcome").asString();
        assertThat(verdict.path("id").asString()).isEqualTo(id);
        switch (commit.path("kind").asString()) {
          case "ssh" -> {
            JsonNode known = Objects.requireNonNull(truth.get(id), id);
            assertThat(known.path("valid").asBoolean()).as(id).isTrue();
            assertThat(outcome).as(id).isEqualTo("unknown-signer");
            assertThat(verdict.path("signer").asString()).isEqualTo(known.path("fp").asString());
          }
          case "x509" -> {
            assertThat(outcome).as(id).isEqualTo("unsupported");
            assertThat(verdict.path("reason").asString()).as(id).isEqualTo("no-trusted-time");
          }
          case "none" -> assertThat(outcome).as(id).isEqualTo("unsigned");
          default -> assertThat(verdict.path("format").asString()).as(id).isEqualTo("pgp");
        }
        seen++;
      }
    }
    assertThat(seen).isEqualTo(1_442);
  }

  private static String object(Shop shop, String revision) {
    String id = shop.git("rev-parse", revision);
    String raw =
        Program.must(shop.repo(), "sh", "-c", "git cat-file commit " + id + " | base64 -w0");
    return "{\"oid\":\"" + id + "\",\"raw\":\"" + raw + "\"}";
  }

  @Test
  void a_line_that_is_no_commit_is_named_and_the_others_are_judged() throws IOException {
    Shop shop = Shop.open();
    String good = object(shop, "HEAD");
    List<String> given =
        List.of(
            good,
            "{",
            "",
            "[]",
            "{\"oid\":\"zz\",\"raw\":\"AA==\"}",
            "{\"oid\":\"" + "0".repeat(40) + "\",\"raw\":\"@@\"}",
            "{\"oid\":\"" + "0".repeat(40) + "\"}",
            good.replace("{\"oid\"", "{\"oid\":\"" + "1".repeat(40) + "\",\"oid\""),
            "[".repeat(10_000),
            good);
    Path file = shop.folder().resolve("objects.jsonl");
    Files.write(file, given);
    Program.Answer answer =
        Program.sallyport(shop.folder(), "commits", "verify", "--objects", file.toString());
    assertThat(answer.exitCode()).isEqualTo(2);
    List<JsonNode> judged = lines(answer);
    assertThat(judged).hasSameSizeAs(given);
    for (int i = 1; i < given.size() - 1; i++) {
      assertThat(judged.get(i).path("line").asInt()).isEqualTo(i + 1);
      assertThat(judged.get(i).path("error").asString()).isNotBlank();
    }
    assertThat(judged.getLast().path("outcome").asString()).isEqualTo("unknown-signer");
  }

  @Test
  void declared_signers_are_judged_at_the_time_that_was_said() throws IOException {
    Shop shop = Shop.open().script("attacks/backdated-key.sh");
    Files.writeString(shop.folder().resolve("objects"), object(shop, "HEAD") + "\n");
    String command =
        "'" + Program.launcher() + "' commits verify --objects - --signers repo/.sallyport/signers";
    for (String[] one :
        new String[][] {
          {"", "expired"}, {" --at 2024-06-01", "good"}, {" --at 2025-06-01T00:00:00Z", "expired"}
        }) {
      Program.Answer answer =
          Program.held(
              Program.run(
                  shop.folder(), Map.of(), List.of("sh", "-c", command + one[0] + " <objects")));
      assertThat(answer.exitCode()).as("%s", answer).isZero();
      assertThat(lines(answer).getFirst().path("outcome").asString()).isEqualTo(one[1]);
    }
    Program.Answer wrong =
        Program.sallyport(
            shop.folder(), "commits", "verify", "--objects", "objects", "--at", "yesterday");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("`--at yesterday` is not a time");
  }

  // ---- the signed result ----

  @ParameterizedTest
  @ValueSource(strings = {"ed25519", "p256"})
  void a_result_is_proved_by_our_command_and_by_openssl(String type) throws IOException {
    Shop shop = Shop.open().script("good-change.sh");
    Program.sallyport(shop.folder(), "key", "new", "vsa.key", "--type", type);
    Program.sallyport(shop.folder(), "key", "new", "other.key", "--type", type);
    assertThat(shop.verify("--attest", "vsa.json", "--key", "vsa.key").exitCode()).isZero();

    String head = shop.git("rev-parse", "HEAD");
    Program.Answer ours = attested(shop, "vsa.json", "vsa.key", "gitCommit:" + head);
    assertThat(ours.exitCode()).as("%s", ours).isZero();
    assertThat(ours.json().path("predicateType").asString())
        .isEqualTo("https://slsa.dev/verification_summary/v1");
    assertThat(ours.json().at("/predicate/verificationResult").asString()).isEqualTo("PASSED");
    assertThat(attested(shop, "vsa.json", "other.key", null).exitCode()).isEqualTo(2);
    assertThat(attested(shop, "vsa.json", "vsa.key", "gitCommit:" + "0".repeat(40)).exitCode())
        .isEqualTo(2);

    // DSSE v1: the signature is over `DSSEv1 LEN TYPE LEN BODY`.
    JsonNode envelope = Program.JSON.readTree(Files.readString(shop.folder().resolve("vsa.json")));
    byte[] body = Base64.getDecoder().decode(envelope.path("payload").asString());
    String payloadType = envelope.path("payloadType").asString();
    ByteArrayOutputStream signed = new ByteArrayOutputStream();
    signed.writeBytes(
        ("DSSEv1 " + payloadType.length() + " " + payloadType + " " + body.length + " ")
            .getBytes(StandardCharsets.UTF_8));
    signed.writeBytes(body);
    Files.write(shop.folder().resolve("signed"), signed.toByteArray());
    Files.write(
        shop.folder().resolve("signature"),
        Base64.getDecoder().decode(envelope.at("/signatures/0/sig").asString()));
    assertThat(openssl(shop, type, "vsa.key.pub.pem").exitCode()).isZero();
    assertThat(openssl(shop, type, "other.key.pub.pem").exitCode()).isNotZero();

    // One changed byte of what is said, under the same signature.
    body[body.length / 2] ^= 1;
    String bent = Base64.getEncoder().encodeToString(body);
    Files.writeString(
        shop.folder().resolve("bent.json"),
        Files.readString(shop.folder().resolve("vsa.json"))
            .replace(envelope.path("payload").asString(), bent));
    Program.Answer refused = attested(shop, "bent.json", "vsa.key", null);
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("signed by none of the keys given");
  }

  @Test
  void a_refused_change_is_attested_as_failed() {
    Shop shop = Shop.open().script("attacks/unsigned-commit.sh");
    assertThat(shop.verify("--attest", "vsa.json", "--key", "keys/ci.key").exitCode()).isEqualTo(1);
    Program.Answer answer = attested(shop, "vsa.json", "keys/ci.key", null);
    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.json().at("/predicate/verificationResult").asString()).isEqualTo("FAILED");
  }

  private static Program.Answer attested(
      Shop shop, String file, String key, @Nullable String subject) {
    List<String> command =
        new ArrayList<>(List.of("verify-attestation", file, "--key", key + ".pub.pem", "--json"));
    if (subject != null) {
      command.addAll(List.of("--subject", subject));
    }
    return Program.sallyport(shop.folder(), command.toArray(String[]::new));
  }

  private static Program.Answer openssl(Shop shop, String type, String key) {
    return Program.run(
        shop.folder(),
        Map.of(),
        type.equals("ed25519")
            ? List.of(
                "openssl",
                "pkeyutl",
                "-verify",
                "-pubin",
                "-inkey",
                key,
                "-rawin",
                "-in",
                "signed",
                "-sigfile",
                "signature")
            : List.of(
                "openssl", "dgst", "-sha256", "-verify", key, "-signature", "signature", "signed"));
  }

  @Test
  void a_private_key_that_others_can_read_signs_nothing_and_none_is_overwritten() {
    Shop shop = Shop.open();
    Program.Answer again = Program.sallyport(shop.folder(), "key", "new", "keys/ci.key");
    assertThat(again.exitCode()).isEqualTo(2);
    Program.must(shop.folder(), "chmod", "644", "keys/ci.key");
    shop.script("good-change.sh");
    Program.Answer answer = shop.verify("--attest", "vsa.json", "--key", "keys/ci.key");
    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(Files.exists(shop.folder().resolve("vsa.json"))).isFalse();
  }

  // ---- init ----

  private static String hashes(Path folder) {
    return Program.must(
        folder,
        "sh",
        "-c",
        "find . -path ./.git -prune -o -type f -print | sort | xargs sha256sum");
  }

  @Test
  void init_writes_once_and_never_over_what_is_there() throws IOException {
    Shop shop = Shop.open();
    shop.git("rm", "-q", "-r", ".sallyport");
    String before = hashes(shop.repo());
    Program.Answer dry = Program.sallyport(shop.repo(), "init", "--dry-run");
    assertThat(dry.exitCode()).as("%s", dry).isZero();
    assertThat(dry.out())
        .contains("would write:", ".sallyport/signers", ".sallyport/ci/github.yml");
    assertThat(hashes(shop.repo())).isEqualTo(before);

    Program.Answer first = Program.sallyport(shop.repo(), "init", "--copy-policy");
    assertThat(first.exitCode()).as("%s", first).isZero();
    String signers = Files.readString(shop.repo().resolve(".sallyport/signers"));
    assertThat(signers).contains("alice@shop.example", "bob@shop.example");
    assertThat(signers.lines()).allMatch(line -> line.isBlank() || line.startsWith("#"));

    Files.writeString(shop.repo().resolve(".sallyport/profile"), "strict\n");
    Files.delete(shop.repo().resolve(".sallyport/policy/policy.cedar"));
    Files.createSymbolicLink(
        shop.repo().resolve(".sallyport/policy/policy.cedar"), Path.of("../../elsewhere"));
    String written = hashes(shop.repo());
    Program.Answer second = Program.sallyport(shop.repo(), "init", "--copy-policy");
    assertThat(second.exitCode()).as("%s", second).isZero();
    assertThat(second.out()).contains("exists already, left as it is");
    assertThat(hashes(shop.repo())).isEqualTo(written);
    assertThat(Files.exists(shop.repo().resolve("elsewhere"))).isFalse();
  }

  @Test
  void what_init_proposes_is_trusted_once_confirmed_in_the_base() throws IOException {
    Shop shop = Shop.open();
    shop.git("rm", "-q", "-r", ".sallyport");
    Program.sallyport(shop.repo(), "init");
    Path signers = shop.repo().resolve(".sallyport/signers");
    shop.play("git add -A\nas alice signed_with alice commit -q -S -m 'Declare'\n");
    shop.script("good-change.sh");
    assertThat(shop.verify().json().at("/commits/0/outcome").asString())
        .isEqualTo("unknown-signer");

    shop.git("checkout", "-q", "main");
    StringBuilder confirmed = new StringBuilder();
    Files.readString(signers)
        .lines()
        .map(line ->
            line.matches("#\\s*\\S+@shop.example .*") ? line.replaceFirst("#\\s*", "") : line)
        .forEach(line -> confirmed.append(line).append('\n'));
    Files.writeString(signers, confirmed);
    shop.play("as alice signed_with alice commit -q -S -a -m 'Confirm'\n");
    shop.script("good-change.sh");
    assertThat(shop.verify().json().at("/commits/0/outcome").asString()).isEqualTo("good");
  }
}
