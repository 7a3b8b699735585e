package dev.sallyport.attest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.attest.CommitVerdict.Outcome;
import dev.sallyport.testdata.Tools;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Attacks on commit signatures, each made with the real git, ssh-keygen and gpg (range R17, R18).
class CommitAttacksTest {
  private static final Instant NOW = Instant.parse("2026-11-25T00:00:00Z");
  private static final String ALICE = "alice@example.org";
  private static final String MALLORY = "mallory@example.org";

  @TempDir Path folder;
  private GitWorkshop workshop;

  @BeforeEach
  void open() {
    Tools.need("git", "ssh-keygen", "gpg");
    workshop = new GitWorkshop(folder);
  }

  private CommitVerdict judge(CommitObject commit, String allowedSigners, byte[] revoked) {
    AllowedSigners signers = AllowedSigners.parse(allowedSigners, ZoneOffset.UTC);
    assertThat(signers.problems()).isEmpty();
    RevokedKeys revokedKeys = revoked.length == 0 ? RevokedKeys.none() : RevokedKeys.parse(revoked);
    var trust = new SignerTrust(signers, revokedKeys, PgpKeys.none(), List.of());
    return new CommitVerifier(trust, NOW).verify(commit);
  }

  private CommitVerdict judge(CommitObject commit, String allowedSigners) {
    return judge(commit, allowedSigners, new byte[0]);
  }

  @ParameterizedTest
  @CsvSource({"ed25519,256", "ecdsa,256", "ecdsa,384", "ecdsa,521", "rsa,2048", "rsa,3072"})
  void every_key_type_of_openssh_is_good_when_declared(String type, String bits) {
    workshop.sshKey("a", "-t", type, "-b", bits);
    CommitObject commit = workshop.sshCommit("a", ALICE, ALICE);
    CommitVerdict verdict = judge(commit, ALICE + " " + workshop.publicKey("a"));
    assertThat(verdict.outcome()).isEqualTo(Outcome.GOOD);
    assertThat(verdict.signer()).isEqualTo(ALICE);
    assertThat(verdict.reason()).isEqualTo("verified");
  }

  @Test
  void a_weak_rsa_key_is_not_good() {
    workshop.sshKey("a", "-t", "rsa", "-b", "1024");
    CommitObject commit = workshop.sshCommit("a", ALICE, ALICE);
    AllowedSigners signers =
        AllowedSigners.parse(ALICE + " " + workshop.publicKey("a"), ZoneOffset.UTC);
    assertThat(signers.problems()).hasSize(1);
    assertThat(judge(commit, "").outcome()).isEqualTo(Outcome.UNSUPPORTED);
  }

  @Test
  void forged_author_with_a_valid_key_of_another_is_not_author() {
    workshop.sshKey("m", "-t", "ed25519");
    String signers = MALLORY + " " + workshop.publicKey("m");
    CommitVerdict author = judge(workshop.sshCommit("m", ALICE, MALLORY), signers);
    assertThat(author.outcome()).isEqualTo(Outcome.NOT_AUTHOR);
    assertThat(author.reason()).isEqualTo("author-is-not-signer");
    assertThat(author.signer()).isEqualTo(MALLORY);

    CommitVerdict committer = judge(workshop.sshCommit("m", MALLORY, ALICE), signers);
    assertThat(committer.outcome()).isEqualTo(Outcome.NOT_AUTHOR);
    assertThat(committer.reason()).isEqualTo("committer-is-not-signer");
  }

  @Test
  void backdated_commit_with_an_expired_key_is_expired() {
    workshop.sshKey("a", "-t", "ed25519");
    // The commit's own date (2025-11-24) lies inside the validity; the time of judgement does not.
    CommitObject commit = workshop.sshCommit("a", ALICE, ALICE);
    String signers = ALICE + " valid-before=\"20251201Z\" " + workshop.publicKey("a");
    assertThat(judge(commit, signers).outcome()).isEqualTo(Outcome.EXPIRED);
    String later = ALICE + " valid-after=\"20270101Z\" " + workshop.publicKey("a");
    assertThat(judge(commit, later).outcome()).isEqualTo(Outcome.EXPIRED);
    String both =
        ALICE
            + " namespaces=\"file,git\",valid-after=\"20200101Z\",valid-before=\"20300101000000Z\" "
            + workshop.publicKey("a");
    assertThat(judge(commit, both).outcome()).isEqualTo(Outcome.GOOD);
  }

  @Test
  void key_for_another_namespace_is_not_declared_for_git() {
    workshop.sshKey("a", "-t", "ed25519");
    CommitObject commit = workshop.sshCommit("a", ALICE, ALICE);
    String signers = ALICE + " namespaces=\"file\" " + workshop.publicKey("a");
    assertThat(judge(commit, signers).outcome()).isEqualTo(Outcome.UNKNOWN_SIGNER);
  }

