package dev.sallyport.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The authority of the hosts' agents, judged by the JDK's path validator, and what it refuses.
class ClientAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String NAME = "spiffe://sallyport.local/0123456789abcdef/host/web-1";

  @TempDir private Path folder;
  private ClientAuthority authority;
  private final SigningKey agent = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);

  @BeforeEach
  void open() {
    authority = ClientAuthority.in(folder, NOW, RANDOM);
  }

  private X509Certificate issued() {
    return CertificatePath.readPem(
            authority.issue(ClientAuthority.request(agent, "web-1"), NAME, NOW))
        .getFirst();
  }

  @Test
  void a_certificate_is_for_tls_clients_carries_one_name_and_ends_after_a_day() throws Exception {
    X509Certificate client = issued();
    var parameters = new PKIXParameters(Set.of(new TrustAnchor(authority.certificate(), null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(NOW));
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(List.of(client)), parameters);
    assertThat(client.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(VerifyingKey.ofJdk(client.getPublicKey())).isEqualTo(agent.publicKey());
    assertThat(authority.nameOf(client, NOW)).contains(NAME);
    assertThat(authority.nameOf(client, NOW.plus(ClientAuthority.LIFETIME))).contains(NAME);
    assertThat(authority.nameOf(client, NOW.plus(ClientAuthority.LIFETIME).plusSeconds(1)))
        .isEmpty();
  }

  @Test
  void a_certificate_of_another_authority_names_nobody(@TempDir Path elsewhere) {
    var other = ClientAuthority.in(elsewhere, NOW, RANDOM);
    assertThat(other.nameOf(issued(), NOW)).isEmpty();
    assertThat(authority.nameOf(authority.certificate(), NOW)).isEmpty();
  }

  @Test
  void a_server_certificate_of_the_loopback_authority_names_no_client(@TempDir Path elsewhere)
      throws Exception {
    var files = LoopbackAuthority.in(elsewhere, NOW, RANDOM);
    X509Certificate server =
        CertificatePath.readPem(Files.readString(files.certificate())).getFirst();
    assertThat(authority.nameOf(server, NOW)).isEmpty();
  }

  @Test
  void a_request_for_a_key_that_somebody_else_holds_is_refused() {
    byte[] der = der(ClientAuthority.request(agent, "web-1"));
    SigningKey other = SigningKey.generate(KeyAlgorithm.ECDSA_P256, RANDOM);
    byte[] key = other.publicKey().spki();
    int at = indexOf(der, agent.publicKey().spki());
    System.arraycopy(key, 0, der, at, key.length);
    assertThatThrownBy(() -> authority.issue(pem(der), NAME, NOW))
        .isInstanceOf(KeyException.class)
        .hasMessageContaining("not signed by its key");
  }

  @Test
  void a_request_changed_in_any_byte_is_refused() {
    byte[] der = der(ClientAuthority.request(agent, "web-1"));
    for (int i = 0; i < der.length; i++) {
      byte[] bent = der.clone();
      bent[i] ^= 1;
      assertThat(catchThrowable(() -> authority.issue(pem(bent), NAME, NOW)))
          .as("byte " + i + " of " + HexFormat.of().formatHex(der))
          .isInstanceOf(KeyException.class);
    }
  }

  @Test
  void what_is_no_request_is_refused() {
    for (String text :
        List.of("", "x", pem(new byte[0]), pem(new byte[] {48, 0}), "a".repeat(9999))) {
      assertThatThrownBy(() -> authority.issue(text, NAME, NOW)).isInstanceOf(KeyException.class);
    }
  }

  @Test
  void it_is_made_once_and_its_key_is_its_owners_alone() throws Exception {
    X509Certificate client = issued();
    var again = ClientAuthority.in(folder, NOW.plusSeconds(9), RANDOM);
    assertThat(again.nameOf(client, NOW)).contains(NAME);
    Path key = folder.resolve("agents-ca.key");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    Files.writeString(
        folder.resolve("agents-ca.pem"),
        authority.issue(ClientAuthority.request(agent, "x"), NAME, NOW));
    assertThatThrownBy(() -> ClientAuthority.in(folder, NOW, RANDOM))
        .isInstanceOf(KeyException.class)
        .hasMessageContaining("is not the certificate of its key");
  }

  private static byte[] der(String pem) {
    return Pem.decode(pem, "CERTIFICATE REQUEST");
  }

  private static String pem(byte[] der) {
    return "-----BEGIN CERTIFICATE REQUEST-----\n"
        + new String(Base64.getMimeEncoder().encode(der), StandardCharsets.US_ASCII)
        + "\n-----END CERTIFICATE REQUEST-----\n";
  }

  private static int indexOf(byte[] all, byte[] part) {
    for (int i = 0; i + part.length <= all.length; i++) {
      if (java.util.Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    throw new AssertionError("not there");
  }
}
