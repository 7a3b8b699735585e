package dev.sallyport.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sallyport.gate.Profile;
import dev.sallyport.keys.KeyAlgorithm;
import dev.sallyport.keys.SigningKey;
import dev.sallyport.scan.NotChecked;
import java.security.SecureRandom;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DeclaredTrustTest {
  private final SortedMap<String, byte[]> files = new TreeMap<>();

  private DeclaredTrust read() {
    return DeclaredTrust.read(files);
  }

  private void file(String name, String text) {
    files.put(DeclaredTrust.FOLDER + "/" + name, text.getBytes(UTF_8));
  }

  @Test
  void an_empty_folder_declares_nobody() {
    DeclaredTrust trust = read();
    assertThat(trust.declared()).isZero();
    assertThat(trust.profile()).isNull();
    assertThat(trust.policy()).isEmpty();
    assertThat(trust.problems()).isEmpty();
  }

  @Test
  void keys_attest_in_the_role_of_their_folder_and_nowhere_else() {
    String pem = SigningKey.generate(KeyAlgorithm.ED25519, new SecureRandom()).publicKey().pem();
    file("trust/build/ci.pem", pem);
    file("trust/build/nested/deeper.pem", pem);
    file("trust/loose.pem", pem);
    assertThat(read().attesters()).containsOnlyKeys("build");
    assertThat(read().attesters().get("build")).hasSize(1);
  }

  @Test
  void what_cannot_be_read_is_named_and_the_rest_counts() {
    file("signers", "alice@example.org ssh-ed25519 not-base64!\n# a comment\n");
    file("keys/alice.asc", "no key");
    file("root.pem", "no certificate");
    file("trust/build/ci.pem", "no key");
    file("allow", "0123abcd\nfeed because it is a test vector\n");
    DeclaredTrust trust = read();
    assertThat(trust.problems())
        .extracting(NotChecked::what)
        .containsExactlyInAnyOrder(
            ".sallyport/signers:1",
            ".sallyport/keys/alice.asc",
            ".sallyport/root.pem",
            ".sallyport/trust/build/ci.pem",
            ".sallyport/allow:1");
    assertThat(trust.allowed()).containsOnlyKeys("feed");
    assertThat(trust.declared()).isZero();
  }

  @Test
  void an_unreadable_revocation_list_stops_the_run() {
    file("revoked", "SSHKRL\n\0cut short");
    assertThatThrownBy(this::read).isInstanceOf(UserError.class).hasMessageContaining("revoked");
  }

  @Test
  void an_unknown_profile_is_refused_and_never_read_as_none() {
    file("profile", "relaxed\n");
    assertThatThrownBy(this::read).isInstanceOf(UserError.class).hasMessageContaining("relaxed");
    file("profile", "strict\n");
    assertThat(read().profile()).isEqualTo(Profile.STRICT);
  }

  @Test
  void only_cedar_files_of_the_policy_folder_are_policy() {
    file("policy/a.cedar", "permit(principal, action, resource);");
    file("policy/README.md", "permit");
    file("other.cedar", "permit");
    assertThat(read().policy()).hasSize(1);
  }
}