  @Test
  void negated_pattern_takes_a_principal_out() {
    workshop.sshKey("a", "-t", "ed25519");
    CommitObject commit = workshop.sshCommit("a", ALICE, ALICE);
    String key = workshop.publicKey("a");
    assertThat(judge(commit, "*@example.org " + key).outcome()).isEqualTo(Outcome.GOOD);
    assertThat(judge(commit, "*@example.org,!alice@* " + key).outcome())
        .isEqualTo(Outcome.NOT_AUTHOR);
  }

  @Test
  void revoked_key_is_revoked_by_list_and_by_krl() {
    workshop.sshKey("a", "-t", "ed25519");
    CommitObject commit = workshop.sshCommit("a", ALICE, ALICE);
    String signers = ALICE + " " + workshop.publicKey("a");
    assertThat(judge(commit, signers, workshop.bytes("a.pub")).outcome())
        .isEqualTo(Outcome.REVOKED);
    workshop.run("ssh-keygen", "-q", "-k", "-f", "krl", "a.pub");
    assertThat(judge(commit, signers, workshop.bytes("krl")).outcome()).isEqualTo(Outcome.REVOKED);
    RevokedKeys either = RevokedKeys.none().and(RevokedKeys.parse(workshop.bytes("krl")));
    var trust =
        new SignerTrust(
            AllowedSigners.parse(signers, ZoneOffset.UTC), either, PgpKeys.none(), List.of());
    assertThat(new CommitVerifier(trust, NOW).verify(commit).outcome()).isEqualTo(Outcome.REVOKED);
    byte[] cut = Arrays.copyOf(workshop.bytes("krl"), workshop.bytes("krl").length - 3);
    assertThatThrownBy(() -> RevokedKeys.parse(cut)).isInstanceOf(SignerFileException.class);
  }

  @Test
  void certificate_counts_by_its_authority_its_principals_and_its_validity() {
    workshop.sshKey("ca", "-t", "ed25519");
    workshop.sshKey("a", "-t", "ecdsa");
    workshop.run(
        "ssh-keygen",
        "-q",
        "-s",
        "ca",
        "-I",
        "id-7",
        "-z",
        "7",
        "-n",
        ALICE,
        "-V",
        "20250101:20300101",
        "a.pub");
    CommitObject commit = workshop.sshCommit("a-cert.pub", ALICE, ALICE);
    String authority = "*@example.org cert-authority " + workshop.publicKey("ca");
    assertThat(judge(commit, authority).outcome()).isEqualTo(Outcome.GOOD);
    // An authority's key declared without the option does not certify, and never signs commits
    // itself.
    assertThat(judge(commit, "*@example.org " + workshop.publicKey("ca")).outcome())
        .isEqualTo(Outcome.UNKNOWN_SIGNER);
    assertThat(judge(workshop.sshCommit("ca", ALICE, ALICE), authority).outcome())
        .isEqualTo(Outcome.UNKNOWN_SIGNER);
    CommitObject foreign = workshop.sshCommit("a-cert.pub", "bob@example.org", "bob@example.org");
    assertThat(judge(foreign, authority).outcome()).isEqualTo(Outcome.NOT_AUTHOR);

    workshop.run("ssh-keygen", "-q", "-k", "-f", "krl", "-s", "ca.pub", "-z", "1", "/dev/null");
    assertThat(judge(commit, authority, workshop.bytes("krl")).outcome()).isEqualTo(Outcome.GOOD);
    workshop.run(
        "sh", "-c", "echo 'serial: 5-9' > spec && ssh-keygen -q -k -f krl2 -s ca.pub spec");
    assertThat(judge(commit, authority, workshop.bytes("krl2")).outcome())
        .isEqualTo(Outcome.REVOKED);

    workshop.run(
        "ssh-keygen",
        "-q",
        "-s",
        "ca",
        "-I",
        "old",
        "-n",
        ALICE,
        "-V",
        "20200101:20251201",
        "a.pub");
    CommitObject old = workshop.sshCommit("a-cert.pub", ALICE, ALICE);
    assertThat(judge(old, authority).outcome()).isEqualTo(Outcome.EXPIRED);
    workshop.run("ssh-keygen", "-q", "-s", "ca", "-I", "nobody", "a.pub");
    CommitObject nobody = workshop.sshCommit("a-cert.pub", ALICE, ALICE);
    assertThat(judge(nobody, authority).outcome()).isEqualTo(Outcome.NOT_AUTHOR);
  }

