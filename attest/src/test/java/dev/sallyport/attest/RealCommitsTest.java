package dev.sallyport.attest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sallyport.attest.CommitVerdict.Format;
import dev.sallyport.attest.CommitVerdict.Outcome;
import dev.sallyport.testdata.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Every real commit is judged as ssh-keygen and its own bytes say.
class RealCommitsTest {
  private static final Instant NOW = Instant.parse("2026-11-25T00:00:00Z");

  @Test
  void every_ssh_commit_is_judged_as_ssh_keygen_judges_it() throws Exception {
    Map<String, JsonNode> truth = groundTruth();
    RealCommits commits = RealCommits.read();
    CommitVerifier nobody = new CommitVerifier(SignerTrust.none(), NOW);
    int seen = 0;
    for (RealCommits.Real real : commits.of("ssh")) {
      JsonNode expected = truth.get(real.oid());
      CommitVerdict verdict = nobody.verify(CommitObject.parse(real.oid(), real.raw()));
      assertThat(verdict.format()).isEqualTo(Format.SSH);
      assertThat(expected).as(real.oid()).isNotNull();
      assertThat(expected.path("valid").booleanValue()).isTrue();
      assertThat(verdict.outcome()).as(real.oid()).isEqualTo(Outcome.UNKNOWN_SIGNER);
      assertThat(verdict.signer()).isEqualTo(expected.path("fp").stringValue());
      seen++;
    }
    assertThat(seen).isEqualTo(545);
  }

  @Test
  void every_ssh_commit_is_good_once_its_signer_is_declared_for_its_author() {
    RealCommits commits = RealCommits.read();
    Set<String> lines = new LinkedHashSet<>();
    for (RealCommits.Real real : commits.of("ssh")) {
      CommitObject commit = CommitObject.parse(real.oid(), real.raw());
      SshKey key = SshSignature.parse(String.valueOf(commit.signature())).key();
      lines.add(line(commit.author().email(), key));
    }
    SignerTrust trust = trusting(String.join("\n", lines));
    assertThat(trust.ssh().problems()).isEmpty();
    CommitVerifier verifier = new CommitVerifier(trust, NOW);
    for (RealCommits.Real real : commits.of("ssh")) {
      CommitObject commit = CommitObject.parse(real.oid(), real.raw());
      CommitVerdict verdict = verifier.verify(commit);
      SshKey key = SshSignature.parse(String.valueOf(commit.signature())).key();
      boolean sameSigner = lines.contains(line(commit.committer().email(), key));
      boolean samePerson = commit.author().email().equals(commit.committer().email());
      assertThat(verdict.outcome())
          .as(real.oid())
          .isIn(
              samePerson
                  ? Set.of(Outcome.GOOD)
                  : sameSigner
                      ? Set.of(Outcome.GOOD, Outcome.NOT_AUTHOR)
                      : Set.of(Outcome.NOT_AUTHOR));
    }
  }

  @Test
  void every_x509_commit_holds_and_lacks_a_trusted_time() {
    CommitVerifier nobody = new CommitVerifier(SignerTrust.none(), NOW);
    int seen = 0;
    for (RealCommits.Real real : RealCommits.read().of("x509")) {
      CommitVerdict verdict = nobody.verify(CommitObject.parse(real.oid(), real.raw()));
      assertThat(verdict.format()).isEqualTo(Format.X509);
      assertThat(verdict.outcome()).as(real.oid()).isEqualTo(Outcome.UNSUPPORTED);
      assertThat(verdict.reason()).isEqualTo("no-trusted-time");
      seen++;
    }
    assertThat(seen).isEqualTo(262);
  }

  @Test
  void one_flipped_bit_of_the_message_makes_every_signature_bad() {
    CommitVerifier nobody = new CommitVerifier(SignerTrust.none(), NOW);
    for (RealCommits.Real real : RealCommits.read().all()) {
      if (!real.kind().equals("ssh") && !real.kind().equals("x509")) {
        continue;
      }
      byte[] bent = real.raw().clone();
      bent[bent.length - 2] ^= 1;
      // Under an honest id, so that only the signature can notice.
      CommitVerdict verdict = nobody.verify(CommitObject.parse(Ids.sha1(bent), bent));
      assertThat(verdict.outcome()).as(real.oid()).isEqualTo(Outcome.BAD);
      CommitVerdict swapped = nobody.verify(CommitObject.parse(real.oid(), bent));
      assertThat(swapped.reason()).isEqualTo("id-does-not-match-bytes");
    }
  }

  @Test
  void pgp_and_unsigned_commits_are_told_apart() {
    CommitVerifier nobody = new CommitVerifier(SignerTrust.none(), NOW);
    RealCommits commits = RealCommits.read();
    for (RealCommits.Real real : commits.of("none")) {
      assertThat(nobody.verify(CommitObject.parse(real.oid(), real.raw())).outcome())
          .isEqualTo(Outcome.UNSIGNED);
    }
    for (RealCommits.Real real : commits.of("pgp")) {
      CommitVerdict verdict = nobody.verify(CommitObject.parse(real.oid(), real.raw()));
      assertThat(verdict.format()).isEqualTo(Format.OPENPGP);
      assertThat(verdict.outcome()).as(real.oid()).isEqualTo(Outcome.UNKNOWN_SIGNER);
    }
    for (RealCommits.Real real : commits.of("pgp-webflow")) {
      CommitVerdict verdict = nobody.verify(CommitObject.parse(real.oid(), real.raw()));
      assertThat(verdict.reason()).as(real.oid()).isEqualTo("web-flow-key-not-declared");
    }
  }

  private static String line(String email, SshKey key) {
    String blob = Base64.getEncoder().encodeToString(key.blob());
    return "\"" + email + "\" " + new SshWire(key.blob()).text() + " " + blob;
  }

  static SignerTrust trusting(String allowedSigners) {
    return new SignerTrust(
        AllowedSigners.parse(allowedSigners, ZoneOffset.UTC),
        RevokedKeys.none(),
        PgpKeys.none(),
        List.of());
  }

  private static Map<String, JsonNode> groundTruth() throws Exception {
    Path file = SharedData.archive("git-commits").resolve("ssh-keygen-ground-truth.json");
    Map<String, JsonNode> truth = new HashMap<>();
    for (JsonNode list : StrictJson.MAPPER.readTree(Files.readString(file))) {
      for (JsonNode one : list) {
        truth.put(one.path("oid").stringValue(), one);
      }
    }
    return truth;
  }
}