  @Test
  void two_signatures_or_two_authors_are_never_good() {
    workshop.sshKey("a", "-t", "ed25519");
    CommitObject commit = workshop.sshCommit("a", ALICE, ALICE);
    String raw = workshop.run("git", "-C", "repo", "cat-file", "commit", commit.id());
    String signers = ALICE + " " + workshop.publicKey("a");
    String twice = raw.replaceFirst("gpgsig ", "gpgsig x\ngpgsig ");
    assertThat(
            judge(
                    CommitObject.parse(Ids.sha1(twice.getBytes(UTF_8)), twice.getBytes(UTF_8)),
                    signers)
                .reason())
        .isEqualTo("two-signatures");
    String authors = raw.replaceFirst("author ", "author A <m@x> 1 +0000\nauthor ");
    assertThat(
            judge(
                    CommitObject.parse(Ids.sha1(authors.getBytes(UTF_8)), authors.getBytes(UTF_8)),
                    signers)
                .reason())
        .isEqualTo("two-authors");
  }

  @Test
  void openpgp_keys_count_as_far_as_they_vouch_for_themselves() {
    // gpg makes keys at the wall clock.
    Instant today = Instant.now().plusSeconds(3600);
    workshop.run(
        "gpg",
        "-q",
        "--batch",
        "--passphrase",
        "",
        "--quick-gen-key",
        "Alice <" + ALICE + ">",
        "ed25519",
        "sign",
        "never");
    String id =
        workshop
            .run("gpg", "--batch", "--list-keys", "--with-colons", ALICE)
            .lines()
            .filter(l -> l.startsWith("fpr"))
            .findFirst()
            .orElseThrow()
            .split(":", -1)[9];
    CommitObject commit = workshop.pgpCommit(id, ALICE, ALICE);
    byte[] key = workshop.runBytes("gpg", "--batch", "--armor", "--export", id);
    assertThat(judgePgp(commit, key, today).outcome()).isEqualTo(Outcome.GOOD);
    CommitVerdict undeclared = new CommitVerifier(SignerTrust.none(), today).verify(commit);
    assertThat(undeclared.outcome()).isEqualTo(Outcome.UNKNOWN_SIGNER);
    assertThat(undeclared.signer()).isEqualTo("pgp:" + id);
    CommitObject forged = workshop.pgpCommit(id, "bob@example.org", "bob@example.org");
    assertThat(judgePgp(forged, key, today).outcome()).isEqualTo(Outcome.NOT_AUTHOR);
    Instant beforeTheKey = Instant.parse("2020-01-01T00:00:00Z");
    assertThat(judgePgp(commit, key, beforeTheKey).outcome()).isEqualTo(Outcome.EXPIRED);

    // A signing subkey is good by its back signature; expiry of the primary ends it too.
    workshop.run(
        "gpg", "-q", "--batch", "--passphrase", "", "--quick-add-key", id, "rsa3072", "sign", "1y");
    CommitObject bySubkey = workshop.pgpCommit(id, ALICE, ALICE);
    byte[] withSubkey = workshop.runBytes("gpg", "--batch", "--armor", "--export", id);
    assertThat(judgePgp(bySubkey, withSubkey, today.plusSeconds(86_400)).outcome())
        .isEqualTo(Outcome.GOOD);
    assertThat(judgePgp(bySubkey, withSubkey, today.plusSeconds(3L * 366 * 86_400)).outcome())
        .isEqualTo(Outcome.EXPIRED);

    workshop.run(
        "sh",
        "-c",
        "sed 's/^:---/---/' g/openpgp-revocs.d/" + id + ".rev | gpg -q --batch --import");
    byte[] revoked = workshop.runBytes("gpg", "--batch", "--armor", "--export", id);
    assertThat(judgePgp(commit, revoked, today.plusSeconds(86_400)).outcome())
        .isEqualTo(Outcome.REVOKED);
    assertThat(judgePgp(bySubkey, revoked, today.plusSeconds(86_400)).outcome())
        .isEqualTo(Outcome.REVOKED);
  }

  @Test
  void the_forges_own_key_speaks_for_web_flow_and_nobody_else() {
    Instant today = Instant.now().plusSeconds(3600);
    workshop.run(
        "gpg",
        "-q",
        "--batch",
        "--passphrase",
        "",
        "--quick-gen-key",
        "GitHub <noreply@github.com>",
        "rsa2048",
        "sign",
        "never");
    CommitObject merge = workshop.pgpCommit("noreply@github.com", ALICE, "noreply@github.com");
    byte[] key = workshop.runBytes("gpg", "--batch", "--armor", "--export", "noreply@github.com");
    assertThat(judgePgp(merge, key, today.plusSeconds(86_400)).outcome())
        .isEqualTo(Outcome.WEB_FLOW);
    CommitObject asAlice = workshop.pgpCommit("noreply@github.com", ALICE, ALICE);
    assertThat(judgePgp(asAlice, key, today.plusSeconds(86_400)).outcome())
        .isEqualTo(Outcome.NOT_AUTHOR);
  }

  private CommitVerdict judgePgp(CommitObject commit, byte[] key, Instant at) {
    var trust =
        new SignerTrust(
            AllowedSigners.none(), RevokedKeys.none(), PgpKeys.parse(List.of(key)), List.of());
    return new CommitVerifier(trust, at).verify(commit);
  }
}
